"""Sends the requests of one service; what is the same for all of them is prepared once.

keystoneauth and requests would work out addresses, headers, cookies and proxies anew for each request, which costs more
CPU than sending it. They still log in and find the endpoints, and everything goes through the same
:class:`~orphancleanup.clouds.transport.Transport`.
"""

import dataclasses
import http
import json
import logging
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

import requests
import urllib3
from keystoneauth1 import session as keystone

from orphancleanup.api import Body, Query
from orphancleanup.clock import Clock
from orphancleanup.clouds import answers, dialects
from orphancleanup.clouds.answers import Reply
from orphancleanup.clouds.outgoing import Request, Security
from orphancleanup.clouds.servers import Servers
from orphancleanup.clouds.transport import Transport

LOG = logging.getLogger(__name__)

#: what is raised when no whole answer came
NO_ANSWER = (urllib3.exceptions.HTTPError, OSError)

# What needs no quoting.
_PLAIN = re.compile(r'[A-Za-z0-9/._~?&=:,+-]*')

# Another server of the same service may do better.
_NOT_SERVED = frozenset({502, 503, 504})
_REFUSED = frozenset({401, 403})

# Cinder calls itself by its older name; three services know only a header of their own (API guidelines, microversions).
_NAMES = {'block-storage': 'volume'}
_OWN_HEADERS = {
    'baremetal': 'X-OpenStack-Ironic-API-Version',
    'compute': 'X-OpenStack-Nova-API-Version',
    'shared-file-system': 'X-OpenStack-Manila-API-Version',
}


@dataclass(frozen=True, slots=True)
class Target:
    """Where a service answers, and in which version.

    :param addresses: its endpoint, the version of the API and the project included; one for each of its servers, of
        which one is used until it does not answer.
    :param service_type: the official type.
    :param microversion: what is asked for; None for the service's default.
    :param ca_file: what its certificate is checked with; empty for what the session's are.
    :param has_login: whether it is sent our token.
    """

    addresses: tuple[str, ...]
    service_type: str
    microversion: str | None = None
    ca_file: str = ''
    has_login: bool = True

    def headers(self) -> dict[str, str]:
        """Return the headers that ask for the microversion."""
        if self.microversion is None:
            return {}
        name = _NAMES.get(self.service_type, self.service_type)
        headers = {'OpenStack-API-Version': f'{name} {self.microversion}'}
        if self.service_type in _OWN_HEADERS:
            headers[_OWN_HEADERS[self.service_type]] = self.microversion
        return headers


@dataclass(frozen=True, slots=True)
class Content:
    """What a request brings along.

    :param body: sent as JSON.
    :param content_type: what the service is told that it is.
    """

    body: Body
    content_type: str = 'application/json'


class Token:
    """The headers with the session's token, asked for anew every second: working out its age costs as much as sending.

    keystoneauth takes a token for expired two minutes before it is, so that a second does not matter.
    """

    def __init__(self, session: keystone.Session, clock: Clock, header: str = '') -> None:
        self._session = session
        self._header = header
        self._clock = clock
        self._known: tuple[float, Mapping[str, str]] | None = None

    def headers(self) -> Mapping[str, str]:
        """Return the headers; logs in when there is no token."""
        known, now = self._known, self._clock.monotonic()
        if known is None or now - known[0] >= 1.0:
            found = dict(self._session.get_auth_headers() or {})
            if self._header and 'X-Auth-Token' in found:
                found[self._header] = found['X-Auth-Token']
            self._known = known = now, found
        return known[1]

    def renew(self, used: Mapping[str, str]) -> bool:
        """Log in again, unless somebody has done so since; return whether there is another token to try."""
        self._known = None
        return self.headers() != used or self._forget()

    def _forget(self) -> bool:
        self._known = None
        return bool(self._session.invalidate())


class Sender:
    """Sends requests to one service as one account."""

    def __init__(self, session: keystone.Session, transport: Transport, target: Target) -> None:
        self._dialect = dialects.of(target.service_type)
        self._token = Token(session, transport.clock, self._dialect.token_header)
        addresses = tuple(each.rstrip('/') for each in target.addresses)
        self._servers = Servers(addresses, self._common if self._dialect.common else None)
        self._has_login = target.has_login
        self._security = Security(target.ca_file or session.verify or False, session.cert, session.timeout)
        self._transport = transport
        self._headers = {
            **requests.utils.default_headers(),
            'User-Agent': f'orphancleanup {requests.utils.default_user_agent()}',
            'Accept': 'application/json',
            **target.headers(),
        }

    def send(
        self, method: str, path: str, query: Query | None = None, content: Content | None = None
    ) -> Reply:
        """Send a request; a 401 is followed by one fresh login and the same request again, redirects by nothing.

        :raises urllib3.exceptions.HTTPError: when no whole answer came.
        :raises OSError: when the service's certificate, or a proxy, cannot be used.
        :raises keystoneauth1.exceptions.ClientException: when there is no token; the service did not act then.
        :raises Unreachable: when its servers do not belong together.
        """
        address = self._servers.proved()
        request = self._prepared(method, address, path, query, content)
        try:
            reply = self._authorized(request)
        except NO_ANSWER:
            self._servers.turn_from(address)
            raise
        if reply.status_code in _NOT_SERVED:
            self._servers.turn_from(address)
        return reply

    @property
    def address(self) -> str:
        """Where the next request goes."""
        return self._servers.address

    def _common(self, address: str) -> Mapping[str, object] | None:
        """Return what a server says that is the same for all of its installation; None for no usable answer."""
        found: dict[str, object] = {}
        for path, read in self._dialect.common.items():
            try:
                reply = self._authorized(self._prepared('GET', address, path))
                if reply.status_code in _REFUSED:
                    found[path] = reply.status_code
                else:
                    found[path] = read(answers.document(reply))
            except NO_ANSWER:
                return None
            except (ValueError, KeyError, TypeError):
                return None
        return found

    def _authorized(self, request: Request) -> Reply:
        if not self._has_login:
            return self._exchange(request, {})
        used = self._token.headers()
        reply = self._exchange(request, used)
        if reply.status_code != http.HTTPStatus.UNAUTHORIZED or not self._token.renew(used):
            return reply
        return self._exchange(request, self._token.headers())

    def _prepared(
        self, method: str, address: str, path: str, query: Query | None = None, content: Content | None = None
    ) -> Request:
        target = f'{path}?{urllib.parse.urlencode(query, doseq=True)}' if query else path
        if not _PLAIN.fullmatch(target):
            target = requests.utils.requote_uri(target)
        headers, body = self._headers, None
        if content is not None:
            body = json.dumps(content.body).encode()
            headers = {**headers, 'Content-Type': content.content_type}
        if method not in ('GET', 'HEAD'):
            headers = {**headers, 'Content-Length': str(len(body or b''))}
        return Request(method, address, target, headers, body)

    def _exchange(self, request: Request, token: Mapping[str, str]) -> Reply:
        reply = self._transport.exchange(
            dataclasses.replace(request, headers={**request.headers, **token}), self._security
        )
        if LOG.isEnabledFor(logging.DEBUG):
            LOG.debug(
                '%s %s: %s %s', request.method, request.url, reply.status_code, answers.request_id(reply)
            )
        return reply
