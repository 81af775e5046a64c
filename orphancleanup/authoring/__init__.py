"""For authors of handlers: whether a package keeps the contract, and what a handler makes of a real cloud."""
