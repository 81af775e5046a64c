"""Groups of volumes."""

from collections.abc import Iterator

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict
from orphancleanup.model import Evidence, Resource
from orphancleanup.plugins.cinder_volume import block_storage, rungs
from orphancleanup.records import Record, inner
from orphancleanup.table import TableHandler


class Group(TableHandler):
    """A group takes its volumes along; Cinder refuses that while one of them is attached or has snapshots.

    There is no step that resets its status: with ``delete-volumes`` Cinder does not look at it
    (cinder/group/api.py, ``delete``). It tells no time of the last change of a group, so that nobody knows since when
    its status stands.
    """

    kind = 'cinder-group'
    service, microversion = block_storage.SERVICE, block_storage.WITH_PROJECTS
    path, list_path, key = '/groups', '/groups/detail', 'groups'
    show_query = {'list_volume': 'true'}
    query, past_end = {**block_storage.ALL_TENANTS, **show_query}, True
    holds = {'volumes': 'cinder-volume'}
    parents = {'group_type': 'cinder-group-type', 'volume_types': 'cinder-volume-type'}
    after = ('nova-server', 'cinder-attachment', 'cinder-group-snapshot', 'cinder-snapshot')
    states = rungs.STATES
    leaves_at_once = True
    require_all = staticmethod(block_storage.require_administrator)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; without a list of its volumes nobody knows what it takes along."""
        inner(record, 'volumes', f'{self.kind} {record.get("id")}')
        return super().resource(record)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        """Remove a group with its volumes, unless it has got others since it was looked at."""
        now = self.look(cloud, resource.ref)
        new = sorted(set(now.holds if now else ()) - set(resource.holds))
        if new:
            raise Conflict(409, f'{resource.ref} has got {new[0]} meanwhile; plan again.')
        rungs.action(self, {'delete': {'delete-volumes': True}})(cloud, resource)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterator[Evidence]:
        """Yield Cinder's messages about the group's volumes."""
        for volume in resource.holds:
            yield from block_storage.messages(cloud, volume.id)
