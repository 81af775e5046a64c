"""Looks at items while they wait for a step, and while their removal settles."""

from collections.abc import Callable, Mapping

from orphancleanup.execute import worker
from orphancleanup.execute.item import Item, State
from orphancleanup.execute.judge import Judge
from orphancleanup.execute.means import Means
from orphancleanup.execute.reading import FEW, Reading
from orphancleanup.execute.schedule import Schedule
from orphancleanup.execute.traffic import After, Traffic
from orphancleanup.execute.worker import Sight
from orphancleanup.handler import HoldsParts
from orphancleanup.model import Ref, Resource

#: how many owners are looked at, with their parts, by one worker
OWNERS = 8


class Lookout:
    """Reads each kind as seldom as will do, and hands what it saw to the judge."""

    def __init__(self, items: Mapping[Ref, Item], judge: Judge, traffic: Traffic, means: Means) -> None:
        self._items, self._judge, self._traffic, self._means = items, judge, traffic, means
        self._readings = {kind: Reading(judge.settings) for kind in {item.kind for item in items.values()}}

    @property
    def _now(self) -> float:
        return self._means.watch.clock.monotonic()

    def due_times(self) -> list[float]:
        """Answer the seconds on the clock when kinds with removals that settle are read again."""
        waiting = (each for each in self._readings.values() if each.settling and not each.is_under_way)
        return [reading.due for reading in waiting]

    def read(self, schedule: Schedule) -> None:
        """Decide on what can be decided now, and begin the looks that are due."""
        looking, settling = schedule.in_state(State.LOOKING), schedule.in_state(State.SETTLING)
        held = schedule.unchecked(self._now - self._judge.settings.freshness)
        for kind, reading in self._readings.items():
            reading.plan_next({item.ref: item for item in settling.get(kind, ())}, self._now)
            wanted = self._serve(reading, [*looking.get(kind, ()), *held.get(kind, ())])
            pending = settling.get(kind, []) if self._now >= reading.due else []
            if reading.is_under_way or not (wanted or pending):
                continue
            if wanted and self._is_owner(kind):
                self._look_at_owners(kind, wanted)
            else:
                self._start_reading(kind, [item.ref for item in (*wanted, *pending)])

    def _serve(self, reading: Reading, items: list[Item]) -> list[Item]:
        """Decide on items that the last listing serves; answer those that need a new one now."""
        wanted = []
        for item in items:
            if reading.sight and not self._is_owner(item.kind) and reading.serves(item, self._now):
                item.looked = reading.started
                self._hand_on(item, reading.sight.found.get(item.ref))
            elif self._now >= item.not_before:
                wanted.append(item)
        return wanted

    def _is_owner(self, kind: str) -> bool:
        return isinstance(self._judge.registry.handler(kind), HoldsParts)

    def _look_at_owners(self, kind: str, wanted: list[Item]) -> None:
        """Look at owners with their parts, which no listing shows, as many at a time as the service may be asked."""
        refs = [
            item.ref
            for item in wanted[
                : OWNERS * self._means.http.workers_of(self._judge.registry.handler(kind).service)
            ]
        ]
        for start in range(0, len(refs), OWNERS):
            self._look(kind, refs[start : start + OWNERS])

    def _start_reading(self, kind: str, refs: list[Ref]) -> None:
        if len(refs) <= FEW:
            self._look(kind, refs)
        else:
            after = After(self._finisher(kind, refs, is_complete=True), worker.lost_sight)
            self._traffic.submit(after, worker.read_kind, kind)

    def _look(self, kind: str, refs: list[Ref]) -> None:
        after = After(self._finisher(kind, refs, is_complete=False), worker.lost_sight)
        self._traffic.submit(after, worker.look_at, kind, tuple(refs))

    def _finisher(self, kind: str, refs: list[Ref], is_complete: bool) -> Callable[[Sight], None]:
        reading, started = self._readings[kind], self._now
        reading.under_way += 1

        def finish(sight: Sight) -> None:
            for ref in refs:
                if not sight.failed and ref not in sight.unclear:
                    self._items[ref].looked = started
            self._seen(kind, refs, sight)
            reading.was_read(sight, started, is_complete, self._now)

        return finish

    def _seen(self, kind: str, refs: list[Ref], sight: Sight) -> None:
        pause = self._readings[kind].pause or self._judge.settings.first_poll
        for item in (self._items[ref] for ref in refs):
            why = sight.failed or sight.unclear.get(item.ref)
            if why:
                self._judge.unclear(item, why, pause, self._now)
            else:
                self._hand_on(item, sight.found.get(item.ref))

    def _hand_on(self, item: Item, fresh: Resource | None) -> None:
        if item.state is State.LOOKING:
            self._judge.seen(item, fresh, self._now)
        elif item.state is State.SETTLING:
            self._judge.settled(item, fresh, self._now)
        elif item.state is State.HELD:
            self._judge.part_seen(item, fresh)
