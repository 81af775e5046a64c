"""Carries events between the engine, the workers, the journal and who watches. Decides nothing."""

import math
import queue
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import Any

from orphancleanup.clock import Clock
from orphancleanup.execute import records
from orphancleanup.execute.engine import Engine, Room
from orphancleanup.execute.events import Reply
from orphancleanup.execute.item import Item
from orphancleanup.execute.jobs import Answer, Job, Reading, Sight, Task
from orphancleanup.execute.worker import Worker
from orphancleanup.journal import Journal
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.outcome import Outcome, Result
from orphancleanup.progress import Progress

#: seconds after which the loop looks up from what it waits for, to see whether it is to stop
BREATH = 0.5
#: for so many of what is left its service is asked for more; a thousand failures have few causes
EVIDENCE = 200

GatherEvidence = Callable[[Resource], tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True)
class Watch:
    """The time, who watches, and whether to go on.

    :param should_stop: answers whether Ctrl-C was pressed.
    """

    clock: Clock
    progress: Progress
    should_stop: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Crew:
    """Who does the work.

    :param room: how many requests to a service may be under way.
    """

    executor: Executor
    worker: Worker
    room: Room
    gather_evidence: GatherEvidence


@dataclass(slots=True)
class _Returns:
    """What came back from the workers, in the order in which it came."""

    arrived: queue.SimpleQueue[tuple[Job, Any]] = field(default_factory=queue.SimpleQueue)
    under_way: int = 0


class Loop:
    """Runs an engine until it has brought every entry to its end."""

    def __init__(self, engine: Engine, crew: Crew, journal: Journal, watch: Watch) -> None:
        self._engine, self._crew, self._journal, self._watch = engine, crew, journal, watch
        self._returns = _Returns()
        self._reported: set[Ref] = set()

    def run(self) -> tuple[Outcome, ...]:
        """Work until every entry is done; return an outcome for each entry."""
        self._watch.progress.stage('Removing', len(self._engine.items))
        self._engine.begin(self._now)
        self._work()
        while not self._watch.should_stop() and self._engine.next_pass(self._now):
            self._work()
        if self._watch.should_stop():
            self._end()
        return tuple(item.outcome() for item in self._with_evidence())

    @property
    def _now(self) -> float:
        return self._watch.clock.monotonic()

    def _work(self) -> None:
        while not self._engine.is_finished and not self._watch.should_stop():
            self._begin(self._engine.jobs(self._now, self._crew.room))
            self._report()
            if not self._engine.is_finished:
                self._wait()
        self._report()

    def _begin(self, jobs: list[Job]) -> None:
        """Give jobs to the workers, once what is intended is on the disk."""
        intents = [records.intent(job) for job in jobs if isinstance(job, Task)]
        if intents:
            self._journal.write(*intents)
        for job in jobs:
            self._returns.under_way += 1
            self._crew.executor.submit(self._do, job)

    def _do(self, job: Job) -> None:
        worker = self._crew.worker
        try:
            came: Answer | Sight = worker.take(job) if isinstance(job, Task) else worker.read(job)
        except BaseException as error:
            came = _lost(job, f'the worker was lost ({error!r})')
            self._returns.arrived.put((job, came))
            raise
        self._returns.arrived.put((job, came))

    def _wait(self) -> None:
        """Wait until something comes back, or until there is something to do; take all that came."""
        if not self._returns.under_way:
            ahead = self._engine.wake() - self._now
            if ahead > 0:
                self._watch.clock.sleep(min(BREATH, ahead))
            return
        try:
            self._take([self._returns.arrived.get(timeout=self._patience())])
        except queue.Empty:
            return
        came = []
        while not self._returns.arrived.empty():
            came.append(self._returns.arrived.get())
        self._take(came)

    def _patience(self) -> float:
        return max(0.0, min(BREATH, self._engine.wake() - self._now))

    def _take(self, came: Iterable[tuple[Job, Any]]) -> None:
        for job, result in came:
            self._returns.under_way -= 1
            if isinstance(job, Task):
                self._journal.note(records.answer(job.step, result))
                self._engine.answered(result, self._now)
            else:
                self._engine.was_read(job, result, self._now)

    def _report(self) -> None:
        ended = self._engine.take_ended()
        if not ended:
            return
        self._journal.note(*map(records.outcome, ended))
        for item in ended:
            if item.ref not in self._reported:
                self._reported.add(item.ref)
                self._watch.progress.advance()
            if item.result is Result.LEFT:
                self._watch.progress.note(f'{item.ref} is left: {item.text}')

    def _end(self) -> None:
        """Take the answers to what was sent, and end everything else as it stands."""
        while self._returns.under_way:
            self._wait()
        self._engine.stop(self._now)
        self._report()

    def _with_evidence(self) -> Iterable[Item]:
        """Return all entries, with what their services tell about those that are left."""
        items = self._engine.items
        if self._watch.should_stop():
            return items.values()
        left = [item for item in items.values() if item.result is Result.LEFT and item.steps][:EVIDENCE]
        found = self._crew.executor.map(self._crew.gather_evidence, [item.resource for item in left])
        told = {
            item.ref: replace(item, evidence=(*item.evidence, *evidence))
            for item, evidence in zip(left, found, strict=True)
        }
        return [told.get(ref, item) for ref, item in items.items()]


def _lost(job: Job, why: str) -> Answer | Sight:
    """Return that nothing is known, since the worker did not come back."""
    if isinstance(job, Reading):
        return Sight(-math.inf, failed=why)
    return Answer(job.ref, Reply.UNKNOWN, why)
