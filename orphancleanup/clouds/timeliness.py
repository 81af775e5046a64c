"""Until when a change may be sent: what was seen before it must not be older than the rules allow.

The limit is set around a step and met where a request leaves, after every wait for a slot and every retry, so that
no queue and no ``Retry-After`` can make a look old unnoticed.
"""

import contextlib
import contextvars
import math
from collections.abc import Iterator

from orphancleanup.clock import Clock
from orphancleanup.errors import TooLate

_UNTIL: contextvars.ContextVar[float] = contextvars.ContextVar('until', default=math.inf)


@contextlib.contextmanager
def until(moment: float) -> Iterator[None]:
    """Let changes of this thread be sent until a moment only.

    :param moment: seconds on the clock (:meth:`orphancleanup.clock.Clock.monotonic`).
    """
    token = _UNTIL.set(moment)
    try:
        yield
    finally:
        _UNTIL.reset(token)


def check(clock: Clock) -> None:
    """Refuse to go on when the moment has passed; called right before a change is sent.

    :raises TooLate: then.
    """
    over = clock.monotonic() - _UNTIL.get()
    if over > 0:
        raise TooLate(f'What was seen before this step is {over:.0f} s too old; nothing was sent.')
