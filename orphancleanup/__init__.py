"""Finds and safely removes what test runs, deleted tenants and failed deletes leave behind in an OpenStack cloud."""
