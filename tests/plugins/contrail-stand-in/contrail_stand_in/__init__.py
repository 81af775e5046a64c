"""A third party's package: one kind, which stacks hold."""
