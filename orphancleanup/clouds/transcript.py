"""What a step asked its services, and what they answered: kept while it is taken, for the report.

A request id is what the log of a service is searched by, also that of a request that was accepted and came to nothing.
"""

import contextlib
import contextvars
from collections.abc import Iterator

from orphancleanup.outcome import Exchange

#: more than any step makes; a step that goes on and on must not fill the memory
MOST = 50
_KEPT: contextvars.ContextVar[list[Exchange] | None] = contextvars.ContextVar('kept', default=None)


@contextlib.contextmanager
def kept() -> Iterator[list[Exchange]]:
    """Keep what this thread asks and is answered; yields the list that it is kept in."""
    exchanges: list[Exchange] = []
    token = _KEPT.set(exchanges)
    try:
        yield exchanges
    finally:
        _KEPT.reset(token)


def note(exchange: Exchange) -> None:
    """Keep one request with its answer, if anything is kept now."""
    exchanges = _KEPT.get()
    if exchanges is not None and len(exchanges) < MOST:
        exchanges.append(exchange)
