"""What the tests of the transition function share: one entry, and events that happen to it."""

import dataclasses
import datetime

from orphancleanup.execute import events, transition
from orphancleanup.execute.events import Answered, Reply, Seen
from orphancleanup.execute.item import Item, begin
from orphancleanup.execute.policy import Policy, Start
from orphancleanup.judging.plan import Entry
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.settings import ExecutionSettings
from tests.unit.storehouse import STATES, registry

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
THING = Resource(Ref('thing', 'one'), 'one', 'alpha', 'available', NOW, NOW)
ENTRY = Entry(THING, (Reason('named', 'named'),))
BOX = Ref('box', 'box')
#: what goes with its owner
PART = Entry(THING, (Reason('part-of', 'part of box:box'),), owners=(BOX,))


def policy(levels: frozenset[Level] = frozenset({Level.API})) -> Policy:
    """Return what an apply of one entry goes by."""
    settings = ExecutionSettings(levels=levels)
    return Policy(registry(), settings, frozenset({THING.ref}), Start(NOW, 0.0))


def through(item: Item, *steps: tuple[float, events.Event], by: Policy | None = None) -> Item:
    """Return what events at their times make of an entry."""
    for now, event in steps:
        item, _ = transition.move(item, event, now, by or policy())
    return item


def showing(status: str, at: float, **more: object) -> Seen:
    """Return what a listing that began then tells: it is there in this status."""
    condition = STATES.condition(status)
    return Seen(dataclasses.replace(THING, status=status, condition=condition, **more), at)  # type: ignore[arg-type]


def held() -> Item:
    """Return a part whose owner is in the plan."""
    return begin(PART, is_ours=False)


def looking() -> Item:
    """Return an entry that was released at the beginning."""
    return through(begin(ENTRY, is_ours=False), (0.0, events.Released()))


def ready() -> Item:
    """Return an entry that was looked at in the first second."""
    return through(looking(), (1.0, Seen(THING, 1.0)))


def sent() -> Item:
    """Return an entry whose first step is under way since the second second."""
    return through(ready(), (2.0, events.Sending(1.0)))


def answered(reply: Reply = Reply.ACCEPTED, text: str = '') -> Item:
    """Return an entry whose first step was answered at the tenth second."""
    return through(sent(), (10.0, Answered(reply, text)))
