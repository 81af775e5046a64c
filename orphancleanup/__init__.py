"""Finds and safely removes what test runs, deleted projects and failed deletes leave behind in an OpenStack cloud."""
