"""What tempest writes and names: its configuration, its accounts, its lists, its results. Reads, and never writes."""
