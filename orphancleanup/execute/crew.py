"""The workers of an apply: threads that do jobs, and what comes back from them."""

import contextlib
import logging
import math
import queue
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol, Self

from orphancleanup.execute.events import Reply
from orphancleanup.execute.jobs import Answer, Case, Findings, Job, Reading, Sight, Task
from orphancleanup.execute.worker import Worker

LOG = logging.getLogger(__name__)
#: seconds for which more is waited for when something has come back: at full speed that are six jobs, whose next ones
#: cost one sync of the disk then. That saves a seventh of the CPU time; at 20 ms a request, a run takes 3 % longer
GATHERING = 0.002
#: a job, and what came of it
Result = tuple[Job, Answer | Sight]


class Crew(Protocol):
    """Who does the work; the tests have one of their own."""

    @property
    def is_busy(self) -> bool:
        """Whether any job has not come back yet."""

    def room(self, service: str) -> int:
        """Return how many requests to a service may be under way just now."""

    def begin(self, job: Job) -> None:
        """Have a job done."""

    def collect(self, patience: float) -> list[Result]:
        """Return all that came back; wait for something, at most so many seconds, when nothing has yet."""

    def investigate(self, cases: list[Case]) -> list[Findings]:
        """Return what services tell about what is left."""


class Threads:
    """A crew of threads, each of which takes one job after the other; used as a context, at whose end they go.

    :param executor: has the threads; what it does for each thing that is submitted costs as much as a request.
    :param room: service type to the number of requests that may be under way.
    """

    def __init__(self, executor: Executor, worker: Worker, room: Callable[[str], int]) -> None:
        self._executor, self._worker = executor, worker
        self.room = room
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._arrived: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._under_way = self._threads = 0
        self._is_over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._dismiss()

    @property
    def is_busy(self) -> bool:
        """Whether any job has not come back yet."""
        return self._under_way > 0

    def begin(self, job: Job) -> None:
        """Have a job done."""
        self._under_way += 1
        if self._under_way > self._threads:
            self._threads += 1
            self._executor.submit(self._serve)
        self._jobs.put(job)

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None and not self._is_over:
            self._do(job)

    def _dismiss(self) -> None:
        """Let the threads go, each after the job that it has."""
        for _number in range(self._threads):
            self._jobs.put(None)
        self._threads = 0

    def _do(self, job: Job) -> None:
        came: Answer | Sight = _lost(job)
        try:
            came = self._worker.take(job) if isinstance(job, Task) else self._worker.read(job)
        except BaseException as error:  # what ended this job must not end the next one
            LOG.error('A job on %s ended with %r', job.ref if isinstance(job, Task) else job.kind, error)
        # Whatever ended it, it comes back: else the run would wait for it for ever.
        self._arrived.put((job, came))

    def collect(self, patience: float) -> list[Result]:
        """Return all that came back; wait for something, at most so many seconds, when nothing has yet.

        What else comes in a moment is waited for, too: what follows from all of it is made sure of on the disk at once.
        """
        try:
            came = [self._arrived.get(timeout=patience) if patience > 0 else self._arrived.get_nowait()]
        except queue.Empty:
            return []
        if self._under_way > 1:
            time.sleep(GATHERING)
        with contextlib.suppress(queue.Empty):
            while True:
                came.append(self._arrived.get_nowait())
        self._under_way -= len(came)
        return came

    def investigate(self, cases: list[Case]) -> list[Findings]:
        """Return what services tell about what is left."""
        self._dismiss()
        return list(self._executor.map(self._worker.investigate, cases))


def _lost(job: Job) -> Answer | Sight:
    """Return that nothing is known, since the worker did not come back."""
    if isinstance(job, Reading):
        return Sight(-math.inf, failed='the program could not do it (a worker thread ended)')
    return Answer(job.ref, Reply.UNKNOWN, 'the program could not do it (a worker thread ended)')
