"""What a compute host has of an array's LUNs, and how its input and output to one is stopped.

The modules that run on a host use the standard library only: ``orphancleanup-host`` is what other hosts run.
"""
