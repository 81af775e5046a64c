"""Ctrl-C while things are being removed: once ends the run in order, twice ends it at once."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from orphancleanup.progress import Progress

EXIT_INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def watched(progress: Progress) -> Iterator[threading.Event]:
    """Return an event that is set by the first SIGINT or SIGTERM; the second one ends the process.

    A signal that is ignored stays ignored, as it is for what runs in the background (``nohup``, ``&`` in a script).
    Outside the main thread, where Python delivers no signals, the event is never set.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            # Not sys.exit(): that would wait for the workers. The journal is on the disk already.
            os._exit(EXIT_INTERRUPTED)
        stop.set()
        # It may have come in the middle of a write to that very terminal, which takes no second one within it.
        with contextlib.suppress(RuntimeError, OSError):
            progress.note('Ending what is under way; once more ends at once.')

    heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupt) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
