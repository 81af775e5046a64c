"""What several kinds ask alike while everything is listed: it is asked once, and all of them read the answer."""

import contextlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

from orphancleanup.api import Query

#: the service that kinds of every family ask who and what there is: its domains, its projects, its users
SERVICE = 'identity'


class SharedAnswers:
    """Keeps answers while it is on, and forgets them; what fails is asked again by whoever comes later."""

    def __init__(self) -> None:
        self._answers: dict[object, Future[str]] | None = None

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        """Share answers for a while; never while anything is changed, since a step rests on what is so just then."""
        self._answers = {}
        try:
            yield
        finally:
            self._answers = None

    def get(self, path: str, query: Query | None, ask: Callable[[], Any]) -> Any:
        """Return what a service answers; a document of one's own, as if one had asked for it oneself.

        :param ask: asks the service; what it raises, everybody meets who waits for the answer.
        """
        key = (path, tuple(sorted((name, str(value)) for name, value in (query or {}).items())))
        answers = self._answers
        if answers is None:
            return ask()
        mine: Future[str] = Future()
        # Whoever comes first asks; the others wait for the same answer.
        future = answers.setdefault(key, mine)
        if future is mine:
            try:
                future.set_result(json.dumps(ask()))
            except BaseException as error:
                del answers[key]
                future.set_exception(error)
        return json.loads(future.result())
