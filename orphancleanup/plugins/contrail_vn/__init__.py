"""Contrail / Tungsten Fabric: virtual networks, and everything that depends on them."""
