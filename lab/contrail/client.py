"""Making objects over HTTP, for the scenario and for tests: with the token of an administrator."""

import http.client
import json
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_SECONDS = 60.0
DOMAIN = 'default-domain'


@dataclass(frozen=True, slots=True)
class Made:
    """An object that was made."""

    type: str
    uuid: str
    name: tuple[str, ...]

    @property
    def ref(self) -> dict[str, Any]:
        """What another object refers to it with."""
        return {'to': list(self.name), 'uuid': self.uuid, 'attr': None}


@dataclass(frozen=True, slots=True)
class Client:
    """A server, as an administrator.

    :param token: returns a token that is valid; called for each request.
    """

    url: str
    token: Callable[[], str]

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Return the document of an answer, None when it has none.

        :raises RuntimeError: for an answer that says no.
        """
        parts = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)
        try:
            headers = {'X-Auth-Token': self.token(), 'Content-Type': 'application/json'}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            content = response.read().decode()
        finally:
            connection.close()
        if response.status >= 300:
            raise RuntimeError(f'Contrail answers {method} {path} with {response.status}: {content}')
        return json.loads(content) if content else None

    def make(self, kind: str, name: tuple[str, ...], **more: Any) -> Made:
        """Find an object by its name, or make it."""
        found = self.find(kind, name)
        if found:
            return found
        document = self.ask('POST', f'/{kind}s', {kind: {'fq_name': list(name), **more}})
        return Made(kind, document[kind]['uuid'], name)

    def find(self, kind: str, name: tuple[str, ...]) -> Made | None:
        """Return an object by its name; None when there is none."""
        document = self.ask('GET', f'/{kind}s?fq_names={urllib.parse.quote(":".join(name))}')
        return next((Made(kind, each['uuid'], name) for each in document[f'{kind}s']), None)

    def project(self, identifier: str) -> Made:
        """Return the object of a project of Keystone that lives: reading it makes it.

        :param identifier: Keystone's id.
        """
        document = self.ask('GET', f'/project/{uuid.UUID(identifier)}')['project']
        return Made('project', document['uuid'], tuple(document['fq_name']))

    def steer(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask for what only the simulator has."""
        return self.ask('POST', f'/lab/{path}', body)
