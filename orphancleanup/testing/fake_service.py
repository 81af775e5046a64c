"""A service of a fake cloud: what a handler calls becomes a request; pages are followed as the real ones are."""

import json
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from orphancleanup.api import Body, Query
from orphancleanup.clouds import dialects, paging, paths


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrived.

    :param body: the parsed document; None when there is none.
    :param project_id: the project that the caller's session was of.
    :param content_type: what a PATCH says that its body is; empty for all else.
    """

    method: str
    service: str
    path: str
    query: Query
    body: Any = None
    project_id: str = ''
    content_type: str = ''

    @property
    def is_reading(self) -> bool:
        """Whether it changes nothing, as the real cloud decides it."""
        if self.method in dialects.READING:
            return True
        question = f'?{urllib.parse.urlencode(self.query)}' if self.query else ''
        content = None if self.body is None else json.dumps(self.body).encode()
        return dialects.of(self.service).is_reading(self.method, f'{self.path}{question}', content)


class FakeService:
    """One service of a fake cloud; satisfies :class:`orphancleanup.api.Service`.

    :param answer: answers a request, or raises.
    :param project_id: the project that the session is of.
    """

    def __init__(self, answer: Callable[[Request], Any], service_type: str, project_id: str) -> None:
        self._answer = answer
        self._type = service_type
        self._project_id = project_id

    def get(self, path: str, query: Query | None = None) -> Any:
        """See :meth:`orphancleanup.api.Service.get`."""
        return self._ask('GET', path, query)

    def pages(
        self, path: str, key: str, query: Query | None = None, past_end: bool = False
    ) -> Iterator[dict[str, Any]]:
        """See :meth:`orphancleanup.api.Service.pages`."""

        def fetch(query: Query) -> Any:
            return self.get(path, query)

        return paging.follow(paging.Listing(f'{self._type} {path}', key, fetch, query or {}, past_end))

    def delete(self, path: str, query: Query | None = None, body: Body | None = None) -> Any:
        """See :meth:`orphancleanup.api.Service.delete`."""
        return self._ask('DELETE', path, query, body)

    def post(self, path: str, body: Body) -> Any:
        """See :meth:`orphancleanup.api.Service.post`."""
        return self._ask('POST', path, body=body)

    def put(self, path: str, body: Body) -> Any:
        """See :meth:`orphancleanup.api.Service.put`."""
        return self._ask('PUT', path, body=body)

    def patch(self, path: str, body: Body, content_type: str = 'application/json') -> Any:
        """See :meth:`orphancleanup.api.Service.patch`."""
        return self._ask('PATCH', path, body=body, content_type=content_type)

    def _ask(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Body | None = None,
        content_type: str = '',
    ) -> Any:
        where = paths.checked(path)
        return self._answer(
            Request(method, self._type, where, dict(query or {}), body, self._project_id, content_type)
        )
