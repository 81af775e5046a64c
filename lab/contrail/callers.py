"""Who asks: tokens to callers, as Keystone knows them."""

import http.client
import json
import time
import urllib.parse
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

_SECONDS = 30.0
#: seconds that a token's answer serves, as keystonemiddleware keeps it
_REMEMBERED = 30.0


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token a request carries.

    :ivar project: the id of the project, without dashes.
    :ivar info: what Keystone tells about the token.
    """

    project: str
    roles: frozenset[str]
    info: Mapping[str, Any] = field(default_factory=dict)


class Identity(Protocol):
    """What the server asks Keystone."""

    def caller(self, token: str) -> Caller | None:
        """Return whose token it is; None for one that is not valid."""

    def project(self, identifier: str) -> str | None:
        """Return the name of a project that exists, by its id without dashes; None for one that does not."""

    def projects(self) -> Mapping[str, str]:
        """Return the name of every project by its id."""


@dataclass
class Known:
    """An identity service in memory, for tests.

    :ivar tokens: token to caller.
    :ivar names: id of a project to its name.
    """

    tokens: dict[str, Caller] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def caller(self, token: str) -> Caller | None:
        """See :meth:`Identity.caller`."""
        return self.tokens.get(token)

    def project(self, identifier: str) -> str | None:
        """See :meth:`Identity.project`."""
        return self.names.get(identifier)

    def projects(self) -> Mapping[str, str]:
        """See :meth:`Identity.projects`."""
        return dict(self.names)


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server is at Keystone.

    :ivar url: of Keystone, with its version (``http://127.0.0.1:15000/v3``).
    """

    url: str
    username: str
    password: str
    project: str = 'admin'


class Keystone:
    """A real Keystone."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._token = ''
        self._remembered: dict[str, tuple[float, Caller]] = {}

    def caller(self, token: str) -> Caller | None:
        """See :meth:`Identity.caller`."""
        moment, found = self._remembered.get(token, (0.0, None))
        if found and time.monotonic() - moment < _REMEMBERED:
            return found
        status, document = self._ask('GET', '/auth/tokens', {'X-Subject-Token': token})
        if status != 200:
            return None
        told = document['token']
        roles = frozenset(each['name'] for each in told.get('roles', ()))
        found = Caller(told.get('project', {}).get('id', ''), roles, document)
        self._remembered[token] = (time.monotonic(), found)
        return found

    def project(self, identifier: str) -> str | None:
        """See :meth:`Identity.project`."""
        status, document = self._ask('GET', f'/projects/{identifier}')
        return document['project']['name'] if status == 200 else None

    def projects(self) -> Mapping[str, str]:
        """See :meth:`Identity.projects`."""
        status, document = self._ask('GET', '/projects')
        if status != 200:
            raise OSError(f'Keystone answers {status}')
        return {each['id']: each['name'] for each in document['projects'] if not each.get('is_domain')}

    def _ask(self, method: str, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        for _ in range(2):
            if not self._token:
                self._log_in()
            sent = {'X-Auth-Token': self._token, **(headers or {})}
            status, _, document = self._exchange(method, path, sent)
            if status != 401:
                return status, document
            self._token = ''
        return 401, {}

    def _log_in(self) -> None:
        account = self._account
        user = {'name': account.username, 'domain': {'id': 'default'}, 'password': account.password}
        scope = {'project': {'name': account.project, 'domain': {'id': 'default'}}}
        identity = {'methods': ['password'], 'password': {'user': user}}
        body = json.dumps({'auth': {'identity': identity, 'scope': scope}})
        headers = {'Content-Type': 'application/json'}
        status, answered, _ = self._exchange('POST', '/auth/tokens', headers, body)
        if status != 201:
            raise OSError(f'Keystone refuses {account.username}: {status}')
        self._token = answered['X-Subject-Token']

    def _exchange(
        self, method: str, path: str, headers: Mapping[str, str], body: str | None = None
    ) -> tuple[int, Any, Any]:
        parts = urllib.parse.urlsplit(self._account.url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=_SECONDS)
        try:
            connection.request(method, parts.path + path, body, dict(headers))
            response = connection.getresponse()
            content = response.read()
            return response.status, response.headers, json.loads(content) if content else None
        finally:
            connection.close()


def spelled(uuid_or_id: str) -> str:
    """Return an id without dashes, as Keystone writes it; what is no UUID stays as it is."""
    try:
        return uuid.UUID(uuid_or_id).hex
    except ValueError:
        return uuid_or_id
