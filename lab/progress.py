"""Progress lines: what is going on and how long it took so far."""

import sys
import time

_BEGUN = time.monotonic()


def say(text: str) -> None:
    """Print one line to stderr, with the seconds since the command began."""
    print(f'[{time.monotonic() - _BEGUN:6.1f}s] {text}', file=sys.stderr, flush=True)


def elapsed() -> float:
    """Answer the seconds since the command began."""
    return time.monotonic() - _BEGUN
