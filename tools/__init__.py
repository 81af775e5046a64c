"""What the Makefile needs beside the package and the lab."""
