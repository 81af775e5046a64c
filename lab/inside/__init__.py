"""What runs inside the lab's virtual environment, next to the services' own code."""
