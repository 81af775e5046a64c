"""Imports ``python-3parclient`` without what it imports for its SSH connection, which we never make.

It wants eventlet, which replaces modules of the standard library for a moment while it is imported: a thread that
ends just then never ends, as seen with eventlet 0.41. Its own releases declare that they need it, or forget to.
"""

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from orphancleanup.errors import ConfigurationError

_UNUSED = ('eventlet', 'eventlet.greenthread', 'paramiko')
_LOCK = threading.Lock()


def load() -> Any:
    """Return the class of the client.

    :raises ConfigurationError: when it is not installed.
    """
    try:
        # It also compares a number by "is", of which the compiler warns.
        with _LOCK, _empty(*_UNUSED), warnings.catch_warnings():
            warnings.simplefilter('ignore')
            from hpe3parclient.client import HPE3ParClient
    except ImportError as error:
        raise ConfigurationError(
            f'The client of 3PAR arrays cannot be imported ({error}); install orphancleanup[3par].'
        ) from error
    return HPE3ParClient


@contextmanager
def _empty(*names: str) -> Iterator[None]:
    """Let modules be empty for a moment, unless they are imported already."""
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        sys.modules[name] = module = ModuleType(name)
        above, _, last = name.rpartition('.')
        if above in absent:
            setattr(sys.modules[above], last, module)
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
