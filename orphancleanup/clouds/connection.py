"""What a cloud and its projects are reached through."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from keystoneauth1 import session as keystone
from keystoneauth1.access import AccessInfo
from openstack.config.cloud_region import CloudRegion

from orphancleanup.api import Options
from orphancleanup.clock import Clock
from orphancleanup.clouds import authentication
from orphancleanup.clouds.attempts import Attempts
from orphancleanup.clouds.keeping import Keeper
from orphancleanup.clouds.transport import Transport
from orphancleanup.clouds.turns import Services
from orphancleanup.settings import Place


@dataclass(frozen=True, slots=True)
class Connection:
    """A session, and what its projects' sessions share with it."""

    region: CloudRegion
    session: keystone.Session
    transport: Transport
    attempts: Attempts
    services: Services
    clock: Clock = field()
    places: Mapping[str, Place] = field(default_factory=dict)
    options: Mapping[str, Options] = field(default_factory=dict)
    keeper: Keeper = field(default_factory=Keeper)

    @property
    def auth_url(self) -> str:
        return str(self.region.config['auth'].get('auth_url', '')).rstrip('/')

    def access(self) -> AccessInfo:
        """Log in, unless it has been done, and answer the token."""
        return authentication.access_of(self.session, self.auth_url)
