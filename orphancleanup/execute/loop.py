"""Carries events between the engine, the workers, the journal and who watches. Decides nothing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from orphancleanup.clock import Clock
from orphancleanup.execute import causes, records
from orphancleanup.execute.crew import Crew, Result
from orphancleanup.execute.engine import Engine
from orphancleanup.execute.jobs import Answer, Findings, Job, Reading, Task
from orphancleanup.model import Ref
from orphancleanup.outcome import Outcome
from orphancleanup.outcome import Result as Ending
from orphancleanup.progress import Progress

#: for so many of what is left its service is asked for more; a thousand failures have few causes
EVIDENCE = 200


class Log(Protocol):
    """Where the run writes what it is about to do and what came of it: a ``Journal`` of ``storing.journal``."""

    def write(self, *records: Mapping[str, Any]) -> None:
        """Append records; they are on the disk when this returns."""

    def note(self, *records: Mapping[str, Any]) -> None:
        """Append records that a crash of the machine may lose."""


@dataclass(frozen=True, slots=True)
class LoopControl:
    """The time, who watches, and whether to go on.

    :param should_stop: answers whether Ctrl-C was pressed.
    :param breath: seconds after which the loop looks up from what it waits for, to see whether it is to stop.
    """

    clock: Clock
    progress: Progress
    should_stop: Callable[[], bool]
    breath: float = 0.5


class Loop:
    """Runs an engine until it has brought every entry to its end."""

    def __init__(self, engine: Engine, crew: Crew, log: Log, control: LoopControl) -> None:
        self._engine, self._crew, self._log, self._control = engine, crew, log, control
        self._reported: set[Ref] = set()
        # What has happened and is not in the journal yet: it goes there together with the next intents.
        self._unwritten: list[Mapping[str, Any]] = []

    def run(self) -> tuple[Outcome, ...]:
        """Work until every entry is done; return an outcome for each entry."""
        self._control.progress.stage('Removing', len(self._engine.items))
        self._engine.begin(self._now)
        return self.go_on()

    def go_on(self) -> tuple[Outcome, ...]:
        """Work from wherever the engine stands until every entry is done; return an outcome for each entry."""
        try:
            self._work()
            while not self._control.should_stop() and self._engine.next_pass(self._now):
                self._work()
            if self._control.should_stop():
                self._end()
        finally:
            self._write()
        return tuple(self._outcomes())

    @property
    def _now(self) -> float:
        return self._control.clock.monotonic()

    def _work(self) -> None:
        while not self._engine.is_finished and not self._control.should_stop():
            jobs = self._engine.jobs(self._now, self._crew.room)
            self._report()
            self._begin(jobs)
            if not self._engine.is_finished:
                self._wait()
        self._report()
        self._write()

    def _begin(self, jobs: list[Job]) -> None:
        """Give jobs to the workers, once what is intended is on the disk."""
        self._write([records.intent(job) for job in jobs if isinstance(job, Task)])
        for job in jobs:
            self._crew.begin(job)

    def _write(self, intents: Sequence[Mapping[str, Any]] = ()) -> None:
        """Write what has happened, and what is intended, which must be on the disk before anything of it is done."""
        found, self._unwritten = (*self._unwritten, *intents), []
        if intents:
            self._log.write(*found)
        elif found:
            self._log.note(*found)

    def _wait(self) -> None:
        """Wait until something comes back, or until there is something to do."""
        patience = max(0.0, min(self._control.breath, self._engine.wake() - self._now))
        if self._crew.is_busy:
            self._take(self._crew.collect(patience))
        elif patience:
            self._control.clock.sleep(patience)

    def _take(self, came: list[Result]) -> None:
        self._unwritten += (
            records.answer(job.step, result)
            for job, result in came
            if isinstance(job, Task) and isinstance(result, Answer)
        )
        for job, result in came:
            if isinstance(result, Answer):
                self._engine.answered(result, self._now)
            elif isinstance(job, Reading):
                self._engine.was_read(job, result, self._now)

    def _report(self) -> None:
        ended = self._engine.take_ended()
        self._unwritten += map(records.outcome, ended)
        for item in ended:
            if item.ref not in self._reported:
                self._reported.add(item.ref)
                self._control.progress.advance()
            if item.result is Ending.LEFT:
                self._control.progress.note(f'{item.ref} was not removed: {item.text}')

    def _end(self) -> None:
        """Take the answers to what was sent, and end everything else as it stands."""
        while self._crew.is_busy:
            self._take(self._crew.collect(self._control.breath))
            # A second Ctrl-C ends the process at once: what was answered is in the journal by then.
            self._write()
        self._engine.stop(self._now)
        self._report()

    def _outcomes(self) -> Iterator[Outcome]:
        """Yield what became of all entries, with what their services tell about those that are left.

        An entry is forgotten once its outcome is told: tens of thousands are not in memory as both.
        """
        items = self._engine.items
        left = self._left()
        for ref in list(items):
            item = items.pop(ref)
            yield left.get(ref) or item.outcome()

    def _left(self) -> dict[Ref, Outcome]:
        """Return what became of entries that are not gone, and what their services tell about that."""
        items = self._engine.items
        left = {ref: item.outcome() for ref, item in items.items() if not item.is_removed}
        if not left:
            return {}
        index = causes.by_id(items)
        found = self._findings(index)
        for ref, outcome in left.items():
            told = found.get(ref, Findings())
            in_the_way = (*causes.in_plan(items[ref], items, index), *told.blockers)
            left[ref] = replace(
                outcome,
                evidence=(*outcome.evidence, *causes.with_fates(told.evidence, items)),
                blockers=tuple(dict.fromkeys(in_the_way)),
            )
        return left

    def _findings(self, index: causes.Index) -> Mapping[Ref, Findings]:
        """Ask for the causes of what is left; of a run that was interrupted nobody waits for them."""
        items = self._engine.items
        if self._control.should_stop():
            return {}
        left = [item for item in items.values() if causes.is_worth_asking(item)][:EVIDENCE]
        found = self._crew.investigate([causes.case_of(item, items, index) for item in left])
        return {item.ref: each for item, each in zip(left, found, strict=True)}
