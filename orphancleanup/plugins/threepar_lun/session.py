"""A session with one array, through ``python-3parclient``, with the traps of that client closed.

It checks no certificate unless told to, waits for ever unless told otherwise, retries five times in the life of an
object and then sends nothing and returns None, logs in anew after each 403 and loses the session it had, and lets half
of its errors, and all of requests' about the connection, through untranslated; some of them cannot even be printed.
"""

import contextlib
import copy
import threading
from collections.abc import Callable
from typing import Any, NoReturn

import requests

from orphancleanup.errors import ApiError, ConfigurationError, Forbidden, Unreachable
from orphancleanup.plugins.threepar_lun import client_library
from orphancleanup.plugins.threepar_lun.configured import Configured
from orphancleanup.strangers import guarded

_INVALID_SESSION_KEY = 6
# A host, an export, a volume, a set (in two spellings), a rule, a member, a group; any other 404 is a wrong address.
_MISSING = frozenset({17, 19, 20, 23, 77, 100, 102, 104, 187})


class Session:
    """A session; one request at a time, since an array takes no more of one."""

    def __init__(self, configured: Configured) -> None:
        self.configured = configured
        self.lock = threading.RLock()
        self._client = self._login()

    def close(self) -> None:
        """Log out; an array has room for a few dozen sessions only, and takes back those that are idle for long."""
        with self.lock, contextlib.suppress(_Expired):
            self._translated(lambda client: client.logout(), 'logging out')

    def ask(self, ask: Callable[[Any], object], doing: str) -> Any:
        """Ask once; when the session has expired, log in anew and ask again, since nothing was done.

        :param ask: given the client.
        :param doing: the rest of a sentence that begins with "while".
        :raises ApiError: for an answer that says no; with the array's own words.
        :raises Unreachable: when no usable answer came.
        """
        with self.lock:
            try:
                return self._translated(ask, doing)
            except _Expired:
                self._client = self._login()
            try:
                return self._translated(ask, doing)
            except _Expired as error:
                # It says nothing about what was asked for, least of all that it is refused.
                raise Unreachable(str(error)) from error

    def _translated(self, ask: Callable[[Any], object], doing: str) -> Any:
        client = self._client
        _arm(client)
        try:
            with guarded(lambda error: self._refusal(error, doing), requests.RequestException):
                return ask(client)
        except requests.RequestException as error:
            self._client = self._fresh(client)
            raise Unreachable(
                f'The array {self.configured.name} did not answer while {doing}: {error}'
            ) from error

    def _refusal(self, error: Exception, doing: str) -> Exception:
        status, code, said = _parts(error)
        told = f'the array {self.configured.name} while {doing}: {said}' + (f' (code {code})' if code else '')
        if status == requests.codes.forbidden and code == _INVALID_SESSION_KEY:
            return _Expired(status, told)
        if _is_a_no(status, code):
            return ApiError.of(status, told)
        return Unreachable(told)

    def _login(self) -> Any:
        """Return a client with a session.

        :raises Unreachable: when there is none to be had; a refused password says nothing about a volume.
        """
        configured, client = self.configured, _client(self.configured)
        _arm(client)
        where = f'The array {configured.name} at {configured.api_url}'

        def refused(error: Exception) -> Exception:
            _, code, said = _parts(error)
            told = f'{said} (code {code})' if code else said
            return Unreachable(f'{where} refuses the account {configured.username}: {told}')

        try:
            with guarded(refused, requests.RequestException, ConfigurationError):
                client.login(configured.username, configured.password())
        except requests.RequestException as error:
            raise Unreachable(f'{where} did not answer: {error}') from error
        if not client.http.session_key:
            raise Unreachable(f'{where} gave no session; is this the address of its web services API?')
        return client

    def _fresh(self, spent: Any) -> Any:
        """Return a new client with the session of one whose connection broke, so that nothing of it is left over."""
        client = copy.copy(spent)
        client.http = type(spent.http)(
            spent.http.api_url, secure=spent.http.secure, timeout=spent.http.timeout
        )
        client.http.session_key = spent.http.session_key
        _tame(client)
        return client


class _Expired(Forbidden):
    """The session was idle for too long."""


def _client(configured: Configured) -> Any:
    """Return a client that checks certificates and does not wait for ever.

    :raises ConfigurationError: when it is not installed.
    """
    client_class = client_library.load()
    where, secure = f'The array {configured.name} at {configured.api_url}', configured.ca_file or True
    try:
        # The client asks for the version, too, but when nobody answers it tries for half a minute, and fails to tell.
        requests.get(configured.api_url.removesuffix('/v1'), timeout=configured.timeout, verify=secure)
        with guarded(lambda error: Unreachable(f'{where}: {_parts(error)[2]}'), requests.RequestException):
            client = client_class(configured.api_url, secure=secure, timeout=configured.timeout)
    except requests.RequestException as error:
        raise Unreachable(f'{where} did not answer: {error}') from error
    _tame(client)
    return client


def _tame(client: Any) -> None:
    """Let a client not log in by itself after any 403: what is forbidden once more would leave a session behind."""
    client.http._do_reauth = _raise
    client.http.auth_try = 0


def _arm(client: Any) -> None:
    """Give a client its one try: its own count is never reset, and at zero it sends nothing and returns None."""
    client.http.tries, client.http.delay = 1, 0


def _raise(_url: str, _method: str, error: Exception, **_: object) -> NoReturn:
    raise error


def _is_a_no(status: object, code: object) -> bool:
    if status == requests.codes.not_found:
        return code in _MISSING
    return bool(code) and status in (400, 403, 409)


def _parts(error: Exception) -> tuple[Any, Any, str]:
    """Return status, code and words of an error of the client's; str() of most of them fails."""
    words = error._error_desc if hasattr(error, '_error_desc') else str(error)
    return (
        getattr(error, 'http_status', None),
        getattr(error, '_error_code', None),
        str(words or type(error).__name__),
    )
