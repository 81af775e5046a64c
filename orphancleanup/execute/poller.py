"""What is read when: one reading of a kind at a time, shared by all entries that need it, in the cheaper way."""

import math
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from dataclasses import dataclass, field

from orphancleanup.execute.item import Item, State
from orphancleanup.execute.jobs import Question, Reading, Sight
from orphancleanup.execute.policy import needs_facts
from orphancleanup.installed.registry import Registry
from orphancleanup.judging.plan import Plan
from orphancleanup.model import Ref, Resource
from orphancleanup.settings import ExecutionSettings

#: up to so many resources are looked at one by one, however few requests the listing of their kind takes, unless it is
#: short, too: a page of many costs its service more than a few looks
FEW = 3
#: resources in a short listing
SHORT = 100
#: resources in a page, as services have them by default
PAGE = 1000
GROWTH = 1.5
#: a reading is followed by a pause of at least so many times its own length, while removals settle
REST = 4.0
#: seconds that a kind's removals are left alone while some of it is still to be sent, or answered; and how many times
#: as long as after a reading when nothing is
BUSY, BUSY_REST = 2.0, 4.0


@dataclass(slots=True)
class KindReadings:
    """What of one kind waits to be read, and what was read last.

    :param listing: how many requests a listing takes; about so many until one was measured.
    :param look: how many requests a look takes.
    :param few: up to so many resources are looked at one by one.
    :param wanted: what is to be looked at before a step.
    :param watched: what is expected to go.
    :param alone: what must be looked at by itself: with its parts, or since a listing comes too late.
    :param is_put_off: whether it was due, and waits only for the end of what is sent.
    :param due: seconds on the clock before which nothing is read for what is watched.
    :param pause: seconds between readings for what is watched; grows until something new is.
    :param rest: the least of these seconds, after how long the last reading took.
    :param last_read: when the last reading came back, or the first was due.
    :param places: where in its listing each resource was first seen.
    :param last: the last complete listing.
    :param checked: for which resources that listing also asked for project and parents.
    :param listed_for_alone: seconds on the clock when it was last listed for those that are read alone.
    """

    listing: int
    few: int = FEW
    look: float = 1.0
    wanted: dict[Ref, None] = field(default_factory=dict)
    watched: dict[Ref, None] = field(default_factory=dict)
    alone: dict[Ref, None] = field(default_factory=dict)
    is_busy: bool = False
    is_put_off: bool = False
    due: float = math.inf
    pause: float = 0.0
    rest: float = 0.0
    last_read: float = 0.0
    places: dict[Ref, int] = field(default_factory=dict)
    last: Sight | None = None
    checked: frozenset[Ref] = frozenset()
    listed_for_alone: float = -math.inf


def _line(seen: int, requests: int) -> KindReadings:
    """Return what is known of a kind from its last listing.

    :param seen: how many resources it had.
    :param requests: how many it took; 0 when that is not known.
    """
    is_short = bool(requests) and seen <= SHORT
    return KindReadings(requests or 1 + seen // PAGE, 1 if is_short else FEW)


class Poller:
    """Plans the readings of all kinds.

    :param plan: tells how many resources of each kind there were, and what it took to list them.
    :param others: kinds that may have to be listed although the plan names nothing of them.
    """

    def __init__(
        self,
        items: Mapping[Ref, Item],
        registry: Registry,
        settings: ExecutionSettings,
        plan: Plan,
        others: frozenset[str] = frozenset(),
    ) -> None:
        self._items, self._settings = items, settings
        kinds = {item.kind for item in items.values()} | others
        self._owning, self._late = registry.owning, registry.asked_late
        self._service = {kind: registry.handler(kind).service for kind in kinds}
        self._lines = {kind: _line(plan.seen.get(kind, 0), plan.requests.get(kind, 0)) for kind in kinds}

    def want(self, ref: Ref) -> None:
        """Have something looked at before a step."""
        item, line = self._items[ref], self._lines[ref.kind]
        line.watched.pop(ref, None)
        is_owner = ref.kind in self._owning and not item.is_parting
        (line.alone if is_owner or item.late else line.wanted)[ref] = None

    def watch(self, ref: Ref, now: float) -> None:
        """Have something read about until it is gone."""
        line = self._lines[ref.kind]
        is_first, is_new = not line.watched, ref not in line.watched
        is_absent = self._items[ref].absent == now
        line.watched[ref] = None
        if is_new or is_absent:
            line.pause = self._settings.first_poll / 2
            # What was not there is soon made sure of: others may wait for its end.
            ahead = max(line.pause / 2, line.rest / REST) if is_absent else max(line.pause, line.rest)
            if is_first:
                # What was due for others, all of them gone since, is not due for this one.
                line.due, line.is_put_off = math.inf, False
            line.due = min(line.due, now + ahead)

    def forget(self, ref: Ref) -> None:
        """Read nothing about it any more."""
        line = self._lines[ref.kind]
        for each in (line.watched, line.wanted, line.alone):
            each.pop(ref, None)

    def served(self, ref: Ref, now: float) -> Sight | None:
        """Return the last listing of its kind when it tells how something is now, well enough for a step."""
        item, line = self._items[ref], self._lines[ref.kind]
        last = line.last
        if last is None or item.late or (ref.kind in self._owning and item.state is State.LOOKING):
            return None
        # One that began at the very moment of the change may have been before it.
        if last.started <= item.touched or now - last.oldest(self.question(ref)) > self._settings.freshness:
            return None
        return last if not needs_facts(item) or ref in line.checked else None

    def wake(self) -> float:
        """Return the seconds on the clock when something is to be read; infinity when nothing is."""
        waiting = (line.due for line in self._lines.values() if line.watched and not line.is_busy)
        return min(waiting, default=math.inf)

    def readings(
        self,
        now: float,
        room: Callable[[str], int],
        sending: Container[str] = (),
        to_list: Collection[str] = (),
    ) -> Iterator[Reading]:
        """Yield the readings that are to begin.

        :param room: how many more requests a service may get.
        :param sending: the kinds of which more is to be sent, or answered: what is removed meanwhile is read about
            less often, and once they have ended at once.
        :param to_list: kinds that are to be listed whatever is asked about.
        """
        for kind, line in self._lines.items():
            if line.alone:
                yield from self._by_themselves(kind, line, now, room(self._service[kind]))
            is_due = bool(line.watched) and (now >= line.due or (line.is_put_off and kind not in sending))
            free = line.last_read + max(BUSY, BUSY_REST * line.rest)
            if is_due and not line.wanted and kind in sending and now < free:
                is_due, line.is_put_off, line.due = False, True, free
            if not line.is_busy and (line.wanted or is_due or kind in to_list):
                line.is_busy = True
                yield self._shared(kind, line, is_due, kind in to_list)

    def _by_themselves(self, kind: str, line: KindReadings, now: float, room: int) -> Iterator[Reading]:
        """Yield the readings of owners, each with what it holds.

        Where only that is not in the listing (an image, and who shares it), many are listed first, and not looked at.
        """
        if kind in self._late and len(line.alone) > max(line.few, line.listing):
            is_known = self._known(next(iter(line.alone)), line, now) is not None
            # One that has just been made, and does not tell, would not tell the next time either.
            if not is_known and now - line.listed_for_alone > max(BUSY, line.rest):
                if not line.is_busy:
                    line.is_busy, line.listed_for_alone = True, now
                    yield self._shared(kind, line, is_due=False, is_listing=True)
                return
            if not is_known and line.is_busy:
                return
        for ref in list(line.alone)[: max(0, room)]:
            del line.alone[ref]
            known = self._known(ref, line, now) if kind in self._late else None
            at = line.last.started if known and line.last else -math.inf
            yield Reading(kind, (self.question(ref),), is_alone=True, known=known, known_at=at)

    def _known(self, ref: Ref, line: KindReadings, now: float) -> Resource | None:
        """Return something as the last listing showed it, which leaves time enough for what follows."""
        item, last = self._items[ref], line.last
        if last is None or item.late or last.started <= item.touched:
            return None
        return last.found.get(ref) if now - last.started < self._settings.freshness / 2 else None

    def _shared(self, kind: str, line: KindReadings, is_due: bool, is_listing: bool) -> Reading:
        refs = [*line.wanted, *(line.watched if is_due else ())]
        line.wanted.clear()
        is_cheaper = len(refs) > line.few and len(refs) * line.look > line.listing
        is_listing |= is_cheaper or any(self._needs_listing(ref) for ref in refs)
        line.is_put_off &= not (is_due or is_listing)
        if is_listing and not is_due:
            # It costs no more to hear about all.
            refs += line.watched
        # What a listing lost by being cut is its end: so that is what is made sure of first (see Worker).
        refs.sort(key=lambda ref: line.places.get(ref, -1))
        return Reading(kind, tuple(map(self.question, refs)), is_listing)

    def _needs_listing(self, ref: Ref) -> bool:
        item = self._items[ref]
        return item.state is State.CONFIRMING and item.needs_listing

    def question(self, ref: Ref) -> Question:
        """Return what is to be asked about something as it stands."""
        item = self._items[ref]
        if item.state in (State.SETTLING, State.CONFIRMING) or not needs_facts(item):
            return Question(ref, is_second=item.state is State.CONFIRMING)
        codes = {reason.code for reason in item.entry.reasons}
        project = item.entry.resource.project_id if 'project-missing' in codes else ''
        # After a step, what was asked before it tells nothing any more.
        since = item.touched if item.steps else -math.inf
        return Question(ref, project, 'parent-missing' in codes, since)

    def was_read(self, reading: Reading, sight: Sight, now: float) -> None:
        """Keep what a reading showed, and say when the next one is due."""
        line = self._lines[reading.kind]
        if not reading.is_listing and not reading.is_alone and not sight.failed:
            line.look = max(1.0, sight.requests / len(reading.questions))
        if reading.is_listing and not sight.failed:
            line.last = sight
            for ref in sight.found:
                line.places.setdefault(ref, len(line.places))
            measured = _line(sight.total, sight.requests)
            line.listing, line.few = measured.listing, measured.few
            line.checked = frozenset(each.ref for each in reading.questions if each.asks_facts)
        if reading.is_alone:
            return
        line.is_busy, line.last_read = False, now
        pause = max(line.pause, self._settings.first_poll / 2)
        line.pause = min(pause * GROWTH, self._settings.last_poll)
        line.rest = REST * (now - sight.started)
        line.due = now + max(pause, line.rest)
