"""A fake cloud with something of every kind in each of three projects: one living, one that stays, one that is gone.

Its services are those of the plugins' tests. What they leave out and a run depends on is added here: a stack takes
its parts along, and a server its attachments.
"""

import datetime
import uuid

from orphancleanup.installed.registry import Loaded, Registry, build
from orphancleanup.model import Project
from orphancleanup.plugins.cinder_volume import (
    attachment,
    backup,
    group,
    group_snapshot,
    snapshot,
    transfer,
    volume,
)
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.plugins.nova_server.server import Server
from orphancleanup.testing.collection import Item
from orphancleanup.testing.fake_cloud import FakeCloud, Request
from tests.unit.plugins.fake_block_storage import BlockStorage
from tests.unit.plugins.fake_compute import Compute
from tests.unit.plugins.fake_orchestration import Orchestration

LIVING, STAYING, GONE = 'project-living', 'project-staying', 'project-gone'
#: late enough for all that the fakes make, a second apart, in a whole session
NOW = datetime.datetime(2026, 12, 24, 12, tzinfo=datetime.UTC)
#: small, so that every listing has a second page
_PAGE = 4
#: kind to the service and the path of its collection
PLACES = {
    'cinder-attachment': ('block-storage', '/attachments'),
    'cinder-backup': ('block-storage', '/backups'),
    'cinder-group': ('block-storage', '/groups'),
    'cinder-group-snapshot': ('block-storage', '/group_snapshots'),
    'cinder-snapshot': ('block-storage', '/snapshots'),
    'cinder-transfer': ('block-storage', '/os-volume-transfer'),
    'cinder-volume': ('block-storage', '/volumes'),
    'heat-stack': ('orchestration', '/stacks'),
    'nova-server': ('compute', '/servers'),
}
Rows = dict[tuple[str, str], Item]


def registry() -> Registry:
    """Return all handlers of this package."""
    handlers = (
        attachment.Attachment(), backup.Backup(), group.Group(), group_snapshot.GroupSnapshot(),
        snapshot.Snapshot(), transfer.Transfer(), volume.Volume(), Stack(), Server(),
    )  # fmt: skip
    return build(Loaded(handler, 'the package', 'orphancleanup 1.0') for handler in handlers)


class Populated:
    """The cloud and its services.

    :param cloud: an empty one, on a clock of its own.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud
        self.storage, self.compute, self.heat = BlockStorage(cloud), Compute(cloud), Orchestration(cloud)
        cloud.projects |= {each: Project(each, each, 'default') for each in (LIVING, STAYING)}
        for project in (LIVING, STAYING, GONE):
            self._fill(project)
        for collection in cloud.collections():
            collection.page_size = _PAGE

    def rows(self) -> Rows:
        """Return what the services have: kind and id to a copy of the item."""
        return {
            # The members of a group are only shown to who asks for them.
            (kind, identifier): {
                name: item[name] for name in item if (kind, name) != ('cinder-group', 'volumes')
            }
            for kind, place in PLACES.items()
            for identifier, item in self.cloud.collection(*place, place[1][1:]).items.items()
        }

    def follow(self, request: Request) -> None:
        """Let go what a removal that was just answered takes along."""
        if request.method == 'DELETE' and request.service == 'orchestration':
            for part in self.heat.resources.get(request.path.rsplit('/', 1)[-1], ()):
                self.storage.volumes.remove(part['physical_resource_id'])
                self.compute.servers.remove(part['physical_resource_id'])
        for record in list(self.storage.attachments.items.values()):
            if record['instance'] in self._servers and record['instance'] not in self.compute.servers.items:
                self.storage.attachments.delete(record['id'])

    def _fill(self, project: str) -> None:
        self._servers: set[str] = getattr(self, '_servers', set())
        mine = {'os-vol-tenant-attr:tenant_id': project}
        plain, disk, given, member, lost = (self.storage.add_volume(**mine) for _ in range(5))
        self._fill_storage(project, plain, member)
        self.storage.add_transfer(given)
        server = self.compute.add(tenant_id=project)
        self._servers.add(server['id'])
        self._attach(disk, server['id'])
        self._attach(lost, str(uuid.uuid4()))
        self._stuck(project)
        self._fill_stack(project)

    def _fill_storage(self, project: str, plain: Item, member: Item) -> None:
        snapshots = {'os-extended-snapshot-attributes:project_id': project}
        backups = {'os-backup-project-attr:project_id': project}
        self.storage.add_snapshot(plain, **snapshots)
        full = self.storage.add_backup(plain['id'], **backups)
        self.storage.add_backup(plain['id'], full, **backups)
        group = self.storage.add_group(member, project_id=project)
        taken = self.storage.add_group_snapshot(group, project_id=project)
        self.storage.add_snapshot(member, group_snapshot_id=taken['id'], **snapshots)

    def _stuck(self, project: str) -> None:
        self.storage.add_volume(**{'os-vol-tenant-attr:tenant_id': project, 'status': 'error_deleting'})
        self.compute.add(tenant_id=project, status='ERROR')

    def _fill_stack(self, project: str) -> None:
        stack = self.heat.add(project=project)
        part = self.storage.add_volume(**{'os-vol-tenant-attr:tenant_id': project})
        server = self.compute.add(tenant_id=project)
        self._servers.add(server['id'])
        self.heat.add_resource(stack, 'disk', part['id'])
        self.heat.add_resource(stack, 'machine', server['id'], resource_type='OS::Nova::Server')

    def _attach(self, disk: Item, server_id: str) -> None:
        self.storage.add_attachment(disk, server_id)
