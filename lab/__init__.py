"""A real OpenStack on loopback, for the demo and the functional tests.

Run it from the checkout with ``python3 -m lab up``; see README.rst beside this file.
"""
