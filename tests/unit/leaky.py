"""A fake cloud in which test runs have left projects with a bit of everything, and all handlers that are installed."""

import dataclasses
import uuid
from collections.abc import Callable
from typing import Any

from orphancleanup.installed import registry
from orphancleanup.model import Project
from orphancleanup.progress import Silence
from orphancleanup.settings import Limits, Settings
from orphancleanup.site import Site
from orphancleanup.testing.collection import Collection, Item
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT, FakeCloud, Request
from tests.unit.plugins.fake_compute import Compute
from tests.unit.plugins.fake_compute_kinds import Keypairs, Quotas, aggregates, flavors
from tests.unit.plugins.fake_image_service import Glance
from tests.unit.plugins.fake_keystone import Keystone
from tests.unit.plugins.fake_networking import Networking
from tests.unit.plugins.test_cinder_types import Types

PUBLIC = 'network-public'
#: what clients of Nova look for in a server, whatever they want of it
_SHOWN: Item = {
    'flavor': {'id': 'flavor'}, 'image': {'id': 'image'}, 'addresses': {}, 'hostId': 'host', 'config_drive': '',
    'accessIPv4': '', 'accessIPv6': '', 'key_name': None, 'progress': 0, 'security_groups': [],
}  # fmt: skip
#: what the name of each resource of a test run begins with
PREFIX = 'tempest-'


class Cloud(FakeCloud):
    """A cloud that is asked once what holds for a while, as the real one, and whose servers take attachments along."""

    def __init__(self, clock: Any = None) -> None:
        super().__init__(clock)
        self._proved: set[str] = set()
        self.attachments: Collection | None = None

    def once(self, what: str, ask: Callable[[], None]) -> None:
        """See :meth:`orphancleanup.api.Cloud.once`."""
        if what not in self._proved:
            ask()
            self._proved.add(what)

    def answer(self, request: Request) -> Any:
        """See :meth:`FakeCloud.answer`."""
        answer = super().answer(request)
        _, _, server = request.path.partition('/servers/')
        if request.method == 'DELETE' and server and self.attachments:
            for record in list(self.attachments.items.values()):
                if record['instance'] == server:
                    self.attachments.delete(record['id'])
        return answer


class Leaky:
    """The services of such a cloud.

    :param clock: a fake one by default.
    """

    def __init__(self, clock: Any = None) -> None:
        self.cloud = cloud = Cloud(clock)
        self.keystone, self.neutron, types = Keystone(cloud), Networking(cloud), Types(cloud)
        self.storage, self.nova, self.keypairs = types.storage, Compute(cloud), Keypairs(cloud)
        self.glance, self.quotas = Glance(cloud), Quotas(cloud)
        self.flavors, self.aggregates = flavors(cloud), aggregates(cloud)
        self.groups = cloud.collection('compute', '/os-server-groups', 'server_groups')
        cloud.attachments = self.storage.attachments
        self.neutron.add('networks', id=PUBLIC, project_id=ADMIN_PROJECT, name='public')

    def project(self, number: int) -> None:
        """Have the tests of a class leave a project, its user, and nineteen resources of theirs."""
        project = self.keystone.add_project(name=f'{PREFIX}VolumesTest-{number}')['id']
        user = self.keystone.add_user(name=f'{PREFIX}VolumesTest-{number}')['id']
        self.cloud.projects[project] = Project(project, f'{PREFIX}VolumesTest-{number}', 'default')
        self.keypairs.add(user, f'{PREFIX}keypair')
        self._network(project)
        self._storage(project, self._server(project, user))
        self.glance.image(number, owner=project, name=f'{PREFIX}image', created_at=f'{self._now}Z')

    @property
    def _now(self) -> str:
        """The time of the cloud, as its services write it, without a zone."""
        return f'{self.cloud.clock.now():%Y-%m-%dT%H:%M:%S}'

    def _network(self, project: str) -> None:
        def add(key: str, **fields: Any) -> Item:
            name = fields.pop('name', f'{PREFIX}{key}')
            basic = {'id': str(uuid.uuid4()), 'project_id': project, 'created_at': f'{self._now}Z'}
            return self.neutron.add(key, name=name, **basic, **fields)

        network, group = add('networks', **{'router:external': False})['id'], add('security_groups')['id']
        add('security_groups', name='default')
        subnet = add('subnets', network_id=network)['id']
        self.neutron.of['networks'].get(network)['subnets'] = [subnet]
        router = add('routers', external_gateway_info={'network_id': PUBLIC})['id']
        address = [{'subnet_id': subnet, 'ip_address': '10.0.0.1'}]
        made_for = {'device_owner': 'network:router_interface', 'device_id': router}
        add('ports', network_id=network, fixed_ips=address, **made_for)
        fixed = [{'subnet_id': subnet, 'ip_address': '10.0.0.2'}]
        port = add('ports', network_id=network, fixed_ips=fixed, security_groups=[group])['id']
        add('floatingips', floating_network_id=PUBLIC, port_id=port, router_id=router)

    def _server(self, project: str, user: str) -> str:
        fields = {'id': str(uuid.uuid4()), 'created': f'{self._now}Z', 'updated': f'{self._now}Z'}
        self.nova.add(name=f'{PREFIX}server', tenant_id=project, user_id=user, **_SHOWN, **fields)
        return fields['id']

    def _storage(self, project: str, server: str) -> None:
        now = {'created_at': f'{self._now}.000000'}
        mine = {'os-vol-tenant-attr:tenant_id': project, 'volume_type': None, **now}
        volumes = [self.storage.add_volume(name=f'{PREFIX}volume', **mine) for _ in range(5)]
        owned = {'os-extended-snapshot-attributes:project_id': project, 'project_id': project}
        self.storage.add_snapshot(volumes[0], name=f'{PREFIX}snapshot', **owned, **now)
        backed = {'os-backup-project-attr:project_id': project, 'project_id': project}
        self.storage.add_backup(volumes[1]['id'], **backed, **now)
        self.storage.add_attachment(volumes[2], server)
        volumes[2]['attachments'][0]['attached_at'] = now['created_at']


def site(cloud: FakeCloud) -> Site:
    """Return a site with all handlers that are installed, which may remove any number."""
    settings = dataclasses.replace(Settings(), limits=Limits(max_share=100, max_removals=10**6))
    return Site(cloud, registry.load(), cloud.clock, settings, Silence())
