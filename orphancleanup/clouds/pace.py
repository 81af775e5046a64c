"""How many requests a service bears at a time: as many as it answers in time, found out as TCP does.

It starts low and grows with each answer until the service shows a first sign of being pressed; from there it grows
slowly and falls back fast (additive increase, multiplicative decrease; RFC 5681). Values only: the lock and the queue
are in :mod:`orphancleanup.clouds.turns`.
"""

import math
from dataclasses import dataclass

#: requests at a time, before anything is known about a service
START = 4
_LATE = 3.0
# Below this, a multiple of the lowest latency is the scheduler's noise.
_NOISE = 0.02
_PERIOD = 60.0


@dataclass(frozen=True, slots=True)
class Sent:
    """A request under way.

    :param kind: what its latency is comparable with (``DELETE volumes``); empty when with nothing.
    :param at: seconds on the clock.
    :param epoch: how often the pace had fallen before it left; what left earlier tells nothing about the new pace.
    :param flying: how many were under way when it left, this one included.
    """

    kind: str
    at: float
    epoch: int
    flying: int


class _Latency:
    """The latency of one kind of request: the lowest of the last minute or two, and the mean of one window."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._lowest = self._lowest_before = math.inf
        self._total = 0.0
        self._count = 0
        self._epoch = 0

    def is_late(self, sent: Sent, now: float, window: int) -> bool:
        """Take an answer in, and tell, once a window is full, whether its answers took too long."""
        if now - self._since >= _PERIOD:
            # What was fast once may have become slow for good.
            self._lowest_before, self._lowest, self._since = self._lowest, math.inf, now
        seconds = now - sent.at
        self._lowest = min(self._lowest, seconds)
        if sent.epoch != self._epoch:
            self._total, self._count, self._epoch = 0.0, 0, sent.epoch
        self._total += seconds
        self._count += 1
        if self._count < max(START, window):
            return False
        mean, self._total, self._count = self._total / self._count, 0.0, 0
        lowest = min(self._lowest, self._lowest_before)
        return mean > max(_LATE * lowest, lowest + _NOISE)


class Pace:
    """The pace of one service.

    :param ceiling: what it never goes beyond; 1 or more.
    """

    def __init__(self, ceiling: int) -> None:
        self._ceiling = ceiling
        self._exact = float(min(START, ceiling))
        self._is_starting = True
        self._epoch = 0
        self._latencies: dict[str, _Latency] = {}

    @property
    def limit(self) -> int:
        """How many requests may be under way now; 1 or more."""
        return int(self._exact)

    def sent(self, kind: str, now: float, flying: int) -> Sent:
        """Take note of a request that leaves.

        :param flying: how many are under way, this one included.
        """
        return Sent(kind, now, self._epoch, flying)

    def answered(self, sent: Sent, now: float, flying: int) -> None:
        """Take note of an answer: grow, or fall a little when answers have begun to take long.

        :param flying: how many were under way until now; one that was alone does not tell that more are borne.
        """
        if sent.epoch != self._epoch:
            return
        if sent.kind and self._latency(sent.kind, now).is_late(sent, now, self.limit):
            # A weak sign: it does not lead below where everybody starts.
            self._fall(max(min(START, self._exact), 0.8 * self._exact))
        elif 2 * max(flying, sent.flying) >= self.limit:
            grown = self._exact + (1.0 if self._is_starting else 1.0 / self._exact)
            self._exact = min(float(self._ceiling), grown)

    def congested(self, sent: Sent) -> None:
        """Take note of a request that the service had no room for: halve, once for all that left at the same pace."""
        if sent.epoch == self._epoch:
            self._fall(max(1.0, self._exact / 2))

    def _fall(self, exact: float) -> None:
        self._exact = exact
        self._is_starting = False
        self._epoch += 1

    def _latency(self, kind: str, now: float) -> _Latency:
        if kind not in self._latencies:
            self._latencies[kind] = _Latency(now)
        return self._latencies[kind]
