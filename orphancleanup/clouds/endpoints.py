"""Where the services of a cloud answer."""

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from keystoneauth1 import session as keystone
from openstack.config.cloud_region import CloudRegion

from orphancleanup.clouds.registered import Endpoint, Register, address, official
from orphancleanup.errors import CloudError, ServiceAbsent, ServiceHidden
from orphancleanup.sentences import sentence

#: service type to the major version of its API, and to what its path begins with when discovery does not work
VERSIONS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        'block-storage': ('3', 'v3'),
        'compute': ('2', 'v2.1'),
        'identity': ('3', 'v3'),
        'image': ('2', 'v2'),
        'load-balancer': ('2', 'v2.0'),
        'network': ('2', 'v2.0'),
        'orchestration': ('1', 'v1/%(project_id)s'),
    }
)
_VERSION = re.compile(r'/v\d+(\.\d+)?(/|$)')


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The catalogue of a session, as clouds.yaml has it used (region, interface, overrides).

    :param register: what Keystone has registered besides.
    """

    region: CloudRegion
    session: keystone.Session
    register: Register

    def find(self, service_type: str) -> str:
        """Return the address of a service, its version included; what it says about itself is asked only if need be.

        :returns: a template in which ``%(project_id)s`` is replaced, and ``%%`` stands for a percent sign.
        :raises ServiceAbsent: when neither the catalogue nor Keystone's lists have such a service.
        :raises ServiceHidden: when only the catalogue, in this region and interface, has none.
        """
        override = self.region.get_endpoint(service_type)
        if override:
            return override
        shown = self._in_catalogue(service_type)
        if not shown:
            raise self._missing(service_type)
        major, fallback = VERSIONS.get(service_type, ('', ''))
        if not major or _has_version(shown):
            return _literal(shown)
        found = self.session.get_endpoint(
            service_type=service_type,
            interface=self._interface(service_type),
            region_name=self._region_name(service_type),
            min_version=major,
            max_version=f'{major}.latest',
        )
        # When discovery fails, keystoneauth answers either nothing or the catalogue's address.
        if found and _has_version(found):
            return _literal(found)
        return f'{_literal(shown.rstrip("/"))}/{fallback}'

    def sharing_regions(self, service_type: str, through: str) -> frozenset[str]:
        """See :meth:`orphancleanup.api.Cloud.sharing_regions`."""
        registered = self.register.read()
        own = self._own_region(service_type)
        ours = registered.addresses(service_type, own)
        shared = registered.addresses(through, own) | {address(self._used(through))}
        found = set()
        for region in {each.region for each in registered.of(service_type)} - {own}:
            theirs = registered.addresses(through, region)
            # Under another name it may be our own all the same.
            is_another = not registered.addresses(service_type, region) <= ours
            if is_another and (not theirs or theirs & shared):
                found.add(region or 'without a name')
        return frozenset(found)

    def names(self) -> Mapping[str, str]:
        """Return the address of every service, without its version, to the official service type."""
        found = {}
        for service_type, endpoints in self._catalogue().get_endpoints_data().items():
            for endpoint in endpoints:
                found[_unversioned(endpoint.url)] = official(service_type)
        return {**found, **self.keystone()}

    def keystone(self) -> Mapping[str, str]:
        """Return the same for Keystone alone, as far as it is known before a login."""
        auth_url = self.region.config.get('auth', {}).get('auth_url')
        return {_unversioned(auth_url): 'identity'} if auth_url else {}

    def types(self) -> frozenset[str]:
        """Return the service types of the catalogue, as they are written there."""
        return frozenset(str(each['type']) for each in self._catalogue().catalog if each.get('type'))

    def _in_catalogue(self, service_type: str) -> str:
        found = self._shown(service_type)
        return str(found[0].url) if found else ''

    def _used(self, service_type: str) -> str:
        return self.region.get_endpoint(service_type) or self._in_catalogue(service_type)

    def _own_region(self, service_type: str) -> str:
        configured = self._region_name(service_type)
        if configured:
            return configured
        found = self._shown(service_type)
        return str(found[0].region_name or '') if found else ''

    def _shown(self, service_type: str) -> Any:
        return self._catalogue().get_endpoint_data_list(
            service_type=service_type,
            interface=self._interface(service_type),
            region_name=self._region_name(service_type),
        )

    def _missing(self, service_type: str) -> CloudError:
        where = self._where(service_type)
        if service_type == 'identity':
            # Keystone cannot be asked for itself.
            return ServiceHidden(
                f'Our catalogue shows no identity service{where}; check region_name and interface.'
            )
        try:
            registered = self.register.read()
        except CloudError as error:
            return ServiceHidden(
                f'Our catalogue shows no {service_type} service{where}, and whether the cloud has one is not known: '
                f'{sentence(error)} Use the credentials of an administrator of the cloud, who may list services.'
            )
        if official(service_type) not in registered.types:
            return ServiceAbsent(
                f'The cloud has no {service_type} service: neither our catalogue{where} nor Keystone knows one.'
            )
        return ServiceHidden(
            f'The cloud has a {service_type} service, but our catalogue shows none{where}: Keystone has registered '
            f'{_listed(registered.of(service_type))}. Nothing is known about what is in it; choose region_name and '
            f'interface accordingly, or have it shown to our project.'
        )

    def _where(self, service_type: str) -> str:
        region, interface = self._region_name(service_type), self._interface(service_type)
        return f'{f" in region {region}" if region else ""} with interface {interface}'

    def _catalogue(self) -> Any:
        return self.session.auth.get_access(self.session).service_catalog  # type: ignore[union-attr]

    def _interface(self, service_type: str) -> str | list[str]:
        return self.region.get_interface(service_type) or 'public'

    def _region_name(self, service_type: str) -> str | None:
        return self.region.get_region_name(service_type) or None


def _listed(endpoints: tuple[Endpoint, ...]) -> str:
    if not endpoints:
        return 'no endpoint of it'
    told = sorted({f'{each.interface} in region {each.region}' for each in endpoints})
    return f'its endpoints {", ".join(told)}'


def _has_version(url: str) -> bool:
    return bool(_VERSION.search(urllib.parse.urlsplit(url).path))


def _unversioned(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return f'{parts.scheme}://{parts.netloc}{_VERSION.split(parts.path)[0].rstrip("/")}'


def _literal(url: str) -> str:
    return url.replace('%', '%%')
