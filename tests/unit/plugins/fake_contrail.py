"""The simulator of Contrail's API server, in memory, as a service of a fake cloud."""

import uuid
from dataclasses import dataclass
from typing import Any

from lab.contrail.api import Api
from lab.contrail.callers import Caller, Known
from lab.contrail.client import Client, Made
from lab.contrail.estate import Home
from lab.contrail.shapes import Request as Asked
from lab.contrail.store import fresh
from orphancleanup.errors import ApiError
from orphancleanup.model import Project
from orphancleanup.testing.fake_cloud import FakeCloud, Request

SERVICE = 'contrail'
TOKEN = 'token'


class Contrail:
    """A server, and the way into it that passes nobody by.

    :ivar identity: who may ask; the projects of the fake cloud are in it, too.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud
        self.identity = Known({TOKEN: Caller('admin', frozenset({'admin'}))})
        self.api = Api(fresh(), self.identity)
        self.client = Direct(self)
        for method in ('GET', 'DELETE', 'POST', 'PUT'):
            cloud.route(SERVICE, method, '/.*', lambda _, request: self._answer(request))

    @property
    def behaviour(self) -> Any:
        """How the server behaves; see :class:`lab.contrail.api.Behaviour`."""
        return self.api.behaviour

    def home(self, name: str) -> Home:
        """Make a project in Keystone and in Contrail."""
        identifier = uuid.uuid4().hex
        self.identity.names[identifier] = name
        self.cloud.projects[identifier] = Project(identifier, name, 'default')
        return Home(self.client, self.client.project(identifier))

    def end(self, home: Home) -> None:
        """Delete a project in Keystone; Contrail tries once to follow."""
        identifier = uuid.UUID(home.project.uuid).hex
        del self.identity.names[identifier], self.cloud.projects[identifier]
        self.api.projects.resync('', self.behaviour.has_transformer)

    def age(self, *made: Made) -> None:
        """Let objects have been there for a long time."""
        for each in made or tuple(self.api.store.objects.values()):
            properties = self.api.store.objects[each.uuid].properties['id_perms']
            properties['created'] = properties['last_modified'] = '2025-01-01T00:00:00'

    def has(self, made: Made) -> bool:
        """Return whether an object is there."""
        return made.uuid in self.api.store.objects

    def ask(self, method: str, path: str, query: dict[str, str] | None = None, body: Any = None) -> Any:
        """Return the document of an answer.

        :raises ApiError: for one that says no.
        """
        headers = {'x-auth-token': TOKEN, 'x-user-token': TOKEN}
        answer = self.api.answer(Asked(method, path, query or {}, body, headers))
        if answer.status >= 300:
            raise ApiError.of(answer.status, str(answer.body))
        return answer.body or None

    def _answer(self, request: Request) -> Any:
        query = {name: str(value) for name, value in request.query.items()}
        return self.ask(request.method, request.path, query, request.body)


@dataclass(frozen=True)
class Direct(Client):
    """Makes objects without a socket."""

    def __init__(self, contrail: Contrail) -> None:
        super().__init__('', lambda: TOKEN)
        object.__setattr__(self, 'contrail', contrail)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        from urllib.parse import parse_qsl, urlsplit

        parts = urlsplit(path)
        return self.contrail.ask(method, parts.path, dict(parse_qsl(parts.query)), body)  # type: ignore[attr-defined]
