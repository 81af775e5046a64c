"""Networking: floating IPs, routers, ports, networks and what belongs to them."""
