"""The installed handlers: found, checked, put in order, and asked."""
