"""Block storage: volumes and what hangs on them."""
