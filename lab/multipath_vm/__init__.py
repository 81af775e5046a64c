"""A virtual machine with Debian's own multipath-tools and real SCSI devices, for what a real host would lose data by.

Nothing is installed: qemu, a kernel and the guest's programs are unpacked from Debian's packages into the user's cache
folder. The guest has an array of its own, Linux' SCSI target, whose LUNs have the names of a 3PAR's.
"""
