"""Compute: servers."""
