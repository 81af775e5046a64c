"""Threads that take one job after the other, whatever ended the one before."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from orphancleanup.execute.crew import Threads
from orphancleanup.execute.events import Reply
from orphancleanup.execute.jobs import Answer, Findings, Task
from orphancleanup.model import Ref, Resource

THREADS = 2
PATIENCE = 10.0


class Hand:
    """A worker that does what each job's id says."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.begun = threading.Semaphore(0)
        self.free = threading.Event()

    def take(self, task: Task) -> Answer:
        if task.ref.id == 'wait':
            self.begun.release()
            assert self.free.wait(PATIENCE)
        if task.ref.id == 'end':
            raise SystemExit
        self.done.append(task.ref.id)
        return Answer(task.ref, Reply.ACCEPTED)

    def investigate(self, case: Any) -> Findings:
        return Findings()


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    # Its end waits for all threads: a test that leaves one behind does not end.
    with ThreadPoolExecutor(THREADS) as executor:
        yield executor


@pytest.fixture
def crew(hand: Hand, executor: ThreadPoolExecutor) -> Iterator[Threads]:
    with Threads(executor, hand, lambda _: 9) as crew:  # type: ignore[arg-type]
        yield crew


def task(name: str) -> Task:
    ref = Ref('thing', name)
    return Task(Resource(ref), 'delete', PATIENCE)


def collected(crew: Threads, number: int) -> dict[str, Reply]:
    found: dict[str, Reply] = {}
    while len(found) < number:
        came = crew.collect(PATIENCE)
        assert came
        for _, answer in came:
            assert isinstance(answer, Answer)
            found[answer.ref.id] = answer.reply
    assert not crew.is_busy
    return found


def test_more_jobs_than_threads_all_come_back(crew: Threads) -> None:
    names = [str(number) for number in range(10 * THREADS)]
    for name in names:
        crew.begin(task(name))
    assert collected(crew, len(names)) == dict.fromkeys(names, Reply.ACCEPTED)


def test_a_job_that_ends_its_thread_comes_back_as_unknown_and_the_next_ones_are_done(crew: Threads) -> None:
    for name in ('end',) * THREADS:
        crew.begin(task(name))
        assert collected(crew, 1) == {'end': Reply.UNKNOWN}
    for name in ('one', 'two', 'three'):
        crew.begin(task(name))
    assert collected(crew, 3) == dict.fromkeys(('one', 'two', 'three'), Reply.ACCEPTED)


def test_what_nobody_has_begun_when_all_ends_is_not_begun_any_more(
    hand: Hand, executor: ThreadPoolExecutor
) -> None:
    with Threads(executor, hand, lambda _: 9) as crew:  # type: ignore[arg-type]
        for _number in range(THREADS):
            crew.begin(task('wait'))
            assert hand.begun.acquire(timeout=PATIENCE)
        crew.begin(task('late'))
    hand.free.set()
    executor.shutdown(wait=True)
    assert hand.done == ['wait'] * THREADS


def test_causes_are_asked_for_by_threads_that_had_jobs_and_jobs_are_taken_afterwards(crew: Threads) -> None:
    for _number in range(3):
        for name in ('one', 'two', 'three'):
            crew.begin(task(name))
        collected(crew, 3)
        assert crew.investigate([None] * 5) == [Findings()] * 5  # type: ignore[list-item]
