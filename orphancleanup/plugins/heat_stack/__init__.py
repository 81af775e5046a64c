"""Orchestration: stacks."""
