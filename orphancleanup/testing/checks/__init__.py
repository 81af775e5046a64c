"""What the suite for handlers checks, a room for each question."""
