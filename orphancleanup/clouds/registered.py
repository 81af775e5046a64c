"""What Keystone has registered: the services and endpoints of the whole cloud, whatever our own catalogue shows."""

import threading
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import os_service_types

from orphancleanup.api import Service
from orphancleanup.errors import CloudError, IncompleteListing

_TYPES = os_service_types.ServiceTypes()


def official(service_type: str) -> str:
    """Return the official name of a service type (``volumev3`` is ``block-storage``), itself when it has none."""
    return _TYPES.get_service_type(service_type) or service_type


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that Keystone has registered, a disabled one too: what it led to is still there.

    :param service_type: the official one.
    :param region: empty when it is of no region.
    """

    service_type: str
    region: str
    interface: str
    url: str


@dataclass(frozen=True, slots=True)
class Registered:
    """One reading of Keystone's lists.

    :param types: the official types of all services, with and without endpoints, disabled ones included.
    """

    types: frozenset[str]
    endpoints: tuple[Endpoint, ...]

    def of(self, service_type: str) -> tuple[Endpoint, ...]:
        """Return the endpoints of a service, in the order of region and interface."""
        found = [each for each in self.endpoints if each.service_type == official(service_type)]
        return tuple(sorted(found, key=lambda each: (each.region, each.interface)))

    def addresses(self, service_type: str, region: str) -> frozenset[str]:
        """Return where a service of a region answers, without versions and projects."""
        return frozenset(address(each.url) for each in self.of(service_type) if each.region == region)


def read(identity: Service, expected: Iterable[str]) -> Registered:
    """Read the lists; only an administrator may (Identity API, "List services" and "List endpoints").

    :param expected: types that are there for sure, because our catalogue shows them.
    :raises IncompleteListing: when a list cannot be read, or cannot be the whole.
    """
    types = {
        _field(each, 'id'): official(_field(each, 'type')) for each in identity.pages('/services', 'services')
    }
    lacking = sorted({official(each) for each in expected} - set(types.values()))
    if lacking:
        raise IncompleteListing(
            f'Keystone lists {len(types)} services, but not {", ".join(lacking)}, which our catalogue shows: the '
            f'list is incomplete.'
        )
    endpoints = tuple(_endpoint(each, types) for each in identity.pages('/endpoints', 'endpoints'))
    return Registered(frozenset(types.values()), endpoints)


class Register:
    """Keystone's lists, read once, when they are first needed.

    :param reading: reads them; what it raised is raised again, so that a run does not judge by two different answers.
    """

    def __init__(self, reading: Callable[[], Registered]) -> None:
        self._reading = reading
        self._lock = threading.Lock()
        self._found: Registered | CloudError | None = None

    def read(self) -> Registered:
        """Return what is registered.

        :raises IncompleteListing: when it could not be read.
        """
        with self._lock:
            if self._found is None:
                try:
                    self._found = self._reading()
                except CloudError as error:
                    self._found = error
        if isinstance(self._found, CloudError):
            raise IncompleteListing(str(self._found)) from self._found
        return self._found


def address(url: str) -> str:
    """Return an address without its version and what follows, so that two of the same service are equal."""
    parts = urllib.parse.urlsplit(url)
    path = []
    for segment in parts.path.split('/'):
        if _is_version(segment) or segment.startswith(('%', '$', 'AUTH_')):
            break
        path.append(segment)
    port = {'http': ':80', 'https': ':443'}.get(parts.scheme, '')
    host = parts.netloc.rpartition('@')[2].lower().removesuffix(port)
    return f'{parts.scheme}://{host}{"/".join(path).rstrip("/")}'


def _is_version(segment: str) -> bool:
    number = segment[1:].replace('.', '', 1)
    return segment.startswith('v') and number.isascii() and number.isdigit()


def _endpoint(document: Mapping[str, Any], types: Mapping[str, str]) -> Endpoint:
    service = _field(document, 'service_id')
    if service not in types:
        raise IncompleteListing(
            f'Keystone lists an endpoint of the service {service}, but not that service: the list of services is '
            f'incomplete.'
        )
    region = document.get('region_id') or document.get('region') or ''
    return Endpoint(types[service], str(region), str(document.get('interface', '')), _field(document, 'url'))


def _field(document: Mapping[str, Any], name: str) -> str:
    if not document.get(name):
        raise IncompleteListing(f'Keystone lists a service or an endpoint without its {name!r}.')
    return str(document[name])
