"""A third party's package: it knows a storage backend, and brings no resources of its own."""
