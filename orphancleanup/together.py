"""Questions of several threads that one request answers: those that come while one is asked are asked together next.

So each is answered by a request that began after it came, as if it had been asked alone: nothing is any older.
"""

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

Key = TypeVar('Key', bound=Hashable)
Told = TypeVar('Told')

#: so many at a time: their ids fit into one address (8 kB with most servers)
MOST = 50


class _Question(Generic[Key, Told]):
    """What one thread wants to know.

    :ivar turn: set when it is answered, or when its thread is to ask.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self.turn = threading.Event()
        self.is_answered = self.was_alone = False
        self.told: Told | None = None
        self.error: BaseException | None = None


class Together(Generic[Key, Told]):
    """Asks for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Question[Key, Told]] = []
        self._is_asking = False

    def of(self, key: Key, ask: Callable[[Sequence[Key]], Mapping[Key, Told]]) -> Told | None:
        """Return what is told about a key; None when nothing is, though it was asked for alone.

        :param ask: returns what there is to say about several keys, or about one; it is the same whoever asks. What the
            answer about several lacks is asked for alone: services ignore what they do not understand.
        :raises CloudError: what its request raised, which others may raise, too.
        """
        mine = _Question[Key, Told](key)
        with self._lock:
            self._waiting.append(mine)
            is_first, self._is_asking = not self._is_asking, True
        if not is_first:
            mine.turn.wait()
        if not mine.is_answered:
            self._answer(ask)
        if mine.error is not None:
            raise mine.error
        is_sure = mine.told is not None or mine.was_alone
        return mine.told if is_sure else ask([key]).get(key)

    def close(self) -> None:
        """Nothing is open; see :meth:`orphancleanup.api.Cloud.kept`."""

    def _answer(self, ask: Callable[[Sequence[Key]], Mapping[Key, Told]]) -> None:
        """Ask for all that wait, and leave those that come meanwhile to the first of them."""
        with self._lock:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        found: Mapping[Key, Told] = {}
        error: BaseException | None = None
        try:
            found = ask(list(dict.fromkeys(each.key for each in batch)))
        except BaseException as raised:  # each of them raises it
            error = raised
        for each in batch:
            each.told, each.error = found.get(each.key), error
            each.is_answered, each.was_alone = True, len(batch) == 1
        with self._lock:
            following = self._waiting[:1]
            self._is_asking = bool(following)
        for each in (*batch, *following):
            each.turn.set()
