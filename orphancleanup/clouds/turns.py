"""Who may send a request to a service next: first come, first served, as many at a time as its pace allows."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from orphancleanup.clock import Clock
from orphancleanup.clouds.pace import Pace, Sent


class Turn:
    """One request's turn."""

    def __init__(self) -> None:
        #: what the request came to: told to the pace when the turn ends; nothing is when it stays None
        self.verdict: bool | None = None

    def answered(self) -> None:
        """Tell that the service answered and bears it."""
        self.verdict = True

    def congested(self) -> None:
        """Tell that the service had no room for it."""
        self.verdict = False


class Turns:
    """The queue of one service, for many threads.

    :param ceiling: how many requests may be under way at most.
    """

    def __init__(self, ceiling: int, clock: Clock) -> None:
        self._pace = Pace(ceiling)
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()
        self._flying = 0

    @property
    def limit(self) -> int:
        """How many requests may be under way just now; it changes with how the service fares."""
        with self._lock:
            return self._pace.limit

    @contextmanager
    def take(self, kind: str) -> Iterator[Turn]:
        """Wait for a turn; it ends with the context.

        :param kind: what the request's latency is comparable with; empty when with nothing.
        """
        self._enter()
        turn, sent = Turn(), None
        try:
            with self._lock:
                sent = self._pace.sent(kind, self._clock.monotonic(), self._flying)
            yield turn
        finally:
            self._leave(turn.verdict, sent)

    def _enter(self) -> None:
        with self._lock:
            # Nobody waits while there is room: whoever leaves has called them, see _call().
            if self._flying < self._pace.limit:
                self._flying += 1
                return
            # Locked twice: the second time is the wait, which whoever leaves ends.
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        try:
            called.acquire()
        except BaseException:
            self._give_up(called)
            raise

    def _give_up(self, called: threading.Lock) -> None:
        with self._lock:
            if called in self._waiting:
                self._waiting.remove(called)
            else:
                self._flying -= 1
                self._call()

    def _leave(self, verdict: bool | None, sent: Sent | None) -> None:
        with self._lock:
            if sent is not None and verdict is not None:
                if verdict:
                    self._pace.answered(sent, self._clock.monotonic(), self._flying)
                else:
                    self._pace.congested(sent)
            self._flying -= 1
            self._call()

    def _call(self) -> None:
        """Hand over what is free to those who wait, the first one first; nobody who comes later overtakes."""
        while self._waiting and self._flying < self._pace.limit:
            self._flying += 1
            self._waiting.popleft().release()


class Services:
    """The queues of all services, shared by all sessions of a cloud.

    :param ceiling: answers how many requests to a service type may be under way at most.
    """

    def __init__(self, ceiling: Callable[[str], int], clock: Clock) -> None:
        self._ceiling = ceiling
        self._clock = clock
        self._turns: dict[str, Turns] = {}
        self._lock = threading.Lock()

    def of(self, service_type: str) -> Turns:
        """Return the queue of a service."""
        with self._lock:
            if service_type not in self._turns:
                self._turns[service_type] = Turns(self._ceiling(service_type), self._clock)
            return self._turns[service_type]
