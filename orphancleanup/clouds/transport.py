"""What carries every request: the read-only gate, the pool, the timeout, the proxies and the counts."""

import datetime
import email.utils
import http
import threading
import urllib.parse
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import requests
import urllib3
from keystoneauth1 import session as keystone
from requests.structures import CaseInsensitiveDict

from orphancleanup.clock import Clock
from orphancleanup.clouds import answers, dialects, timeliness
from orphancleanup.clouds.answers import Reply
from orphancleanup.clouds.outgoing import Request, Security
from orphancleanup.errors import ReadOnlyViolation
from orphancleanup.settings import HttpSettings

# More than any cloud has: a pool is never given up for another one.
_MOST_HOSTS = 256
# Seconds; see ``Transport.clock_ahead``.
_TELLING = datetime.timedelta(seconds=2)


class _Admission(NamedTuple):
    """What a request is counted as, under which name, and whether it may change something."""

    service: str
    name: str
    is_change: bool


class _Way(NamedTuple):
    """The connections to a service, and what every target of its requests begins with: with a proxy, the host too."""

    pool: Any
    prefix: str


class Transport(keystone.TCPKeepAliveAdapter):
    """Mounted on the session of a cloud, so that no request, redirect or retry goes round it.

    What keystoneauth asks goes through requests; what services are asked, many times, straight to the connections.

    It only reads until :meth:`allow_changes`.
    """

    def __init__(self, settings: HttpSettings, clock: Clock) -> None:
        super().__init__(pool_connections=_MOST_HOSTS, pool_maxsize=settings.workers)
        self._pools: dict[tuple[Any, ...], Any] = {}
        self._ways: dict[tuple[str, Security], _Way] = {}
        self.clock = clock
        self._timeout = settings.timeout
        self._slots = threading.BoundedSemaphore(settings.workers)
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._names: tuple[tuple[str, str], ...] = ()
        self._login: tuple[str, str] = ('', '')
        self._proxies: dict[str, dict[str, str]] = {}
        self._is_read_only = True
        self._told: tuple[str, datetime.datetime] | None = None

    @property
    def read_only(self) -> bool:
        """Whether everything but reading and authentication is refused."""
        return self._is_read_only

    def allow_changes(self) -> None:
        """Open the gate, for the time of an apply."""
        self._is_read_only = False

    def forbid_changes(self) -> None:
        """Close the gate again."""
        self._is_read_only = True

    def name_services(self, names: Mapping[str, str]) -> None:
        """Tell which service answers below which address (``https://cloud/volume`` to ``block-storage``)."""
        known = {**dict(self._names), **names}
        self._names = tuple(sorted(known.items(), key=lambda each: -len(each[0])))

    def introduce_to(self, auth_url: str) -> None:
        """Send the user and the password of an address to whatever guards Keystone there, as requests would."""
        user, password = requests.utils.get_auth_from_url(auth_url)
        if user or password:
            header = requests.auth._basic_auth_str(user, password)
            self._login = (answers.without_password(auth_url).rstrip('/'), header)

    def request_counts(self) -> Mapping[str, int]:
        """Return ``"<service type> <METHOD>"`` to the requests so far, every attempt counted."""
        with self._lock:
            return dict(self._counts)

    def require_change(self, what: str) -> None:
        """See :meth:`orphancleanup.api.Cloud.require_change`."""
        self._require_open(what)
        timeliness.check(self.clock)

    def _require_open(self, what: str) -> None:
        if self._is_read_only:
            raise ReadOnlyViolation(
                f'{what} was tried while only reading is allowed; nothing was sent. A handler changes something when '
                f'it should only look: report it to its author.'
            )

    def send(  # the parameters are those of requests
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send a request of keystoneauth, which logs in and looks for endpoints; see :meth:`exchange`."""
        method, url = str(request.method), str(request.url)
        request.headers.update(self._login_for(url))
        admitted = self._admit(method, url, request.body)
        with self._slots:
            self._count(admitted)
            response = super().send(
                request,
                stream=stream,
                timeout=timeout or self._timeout,
                verify=verify,
                cert=cert,
                proxies=proxies or self._proxies_of(url),
            )
        self._hear(admitted, response.headers)
        return response

    def exchange(self, request: Request, security: Security) -> Reply:
        """Send a request, or refuse it, and read the whole answer.

        :raises ReadOnlyViolation: when it is no reading and changes are not allowed; nothing was sent.
        :raises TooLate: when it is a change whose moment has passed; nothing was sent.
        :raises urllib3.exceptions.HTTPError: when no whole answer came.
        :raises OSError: when a certificate, or a proxy, cannot be used.
        """
        way = self._way_to(request.address, security)
        url = request.url
        headers = {**request.headers, **self._login_for(url)}
        admitted = self._admit(request.method, url, request.body)
        with self._slots:
            self._count(admitted)
            response = way.pool.urlopen(
                request.method,
                way.prefix + request.target,
                body=request.body,
                headers=headers,
                retries=False,
                redirect=False,
                assert_same_host=False,
                timeout=security.timeout or self._timeout,
                preload_content=False,
            )
            content = _whole(response)
        self._hear(admitted, response.headers)
        return Reply(response.status, response.reason or '', response.headers, content)

    def _admit(self, method: str, url: str, body: object) -> _Admission:
        """Return what a request is counted as.

        :raises ReadOnlyViolation: when it is no reading and changes are not allowed.
        """
        address, service = self._place_of(url)
        is_reading = dialects.of(service).is_reading(method, url.removeprefix(address), body)
        is_change = not (is_reading or _is_authentication(method, url))
        if is_change:
            self._require_open(f'{method} {urllib.parse.urlsplit(url).path}')
        return _Admission(service, f'{service} {method}', is_change)

    def _count(self, admitted: _Admission) -> None:
        """Count a request that has its slot, and leaves now: every wait is over, for a slot, a retry, a new token."""
        if admitted.is_change:
            timeliness.check(self.clock)
        with self._lock:
            self._counts[admitted.name] += 1

    def _hear(self, admitted: _Admission, headers: Mapping[str, str]) -> None:
        if admitted.service == 'identity' and 'Date' in headers:
            self._told = (headers['Date'], self.clock.now())

    def _login_for(self, url: str) -> Mapping[str, str]:
        """Return what opens the guard in front of Keystone, where there is one and the request goes there."""
        guarded, header = self._login
        return {'Authorization': header} if guarded and f'{url}/'.startswith(f'{guarded}/') else {}

    def clock_ahead(self) -> datetime.timedelta | None:
        """Return how far Keystone's clock is ahead of ours, by its last answer; None when that told nothing.

        The header Date has whole seconds (RFC 9110, section 5.6.7): what is less than two is no difference.
        """
        if self._told is None:
            return None
        try:
            there = email.utils.parsedate_to_datetime(self._told[0]).astimezone(datetime.UTC)
        except ValueError:
            return None
        ahead = there - self._told[1]
        return ahead if abs(ahead) >= _TELLING else datetime.timedelta()

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return the pool of a host; requests would describe it anew for each request, certificates included."""
        parts = urllib.parse.urlsplit(str(request.url))
        key = (parts.scheme, parts.netloc, str(verify), str(cert), str(proxies))
        if key not in self._pools:
            self._pools[key] = super().get_connection_with_tls_context(request, verify, proxies, cert)
        return self._pools[key]

    def _way_to(self, address: str, security: Security) -> _Way:
        """Return the connections to a service, with what every request to it begins with."""
        key = address, security
        if key not in self._ways:
            request = requests.PreparedRequest()
            request.url, request.headers = address, CaseInsensitiveDict()
            proxies = self._proxies_of(address)
            pool = self.get_connection_with_tls_context(request, security.verify, proxies, security.cert)
            # As requests does it for each request: its own certificates are used where no others are named.
            self.cert_verify(pool, address, security.verify, security.cert)  # type: ignore[no-untyped-call]
            self._ways[key] = _Way(pool, self.request_url(request, proxies).rstrip('/'))
        return self._ways[key]

    def close(self) -> None:
        """Close all connections."""
        self._pools.clear()
        self._ways.clear()
        super().close()

    def _place_of(self, url: str) -> tuple[str, str]:
        """Return the address of the service that answers there, and its type; the host where nobody knows it."""
        for address, service in self._names:
            if url == address or url.startswith((address + '/', address + '?')):
                return address, service
        return '', urllib.parse.urlsplit(url).netloc

    def _proxies_of(self, url: str) -> dict[str, str]:
        """Return what the environment says about a host; requests would work it out anew for each request."""
        host = '{0.scheme}://{0.netloc}'.format(urllib.parse.urlsplit(url))
        if host not in self._proxies:
            self._proxies[host] = dict(requests.utils.get_environ_proxies(host))
        return self._proxies[host]


def _whole(response: urllib3.BaseHTTPResponse) -> bytes:
    """Return all that was answered, so that what was cut is an error of its request."""
    try:
        return response.data
    except urllib3.exceptions.HTTPError:
        # Contrail's 403 for who is no administrator has a body that breaks off: the status says it all.
        if response.status == http.HTTPStatus.FORBIDDEN:
            return b''
        raise


def _is_authentication(method: str, url: str) -> bool:
    return method == 'POST' and urllib.parse.urlsplit(url).path.endswith('/auth/tokens')
