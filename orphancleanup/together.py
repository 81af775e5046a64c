"""Questions of several threads that one request answers: those that come while one is asked are asked together next.

So each is answered by a request that began after it came, as if it had been asked alone: nothing is any older. Whom an
answer about several lacks asks alone, since services ignore what they do not understand; so do all when it fails, since
what is wrong with one question is not the others' failure.
"""

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from orphancleanup.errors import CloudError

Key = TypeVar('Key', bound=Hashable)
Told = TypeVar('Told')

#: so many at a time: their ids fit into one address (8 kB with most servers)
MOST = 50


class _Question(Generic[Key, Told]):
    """What one thread wants to know.

    :ivar turn: set when it is answered, or when its thread is to ask.
    :ivar is_sure: whether nothing more is to be known: it was asked for alone, and answered.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self.turn = threading.Event()
        self.is_answered = self.is_sure = False
        self.told: Told | None = None


class Together(Generic[Key, Told]):
    """Asks for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Question[Key, Told]] = []
        self._is_asking = False

    def of(self, key: Key, ask: Callable[[Sequence[Key]], Mapping[Key, Told]]) -> Told | None:
        """Return what is told about a key; None when nothing is, though it was asked for alone.

        :param ask: returns what there is to say about several keys, or about one; it is the same whoever asks.
        :raises CloudError: what it raises about this key alone.
        """
        mine = _Question[Key, Told](key)
        with self._lock:
            self._waiting.append(mine)
            is_first, self._is_asking = not self._is_asking, True
        if not is_first:
            mine.turn.wait()
        if not mine.is_answered:
            self._answer(ask)
        return mine.told if mine.is_sure else ask([key]).get(key)

    def close(self) -> None:
        """Nothing is open; see :meth:`orphancleanup.api.Cloud.kept`."""

    def _answer(self, ask: Callable[[Sequence[Key]], Mapping[Key, Told]]) -> None:
        """Ask for all that wait, and leave those that come meanwhile to the first of them."""
        with self._lock:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        keys = list(dict.fromkeys(each.key for each in batch))
        found: Mapping[Key, Told] = {}
        is_whole = False
        try:
            found = ask(keys)
            is_whole = len(keys) == 1
        except CloudError:
            if len(keys) == 1:
                raise
        finally:
            for each in batch:
                each.told = found.get(each.key)
                each.is_answered, each.is_sure = True, is_whole or each.told is not None
            with self._lock:
                following = self._waiting[:1]
                self._is_asking = bool(following)
            for each in (*batch, *following):
                each.turn.set()
