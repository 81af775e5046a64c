"""The loop of an apply: orders, journals and decides; workers do the talking to the cloud."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

from orphancleanup.clock import Clock
from orphancleanup.execute import records, worker
from orphancleanup.execute.item import Item, State
from orphancleanup.execute.judge import Judge
from orphancleanup.execute.reading import FEW, Reading
from orphancleanup.execute.schedule import Schedule, by_batch
from orphancleanup.execute.traffic import After, Traffic
from orphancleanup.execute.worker import Answer, Batch, Opener, Sight
from orphancleanup.handler import HoldsParts
from orphancleanup.journal import Journal
from orphancleanup.model import Level, Ref
from orphancleanup.outcome import Outcome, Result
from orphancleanup.plan import Plan
from orphancleanup.progress import Progress
from orphancleanup.settings import HttpSettings

#: seconds after which the loop looks up from what it waits for, to see whether it is to stop
BREATH = 0.5
#: the most resources in a batch: Ctrl-C waits for the batches that are under way
BATCH = 10
#: for so many of what is left its service is asked for more; a thousand failures have few causes
EVIDENCE = 200
#: how many owners are looked at, with their parts, by one worker
OWNERS = 8


@dataclass(frozen=True, slots=True)
class Watch:
    """The time, who watches, and whether to go on.

    :param should_stop: answers whether Ctrl-C was pressed.
    """

    clock: Clock
    progress: Progress
    should_stop: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Means:
    """What an apply works with.

    :param opener: answers cloud and handlers on a worker.
    """

    executor: Executor
    opener: Opener
    journal: Journal
    watch: Watch
    http: HttpSettings


class Coordinator:
    """Brings every entry of a plan to its end.

    :param already: what an earlier life of the run meant to remove.
    """

    def __init__(self, plan: Plan, judge: Judge, means: Means, already: frozenset[Ref] = frozenset()) -> None:
        items = {entry.ref: Item(entry, is_ours=entry.ref in already) for entry in plan.entries}
        self._schedule = Schedule(items, judge.registry.before)
        self._items, self._judge, self._means = items, judge, means
        self._readings = {kind: Reading(judge.settings) for kind in {item.kind for item in items.values()}}
        self._traffic = Traffic(means.executor, means.opener)
        self._flying: Counter[str] = Counter()
        self._reported: dict[Ref, Result] = {}

    def run(self) -> tuple[Outcome, ...]:
        """Work until every entry is done, in as many passes as help; answer an outcome for each entry."""
        self._means.watch.progress.stage('Removing', len(self._items))
        for _ in range(self._judge.settings.passes):
            before = self._removed()
            self._one_pass()
            if self._means.watch.should_stop() or not self._next_pass(self._removed() > before):
                break
        if not self._means.watch.should_stop():
            self._gather_evidence()
        return tuple(item.outcome() for item in self._items.values())

    def _one_pass(self) -> None:
        while not self._schedule.is_finished:
            if self._means.watch.should_stop():
                self._stop()
                return
            released = self._schedule.release(self._now)
            self._read()
            self._send()
            if not released and not self._traffic.is_under_way and not self._is_awaited():
                self._schedule.release(self._now, ignore_kinds=True)
            self._report()
            self._collect()
        self._report()

    def _removed(self) -> int:
        return sum(item.is_removed for item in self._items.values())

    def _next_pass(self, has_removed: bool) -> bool:
        """Let begin anew what may go now; answer whether there is anything."""
        freed = Level.FORCE in self._judge.settings.levels and self._schedule.free_parts()
        return (has_removed and self._revive()) or freed

    def _revive(self) -> bool:
        done = [item for item in self._items.values() if item.state is State.DONE]
        again = [item for item in done if item.may_go_now and self._owner_may_go(item)]
        for item in again:
            item.again()
        return bool(again)

    def _owner_may_go(self, item: Item) -> bool:
        owner = item.entry.owner
        return owner is None or self._items[owner].is_removed

    @property
    def _now(self) -> float:
        return self._means.watch.clock.monotonic()

    # Reading

    def _read(self) -> None:
        looking, settling = self._schedule.in_state(State.LOOKING), self._schedule.in_state(State.SETTLING)
        for kind, reading in self._readings.items():
            reading.plan_next({item.ref: item for item in settling.get(kind, ())}, self._now)
            wanted = self._serve(reading, looking.get(kind, []))
            pending = settling.get(kind, []) if self._now >= reading.due else []
            if (wanted or pending) and not reading.is_under_way:
                self._start_reading(kind, wanted, pending)

    def _serve(self, reading: Reading, items: list[Item]) -> list[Item]:
        """Decide on items that the last listing serves; answer those that need a new one now."""
        wanted = []
        for item in items:
            if reading.sight and not self._is_owner(item.kind) and reading.serves(item, self._now):
                item.looked = reading.started
                self._judge.seen(item, reading.sight.found.get(item.ref), self._now)
            elif self._now >= item.not_before:
                wanted.append(item)
        return wanted

    def _is_owner(self, kind: str) -> bool:
        return isinstance(self._judge.registry.handler(kind), HoldsParts)

    def _start_reading(self, kind: str, wanted: list[Item], pending: list[Item]) -> None:
        reading, started = self._readings[kind], self._now
        reading.is_under_way = True
        if self._is_owner(kind) and wanted:
            refs, one_by_one = [item.ref for item in wanted[:OWNERS]], True
        else:
            refs = [item.ref for item in (*wanted, *pending)]
            one_by_one = len(refs) <= FEW

        def finish(sight: Sight) -> None:
            for ref in refs:
                self._items[ref].looked = started
            self._seen(kind, refs, sight)
            reading.was_read(sight, started, not one_by_one, self._now)

        if one_by_one:
            self._traffic.submit(After(finish, worker.lost_sight), worker.look_at, kind, tuple(refs))
        else:
            self._traffic.submit(After(finish, worker.lost_sight), worker.read_kind, kind)

    def _seen(self, kind: str, refs: list[Ref], sight: Sight) -> None:
        pause = self._readings[kind].pause or self._judge.settings.first_poll
        for item in (self._items[ref] for ref in refs):
            why = sight.failed or sight.unclear.get(item.ref)
            if why:
                self._judge.unclear(item, why, pause, self._now)
            elif item.state is State.LOOKING:
                self._judge.seen(item, sight.found.get(item.ref), self._now)
            elif item.state is State.SETTLING:
                self._judge.settled(item, sight.found.get(item.ref), self._now)

    # Sending

    def _send(self) -> None:
        batches = list(self._batches())
        if not batches:
            return
        self._means.journal.write(*itertools.chain.from_iterable(map(records.intents, batches)))
        for batch in batches:
            self._traffic.submit(After(self._answered(batch), batch.lost), worker.run_batch, batch)

    def _batches(self) -> Iterator[Batch]:
        ready = [item for item in self._items.values() if item.state is State.READY]
        for item in ready:
            if self._now - item.looked > self._judge.settings.freshness:
                item.move(State.LOOKING)
        ready = [item for item in ready if item.state is State.READY]
        for (kind, project, step), items in by_batch(ready).items():
            size = min(BATCH, math.ceil(len(items) / self._means.http.workers_of(self._service(kind))))
            for start in range(0, len(items), size):
                if not self._has_room(kind):
                    break
                self._flying[self._service(kind)] += 1
                yield self._batch(kind, project, step, items[start : start + size])

    def _service(self, kind: str) -> str:
        return self._judge.registry.handler(kind).service

    def _has_room(self, kind: str) -> bool:
        service, http = self._service(kind), self._means.http
        return self._flying[service] < http.workers_of(service) and self._flying.total() < http.workers

    def _batch(self, kind: str, project: str, step: str, items: list[Item]) -> Batch:
        for item in items:
            item.move(State.SENT)
            item.steps.append(step)
        return Batch(kind, project, step, tuple(item.fresh or item.entry.resource for item in items))

    def _answered(self, batch: Batch) -> Callable[[tuple[Answer, ...]], None]:
        def finish(answers: tuple[Answer, ...]) -> None:
            self._flying[self._service(batch.kind)] -= 1
            self._means.journal.note(*(records.answer(batch.step, answer) for answer in answers))
            for answer in answers:
                self._judge.answered(self._items[answer.ref], answer, self._now)

        return finish

    # Waiting

    def _collect(self) -> None:
        if self._traffic.is_under_way:
            self._traffic.collect(self._until_due())
        elif not self._schedule.is_finished:
            self._means.watch.clock.sleep(self._until_due())

    def _until_due(self) -> float:
        """Answer for how many seconds nothing is to be done but to wait."""
        times = [
            reading.due
            for reading in self._readings.values()
            if reading.settling and not reading.is_under_way
        ]
        times += [item.not_before for item in self._items.values() if item.state is State.LOOKING]
        ahead = [time - self._now for time in times if time > self._now]
        return min([BREATH, *ahead])

    def _is_awaited(self) -> bool:
        moving = (State.LOOKING, State.READY, State.SENT, State.SETTLING)
        return any(item.state in moving for item in self._items.values())

    def _report(self) -> None:
        new = [
            item
            for item in self._items.values()
            if item.state is State.DONE and item.ref not in self._reported
        ]
        if not new:
            return
        self._means.journal.note(*map(records.outcome, new))
        for item in new:
            if item.ref not in self._reported:
                self._means.watch.progress.advance()
            self._reported[item.ref] = item.result
            if item.result is Result.LEFT:
                self._means.watch.progress.note(f'{item.ref} is left: {item.text}')

    # Ending

    def _stop(self) -> None:
        """Take the answers to what was sent, and end everything else as it stands."""
        while self._traffic.is_under_way:
            self._collect()
        for item in self._items.values():
            if item.state is State.SETTLING:
                item.end(Result.LEFT, 'interrupted while its removal was under way')
            elif item.state is not State.DONE:
                item.end(Result.LEFT if item.steps else Result.UNTRIED, 'interrupted before its turn came')
        self._report()

    def _gather_evidence(self) -> None:
        left = [item for item in self._items.values() if item.result is Result.LEFT and item.steps]
        for item in left[:EVIDENCE]:
            resource = item.fresh or item.entry.resource
            self._traffic.submit(
                After(item.evidence.extend, lambda why: ()), worker.gather_evidence, resource
            )
        while self._traffic.is_under_way:
            self._traffic.collect(BREATH)
