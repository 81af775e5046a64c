"""What a run opens besides the cloud's own services (an array's session), once, and closes at its end."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from orphancleanup.api import Closing
from orphancleanup.strangers import attempted

LOG = logging.getLogger(__name__)


class Keeper:
    """Keeps what was opened, by name; whoever asks for the same meanwhile waits for it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._kept: dict[str, Closing] = {}

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """See :meth:`orphancleanup.api.Cloud.kept`."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._kept:
                self._kept[name] = make()
            return self._kept[name]

    def forget(self, name: str, opened: Closing) -> None:
        """Have something opened anew by whoever asks next, unless somebody has done so since."""
        with self._lock:
            if self._kept.get(name) is opened:
                del self._kept[name]

    def close(self) -> None:
        """Close everything, the last first; what cannot be closed keeps nothing else from it."""
        while self._kept:
            name, opened = self._kept.popitem()
            failure = attempted(opened.close)
            if failure is not None:
                LOG.warning('%s could not be closed: %s', name, failure)
