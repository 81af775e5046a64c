"""The jobs that are under way on the workers."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import Any

from orphancleanup.execute.worker import Opener


@dataclass(frozen=True, slots=True)
class After:
    """What is done with the answer to a job.

    :param finish: takes the answer.
    :param lost: makes up an answer, given why, when the worker did not come back.
    """

    finish: Callable[[Any], None]
    lost: Callable[[str], Any]


class Traffic:
    """Gives jobs to workers, and their answers back to whoever asked, in the coordinator's own thread.

    :param opener: answers cloud and handlers on a worker.
    """

    def __init__(self, executor: Executor, opener: Opener) -> None:
        self._executor = executor
        self._opener = opener
        self._under_way: dict[Future[Any], After] = {}

    @property
    def is_under_way(self) -> bool:
        """Whether any job has not been answered yet."""
        return bool(self._under_way)

    def submit(self, after: After, job: Callable[..., Any], *arguments: Any) -> None:
        """Give a job to a worker; the opener is its first argument."""
        self._under_way[self._executor.submit(job, self._opener, *arguments)] = after

    def collect(self, timeout: float) -> None:
        """Wait for an answer, at most so many seconds, and hand on all that came."""
        done, _ = wait(self._under_way, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            after = self._under_way.pop(future)
            error = future.exception()
            after.finish(after.lost(f'the worker was lost ({error!r})') if error else future.result())
