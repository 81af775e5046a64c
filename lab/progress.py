"""Progress lines: what is going on and how long it took so far."""

import contextlib
import sys
import time

_BEGUN = time.monotonic()


def say(text: str) -> None:
    """Print one line to stderr, with the seconds since the command began."""
    # A reader that went away, as in `2>&1 | head`, is no reason to give up.
    with contextlib.suppress(BrokenPipeError):
        print(f'[{time.monotonic() - _BEGUN:6.1f}s] {text}', file=sys.stderr, flush=True)


def elapsed() -> float:
    """Return the seconds since the command began."""
    return time.monotonic() - _BEGUN
