"""One API service over HTTP."""

import functools
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import urllib3
from keystoneauth1 import exceptions

from orphancleanup.api import Body, Query
from orphancleanup.clock import Clock
from orphancleanup.clouds import (
    answers,
    dialects,
    paging,
    paths,
    transcript,
)
from orphancleanup.clouds.answers import Reply
from orphancleanup.clouds.attempts import Again, Attempts
from orphancleanup.clouds.sender import NO_ANSWER, Content, Sender
from orphancleanup.clouds.shared_answers import SharedAnswers
from orphancleanup.clouds.turns import Turn, Turns
from orphancleanup.errors import (
    ApiError,
    AuthenticationFailed,
    BadRequest,
    CloudError,
    Conflict,
    Forbidden,
    Redirected,
    TooLate,
    Unreachable,
)
from orphancleanup.outcome import Exchange
from orphancleanup.sentences import clause

_REPEATABLE = frozenset({'GET', 'HEAD', 'PUT', 'DELETE'})
_HARMLESS = frozenset({429, 503})
_PASSING = frozenset({429, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the services of a cloud share with each other.

    :param turns: who of this service's callers may send next.
    :param shared: the answers that several kinds read alike; None when each of them asks for itself.
    """

    attempts: Attempts
    turns: Turns
    clock: Clock
    shared: SharedAnswers | None = None


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    query: Query | None = None
    body: Body | None = None
    content_type: str = 'application/json'

    @property
    def kind(self) -> str:
        """What its latency is comparable with: that of changes in the same collection; listings differ too much."""
        return '' if self.method in ('GET', 'HEAD') else f'{self.method} {self.path.split("/", 2)[1]}'


class RealService:
    """A service of the catalogue; satisfies :class:`orphancleanup.api.Service`.

    :param sender: bound to the service's endpoint and microversion.
    :param service_type: what error messages call it.
    """

    def __init__(self, sender: Sender, service_type: str, traffic: Traffic) -> None:
        self._sender = sender
        self._type = service_type
        self._dialect = dialects.of(service_type)
        self._traffic = traffic

    def get(self, path: str, query: Query | None = None) -> Any:
        """See :meth:`orphancleanup.api.Service.get`."""
        call = _Call('GET', path, query)
        if self._traffic.shared is None:
            return self._made(call)
        return self._traffic.shared.get(path, query, lambda: self._made(call))

    def pages(
        self, path: str, key: str, query: Query | None = None, past_end: bool = False
    ) -> Iterator[dict[str, Any]]:
        """See :meth:`orphancleanup.api.Service.pages`."""
        fetch = functools.partial(self.get, path)
        return paging.follow(paging.Listing(f'{self._type} {path}', key, fetch, query or {}, past_end))

    def delete(self, path: str, query: Query | None = None, body: Body | None = None) -> Any:
        """See :meth:`orphancleanup.api.Service.delete`."""
        return self._made(_Call('DELETE', path, query, body))

    def post(self, path: str, body: Body) -> Any:
        """See :meth:`orphancleanup.api.Service.post`."""
        return self._made(_Call('POST', path, body=body))

    def put(self, path: str, body: Body) -> Any:
        """See :meth:`orphancleanup.api.Service.put`."""
        return self._made(_Call('PUT', path, body=body))

    def patch(self, path: str, body: Body, content_type: str = 'application/json') -> Any:
        """See :meth:`orphancleanup.api.Service.patch`."""
        return self._made(_Call('PATCH', path, body=body, content_type=content_type))

    def _made(self, call: _Call) -> Any:
        paths.checked(call.path)
        unanswered: list[CloudError] = []
        return self._traffic.attempts.make(lambda: self._after(call, unanswered))

    def _after(self, call: _Call, unanswered: list[CloudError]) -> Any:
        """Try once more, and do not take for a refusal what may come of an attempt before that got no answer."""
        try:
            return self._attempt(call)
        except Again as again:
            if not again.is_harmless:
                unanswered.append(again.error)
            raise
        except (BadRequest, Conflict, Forbidden, TooLate) as error:
            if not unanswered or call.method == 'GET':
                raise
            raise Unreachable(
                f'{clause(unanswered[-1])}; when it was tried again: {clause(error)}'
            ) from error

    def _attempt(self, call: _Call) -> Any:
        try:
            with self._traffic.turns.take(call.kind) as turn:
                response = self._paced(call, turn)
            return self._understood(call, response)
        except Again as again:
            if call.method in _REPEATABLE or again.is_harmless:
                raise
            raise again.error from again.__cause__

    def _paced(self, call: _Call, turn: Turn) -> Reply:
        try:
            response = self._follow(call)
        except Again as again:
            turn.congested()
            self._note(call, text=str(again.error))
            raise
        self._note(call, response)
        if response.status_code in _PASSING:
            turn.congested()
        elif response.status_code < 500:
            turn.answered()
        return response

    def _note(self, call: _Call, response: Reply | None = None, text: str = '') -> None:
        """Keep what was asked and answered for the report of the step that is taken now."""
        exchange = Exchange(call.method, self._type, call.path, text=text)
        if response is not None:
            is_refused = not 200 <= response.status_code < 300
            said, identifier = answers.message(response) if is_refused else '', answers.request_id(response)
            exchange = exchange._replace(status=response.status_code, text=said, request_id=identifier)
        transcript.note(exchange)

    def _follow(self, call: _Call) -> Reply:
        """Send a request, and send it again with the same method where a redirect says.

        Heat redirects from a stack's name to its name and id. requests would make a GET of it, and both it and
        keystoneauth would follow to whatever host is named, which behind a proxy is the wrong one.
        """
        response = self._send(call, call.path, call.query)
        for _ in range(_MOST_REDIRECTS):
            if response.status_code not in _REDIRECTS or 'location' not in response.headers:
                break
            target = urllib.parse.urlsplit(response.headers['location'])
            path = self._below(call, target.path)
            response = self._send(call, path, dict(urllib.parse.parse_qsl(target.query)) or call.query)
        return response

    def _send(self, call: _Call, path: str, query: Query | None) -> Reply:
        try:
            content = Content(call.body, call.content_type) if call.body is not None else None
            return self._sender.send(call.method, path, query, content)
        except (exceptions.Unauthorized, exceptions.AuthorizationFailure) as error:
            raise AuthenticationFailed(
                f'{self._name(call)}: Keystone gives us no token any more: {answers.printable(str(error))}'
            ) from error
        except exceptions.ClientException as error:
            # Keystone's answer to the question for a token: the service has not acted.
            raise Again(self._unknown(call, f'no token: {error}'), is_harmless=True) from error
        except NO_ANSWER as error:
            raise Again(self._unknown(call, str(error)), is_harmless=_is_unsent(error)) from error

    def _understood(self, call: _Call, response: Reply) -> Any:
        status = response.status_code
        if status in _PASSING:
            error = self._unknown(call, f'HTTP {status}: {answers.message(response)}', response)
            raise Again(error, answers.pause(response, self._traffic.clock.now()), status in _HARMLESS)
        if status == 404 and not _is_of_service(response, self._dialect):
            raise Again(self._unknown(call, "a 404 that is not the service's own", response))
        if not 200 <= status < 300:
            refusal = ApiError.of(
                status, f'{self._name(call)}: {answers.message(response)}', answers.request_id(response)
            )
            if status == 500 and call.method == 'GET':
                raise Again(refusal)
            raise refusal
        try:
            # Nothing at all is fine, whatever the content type (Cinder's 202 says text/html); a login page is not.
            document = answers.document(response)
        except ValueError as error:
            raise Again(self._unknown(call, 'the answer is not JSON', response)) from error
        if document is None and call.method == 'GET' and status != 204:
            raise Again(self._unknown(call, 'the answer is empty', response))
        return document

    def _below(self, call: _Call, path: str) -> str:
        """Return the part of a redirect's path below our endpoint, whose path may be longer than the server knows."""
        endpoint = urllib.parse.urlsplit(self._sender.address).path.strip('/').split('/')
        target = path.strip('/').split('/')
        for start in range(len(endpoint)):
            own = [part for part in endpoint[start:] if part]
            if target[: len(own)] == own:
                return paths.checked('/' + '/'.join(target[len(own) :]))
        raise Redirected(
            f'{self._name(call)} is redirected to {answers.printable(path)}, outside of the service.'
        )

    def _unknown(self, call: _Call, why: str, response: Reply | None = None) -> CloudError:
        identifier = answers.request_id(response) if response is not None else ''
        outcome = '' if call.method == 'GET' else '; whether it took effect is unknown'
        return Unreachable(
            f'{self._name(call)} got no usable answer: {answers.printable(why)}{outcome}', identifier
        )

    def _name(self, call: _Call) -> str:
        return f'{call.method} {self._type} {call.path}'


def _is_of_service(response: Reply, dialect: dialects.Dialect) -> bool:
    """Tell a service's own 404, which is JSON or has a request id, from the page of a proxy that found no service."""
    if answers.request_id(response) or dialect.is_own(response.text):
        return True
    try:
        answers.document(response)
    except ValueError:
        return False
    return True


def _is_unsent(error: BaseException) -> bool:
    """Return whether the connection was never made, so that the service cannot have seen the request."""
    return isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
