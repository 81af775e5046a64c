"""Snapshots of volumes."""

import dataclasses
from collections.abc import Iterable, Sequence

from orphancleanup.api import Cloud
from orphancleanup.ladder import Step
from orphancleanup.model import Condition, Evidence, Resource
from orphancleanup.plugins.cinder_volume import block_storage, rungs
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class Snapshot(TableHandler):
    """A snapshot depends on its volume; one that a group snapshot made goes with that."""

    kind = 'cinder-snapshot'
    service, microversion = block_storage.SERVICE, block_storage.MICROVERSION
    path, list_path, key = '/snapshots', '/snapshots/detail', 'snapshots'
    query, past_end = block_storage.COUNTED, True
    project_field, updated_field = 'os-extended-snapshot-attributes:project_id', 'updated_at'
    tag_fields, filled = ('metadata',), frozenset({'volume_id'})
    parents = {'volume_id': 'cinder-volume'}
    owners = {'group_snapshot_id': 'cinder-group-snapshot'}
    # The image of a server with volumes is made of snapshots.
    after = ('cinder-group-snapshot', 'glance-image')
    # An image service that regions share has images of snapshots of all of them.
    shared_through = ('image',)
    levels, states = rungs.LEVELS, rungs.STATES
    leaves_at_once = True
    require_all = staticmethod(block_storage.require_administrator)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; a failover sets whole ones to ``error`` (cinder/volume/manager.py)."""
        found = super().resource(record)
        was_whole = record.get('os-extended-snapshot-attributes:progress') == '100%'
        is_whole = was_whole and found.condition is Condition.CREATION_FAILED
        return dataclasses.replace(found, condition=Condition.NORMAL) if is_whole else found

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return rungs.ladder(self, resource)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield whose the snapshot is, and Cinder's messages about it."""
        yield from block_storage.circumstances(self.record(cloud, resource.ref) or {})
        yield from block_storage.messages(cloud, resource.id)
