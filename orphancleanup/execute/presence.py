"""Whether projects exist: what many kinds rest on at about the same time is asked once for all of them."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from orphancleanup.clock import Clock


@dataclass(frozen=True, slots=True)
class _Question:
    """A project that was asked for, seconds on the clock when, and what is answered."""

    asked: float
    answer: 'Future[bool]' = field(default_factory=Future)


class Presence:
    """Keeps answers for a while, for any thread; what fails is asked again by whoever comes later.

    :param ask: given the id of a project.
    :param lasts: seconds for which an answer serves others, too.
    """

    def __init__(self, ask: Callable[[str], bool], clock: Clock, lasts: float) -> None:
        self._ask, self._clock, self._lasts = ask, clock, lasts
        self._lock = threading.Lock()
        self._questions: dict[str, _Question] = {}

    def of(self, project_id: str, since: float) -> tuple[bool, float]:
        """Return whether a project exists, and the seconds on the clock when that was asked.

        Whoever asks the same meanwhile waits for the same answer, or error.

        :param since: seconds on the clock: what was asked before does not count.
        """
        mine = _Question(self._clock.monotonic())
        with self._lock:
            known = self._questions.get(project_id)
            if known is None or known.asked < max(since, mine.asked - self._lasts):
                known = self._questions[project_id] = mine
        if known is mine:
            self._answer(project_id, mine)
        return known.answer.result(), known.asked

    def _answer(self, project_id: str, mine: _Question) -> None:
        try:
            mine.answer.set_result(self._ask(project_id))
        except BaseException as error:
            with self._lock:
                if self._questions.get(project_id) is mine:
                    del self._questions[project_id]
            mine.answer.set_exception(error)
