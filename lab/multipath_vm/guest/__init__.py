"""What runs inside the virtual machine: an array, its host's multipath-tools, and what is tried on them."""
