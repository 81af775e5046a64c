"""Images, networks and projects for orphancleanup."""
