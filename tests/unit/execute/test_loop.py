"""What happened is in the journal before anybody waits again, also while a run is being ended."""

import math
from collections.abc import Mapping
from typing import Any

from orphancleanup.clock import SystemClock
from orphancleanup.execute.events import Reply
from orphancleanup.execute.jobs import Answer, Findings, Task
from orphancleanup.execute.loop import Loop, LoopControl
from orphancleanup.model import Ref, Resource
from orphancleanup.progress import Silence


class Journal:
    """Remembers which events of what were written, and which of them made sure of."""

    def __init__(self) -> None:
        self.records: list[tuple[object, object]] = []
        self.appends: list[bool] = []

    def write(self, *records: Mapping[str, Any]) -> None:
        self._append(records, is_durable=True)

    def note(self, *records: Mapping[str, Any]) -> None:
        self._append(records, is_durable=False)

    def _append(self, records: tuple[Mapping[str, Any], ...], is_durable: bool) -> None:
        self.records += [(each['event'], each['id']) for each in records]
        self.appends.append(is_durable)


class Engine:
    """Has some steps sent, and takes their answers."""

    is_finished = False

    def __init__(self, *rounds: list[str]) -> None:
        self.items: dict[Ref, Any] = {}
        self._rounds = [
            [Task(Resource(Ref('thing', each)), 'delete', math.inf) for each in names] for names in rounds
        ]

    def jobs(self, *_: object) -> list[Task]:
        return self._rounds.pop(0) if self._rounds else []

    def take_ended(self) -> list[Any]:
        return []

    def wake(self) -> float:
        return math.inf

    def begin(self, *_: object) -> None: ...

    def answered(self, *_: object) -> None: ...

    def stop(self, *_: object) -> None: ...


class Crew:
    """Answers one job after the other; remembers what was in the journal whenever somebody waited for it."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.jobs: list[Task] = []
        self.seen: list[set[tuple[object, object]]] = []

    @property
    def is_busy(self) -> bool:
        return bool(self.jobs)

    def room(self, service: str) -> int:
        return 9

    def begin(self, job: Task) -> None:
        assert ('intent', job.ref.id) in self.journal.records
        self.jobs.append(job)

    def collect(self, patience: float) -> list[tuple[Task, Answer]]:
        self.seen.append(set(self.journal.records))
        job = self.jobs.pop(0)
        return [(job, Answer(job.ref, Reply.ACCEPTED))]

    def investigate(self, cases: list[Any]) -> list[Findings]:
        return []


def run(engine: Engine, waits: int) -> Crew:
    """Run a loop that is told to end once it has waited so often."""
    crew = Crew(Journal())
    control = LoopControl(SystemClock(), Silence(), lambda: len(crew.seen) >= waits)
    Loop(engine, crew, crew.journal, control).run()  # type: ignore[arg-type]
    return crew


def test_while_a_run_is_being_ended_each_answer_is_written_before_the_next_one_is_waited_for() -> None:
    """A second Ctrl-C ends the process where it stands."""
    crew = run(Engine(['a', 'b', 'c']), waits=1)
    assert ('answer', 'a') in crew.seen[1]
    assert ('answer', 'b') in crew.seen[2]
    assert ('answer', 'c') in crew.journal.records


def test_answers_and_what_is_intended_next_are_made_sure_of_at_once() -> None:
    crew = run(Engine(['a', 'b'], ['c'], [], []), waits=3)
    assert crew.journal.records == [
        ('intent', 'a'), ('intent', 'b'), ('answer', 'a'), ('intent', 'c'), ('answer', 'b'), ('answer', 'c'),
    ]  # fmt: skip
    # The answer that is followed by an intent shares its sync; those that nothing follows need none.
    assert crew.journal.appends == [True, True, False, False]
