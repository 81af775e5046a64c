"""The moves that all transitions are made of, and the bounds that make each of them end."""

from orphancleanup.execute.events import Effect, Reply
from orphancleanup.execute.item import Item, State
from orphancleanup.outcome import NextStep, Result
from orphancleanup.settings import ExecutionSettings

Moved = tuple[Item, tuple[Effect, ...]]

#: seconds that a part may take to follow an owner that is gone, before it is removed by itself
PART_GRACE = 5.0
#: how often a step is tried that was refused, or got no usable answer
REFUSALS, UNKNOWNS, BLIND_LOOKS = 2, 3, 8
#: how a step is answered that has changed nothing
UNCHANGED = frozenset({Reply.FORBIDDEN, Reply.REFUSED, Reply.UNAVAILABLE})


def look(item: Item) -> Moved:
    """Return the item with a new look to come."""
    return item._replace(state=State.LOOKING), (Effect.LOOK,)


def end(item: Item, result: Result, text: str, next_step: NextStep | None = None) -> Moved:
    """Return the item at its end."""
    return item._replace(state=State.DONE, result=result, text=text, next_step=next_step), (Effect.END,)


def still(settings: ExecutionSettings, failures: int) -> float:
    """Return the seconds until something is looked at again after so many failures in a row."""
    return float(min(settings.last_poll, settings.first_poll * 2**failures))
