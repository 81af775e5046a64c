"""What the services of a fake cloud answer, and what happens before they do."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from orphancleanup.clouds import transcript
from orphancleanup.errors import ApiError, NotFound, Unreachable
from orphancleanup.outcome import Exchange
from orphancleanup.testing.fake_service import Request

Answer = Callable[['re.Match[str]', Request], Any]


@dataclass(slots=True)
class _Hook:
    """Something that happens before matching requests are answered."""

    service: str
    method: str
    path: re.Pattern[str]
    act: Callable[[Request], None]
    after: int
    times: float

    def meet(self, request: Request) -> None:
        is_meant = self.service in ('*', request.service) and self.method in ('*', request.method)
        if not is_meant or not self.path.search(request.path):
            return
        if self.after:
            self.after -= 1
        elif self.times:
            self.times -= 1
            self.act(request)


class FakeRoutes:
    """Service, method and path to what answers; see :class:`orphancleanup.testing.fake_cloud.FakeCloud`."""

    def __init__(self) -> None:
        #: service and method to paths, and what answers there
        self._routes: dict[tuple[str, str], list[tuple[re.Pattern[str], Answer]]] = defaultdict(list)
        self._hooks: list[_Hook] = []

    def add(self, service: str, method: str, path: str, answer: Answer) -> None:
        """Have requests answered; see :meth:`FakeCloud.route`."""
        self._routes[service, method].append((re.compile(path), answer))

    def override(self, service: str, method: str, path: str, answer: Answer) -> None:
        """Have requests answered otherwise than so far; see :meth:`FakeCloud.override`."""
        self._routes[service, method].insert(0, (re.compile(path), answer))

    def before(
        self, target: tuple[str, str, str], act: Callable[[Request], None], times: float, after: int
    ) -> None:
        """Let something happen; see :meth:`FakeCloud.before`."""
        service, method, path = target
        self._hooks.append(_Hook(service, method, re.compile(path), act, after, times))

    def remove(self, service: str) -> None:
        """Forget all that a service answers."""
        for route in [route for route in self._routes if route[0] == service]:
            del self._routes[route]

    def services(self) -> set[str]:
        """Return the types of the services that answer anything."""
        return {route[0] for route in self._routes}

    def answer(self, request: Request) -> Any:
        """Answer, and keep what was asked and answered for the report, as the real cloud does."""
        asked = Exchange(request.method, request.service, request.path)
        try:
            for hook in self._hooks:
                hook.meet(request)
            answer = self._routed(request)
        except ApiError as error:
            told = asked._replace(status=error.status, text=error.message, request_id=error.request_id)
            transcript.note(told)
            raise
        except Unreachable as error:
            transcript.note(asked._replace(text=error.message, request_id=error.request_id))
            raise
        transcript.note(asked._replace(status=200 if request.method == 'GET' else 202, request_id='req-fake'))
        return answer

    def _routed(self, request: Request) -> Any:
        for path, answer in self._routes.get((request.service, request.method), ()):
            match = path.fullmatch(request.path)
            if match:
                return answer(match, request)
        raise NotFound(404, f'The resource could not be found: {request.method} {request.path}', 'req-fake')
