"""Steps in the services' databases: proven, journaled, and undone again."""
