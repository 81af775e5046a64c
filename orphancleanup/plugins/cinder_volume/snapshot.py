"""Snapshots of volumes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Ref, Resource
from orphancleanup.plugins import records
from orphancleanup.plugins.cinder_volume import block_storage, rungs

PATH = '/snapshots'


class Snapshot(Handler):
    """A snapshot hangs on its volume; one that a group snapshot made goes with that."""

    kind = 'cinder-snapshot'
    service = block_storage.SERVICE
    after = ('cinder-group-snapshot',)
    levels = frozenset({Level.API, Level.FORCE})

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        """See :meth:`Handler.discover`."""
        return map(_resource, block_storage.listing(cloud, f'{PATH}/detail', 'snapshots'))

    def look(self, cloud: Cloud, resource: Resource) -> Resource | None:
        """See :meth:`Handler.look`."""
        service = cloud.service(self.service, block_storage.MICROVERSION)
        document = block_storage.show(service, PATH, resource.id)
        return _resource(document['snapshot']) if document else None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return rungs.plain_ladder(PATH, resource.status)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield Cinder's messages about the snapshot."""
        return block_storage.messages(cloud, resource.id)


def _resource(record: Mapping[str, Any]) -> Resource:
    group_snapshot = record.get('group_snapshot_id')
    return Resource(
        Ref(Snapshot.kind, record['id']),
        name=record.get('name') or '',
        project_id=record.get('os-extended-snapshot-attributes:project_id') or '',
        status=record.get('status') or '',
        created_at=records.timestamp(record.get('created_at')),
        updated_at=records.timestamp(record.get('updated_at')),
        parents=(Ref('cinder-volume', record['volume_id']),),
        owners=(Ref('cinder-group-snapshot', group_snapshot),) if group_snapshot else (),
        tags=records.tags(record.get('metadata')),
    )
