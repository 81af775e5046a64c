"""A handler shut off from all but its cloud, and what it says while it works."""

import contextlib
import io
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from orphancleanup.handler import Handler

_real_sleep = time.sleep


@contextlib.contextmanager
def sealed(handler: Handler) -> Iterator[list[str]]:
    """Let neither pauses, programs nor connections through; yields the names of what was tried."""
    used: list[str] = []

    def forbid(name: str) -> Callable[..., None]:
        def refuse(*_: object, **__: object) -> None:
            used.append(name)

        return refuse

    def refuse_connection(*_: object, **__: object) -> None:
        used.append('a connection of its own')
        raise OSError('a handler has no connection of its own')

    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(time, 'sleep', forbid('time.sleep')))
        stack.enter_context(mock.patch.object(threading.Event, 'wait', forbid('threading.Event.wait')))
        stack.enter_context(mock.patch.object(socket.socket, 'connect', refuse_connection))
        stack.enter_context(mock.patch.object(subprocess, 'Popen', refuse_connection))
        for module, name in _sleeping(handler):
            stack.enter_context(mock.patch.object(module, name, forbid('time.sleep')))
        yield used


def _sleeping(handler: Handler) -> Iterator[tuple[Any, str]]:
    """Yield where the modules of a handler have a pause by a name of their own."""
    for each in type(handler).__mro__:
        module = sys.modules.get(each.__module__)
        for name, value in list(vars(module).items()) if module else ():
            if value is _real_sleep:
                yield module, name


@contextlib.contextmanager
def heard() -> Iterator[tuple[list[str], io.StringIO]]:
    """Yield what is logged, whatever its level, and what is printed."""
    lines: list[str] = []
    screen = io.StringIO()

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    root, ear = logging.getLogger(), Ear()
    level = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        with contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
            yield lines, screen
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
