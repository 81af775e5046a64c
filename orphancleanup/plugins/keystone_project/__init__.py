"""Keystone: projects, users and what belongs to them, and what the whole cloud shares."""
