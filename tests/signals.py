"""Children that can be interrupted, whatever the tests were started with."""

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let a child that is started here begin with the default handler of SIGINT.

    In the background (``nohup``, ``&`` in a script, some schedulers) SIGINT is ignored, and children inherit that; a
    handler of ours they do not inherit, but get the default one instead.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
