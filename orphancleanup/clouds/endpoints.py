"""Where the services of a cloud answer."""

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import os_service_types
from keystoneauth1 import session as keystone
from openstack.config.cloud_region import CloudRegion

from orphancleanup.errors import ServiceAbsent

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
_TYPES = os_service_types.ServiceTypes()


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The catalogue of a session, as clouds.yaml has it used (region, interface, overrides)."""

    region: CloudRegion
    session: keystone.Session

    def find(self, service_type: str) -> str:
        """Answer the address of a service, its version included; what it says about itself is asked only if need be.

        :returns: a template in which ``%(project_id)s`` is replaced, and ``%%`` stands for a percent sign.
        :raises ServiceAbsent: when the catalogue has no such service in this region and interface.
        """
        override = self.region.get_endpoint(service_type)
        if override:
            return override
        address = self._in_catalogue(service_type)
        major, fallback = VERSIONS.get(service_type, ('', ''))
        if not major or _has_version(address):
            return _literal(address)
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
        return f'{_literal(address.rstrip("/"))}/{fallback}'

    def other_regions(self, service_type: str) -> frozenset[str]:
        """See :meth:`orphancleanup.api.Cloud.other_regions`."""
        return frozenset()

    def names(self) -> Mapping[str, str]:
        """Answer the address of every service, without its version, to the official service type."""
        found = {}
        for service_type, endpoints in self._catalogue().get_endpoints_data().items():
            for endpoint in endpoints:
                found[_unversioned(endpoint.url)] = _TYPES.get_service_type(service_type) or service_type
        return {**found, **self.keystone()}

    def keystone(self) -> Mapping[str, str]:
        """Answer the same for Keystone alone, as far as it is known before a login."""
        auth_url = self.region.config.get('auth', {}).get('auth_url')
        return {_unversioned(auth_url): 'identity'} if auth_url else {}

    def _in_catalogue(self, service_type: str) -> str:
        interface, region = self._interface(service_type), self._region_name(service_type)
        found = self._catalogue().get_endpoint_data_list(
            service_type=service_type, interface=interface, region_name=region
        )
        if not found:
            where = f' in region {region}' if region else ''
            raise ServiceAbsent(
                f'The catalogue has no {service_type} service{where} with interface {interface}.'
            )
        return str(found[0].url)

    def _catalogue(self) -> Any:
        return self.session.auth.get_access(self.session).service_catalog  # type: ignore[union-attr]

    def _interface(self, service_type: str) -> str | list[str]:
        return self.region.get_interface(service_type) or 'public'

    def _region_name(self, service_type: str) -> str | None:
        return self.region.get_region_name(service_type) or None


def _has_version(url: str) -> bool:
    return bool(_VERSION.search(urllib.parse.urlsplit(url).path))


def _unversioned(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return f'{parts.scheme}://{parts.netloc}{_VERSION.split(parts.path)[0].rstrip("/")}'


def _literal(url: str) -> str:
    return url.replace('%', '%%')
