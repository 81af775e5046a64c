"""One command at a time changes a lab."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError

HANDOVER_SECONDS = 60.0


@contextmanager
def exclusive(root: Path, *, interrupt: bool = False) -> Iterator[None]:
    """Hold the lab's lock.

    :param root: the lab's folder; it must exist.
    :param interrupt: end the command that holds the lock, as Ctrl-C would, and wait for its clean-up.
    :raises LabError: naming the other command's process, if it goes on.
    """
    with (root / 'lock').open('a+') as file:
        if not _taken(file.fileno()):
            holder = _holder(root)
            if interrupt and holder:
                os.kill(holder, signal.SIGTERM)
            if not (interrupt and _wait(file.fileno())):
                raise LabError(
                    f'Another lab command (pid {holder}) is at work in {root}: wait for it, or end it with Ctrl-C.'
                )
        file.truncate(0)
        file.write(f'{os.getpid()}\n')
        file.flush()
        yield


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(root: Path) -> int:
    text = (root / 'lock').read_text().strip()
    return int(text) if text.isdecimal() else 0


def _wait(descriptor: int) -> bool:
    end = time.monotonic() + HANDOVER_SECONDS
    while time.monotonic() < end:
        if _taken(descriptor):
            return True
        time.sleep(0.2)
    return False
