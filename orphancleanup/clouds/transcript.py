"""What a step asked its services, and was answered: kept while it is taken, for the report. And how often one asks.

A request id is what the log of a service is searched by, also that of a request that was accepted and came to nothing.
"""

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass

from orphancleanup.outcome import Exchange

#: more than any step makes; a step that goes on and on must not fill the memory
MOST = 50
_KEPT: contextvars.ContextVar[list[Exchange] | None] = contextvars.ContextVar('kept', default=None)
_COUNTED: contextvars.ContextVar['Count | None'] = contextvars.ContextVar('counted', default=None)


@dataclass(slots=True)
class Count:
    """How many requests a thread has made."""

    requests: int = 0


@contextlib.contextmanager
def kept() -> Iterator[list[Exchange]]:
    """Keep what this thread asks and is answered; yields the list that it is kept in."""
    exchanges: list[Exchange] = []
    token = _KEPT.set(exchanges)
    try:
        yield exchanges
    finally:
        _KEPT.reset(token)


@contextlib.contextmanager
def counted() -> Iterator[Count]:
    """Count what this thread asks: what a listing costs no handler tells."""
    count = Count()
    token = _COUNTED.set(count)
    try:
        yield count
    finally:
        _COUNTED.reset(token)


def note(exchange: Exchange) -> None:
    """Keep one request with its answer, and count it, if anybody wants that now."""
    count = _COUNTED.get()
    if count is not None:
        count.requests += 1
    exchanges = _KEPT.get()
    if exchanges is not None and len(exchanges) < MOST:
        exchanges.append(exchange)
