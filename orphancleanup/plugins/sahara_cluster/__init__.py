"""Sahara: clusters for data processing."""
