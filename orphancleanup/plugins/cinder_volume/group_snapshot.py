"""Snapshots of whole groups."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orphancleanup.api import Cloud, Service
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins import records
from orphancleanup.plugins.cinder_volume import block_storage, rungs

PATH = '/group_snapshots'
#: the lowest that tells the tenant (Stein)
MICROVERSION = '3.58'


class GroupSnapshot(Handler):
    """A group snapshot takes its snapshots along, which name it as their owner, and goes before its group."""

    kind = 'cinder-group-snapshot'
    service = block_storage.SERVICE
    levels = frozenset({Level.API, Level.FORCE})

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        found = block_storage.by_marker(_group_snapshots(cloud), f'{PATH}/detail', 'group_snapshots')
        return map(_resource, found)

    def look(self, cloud: Cloud, resource: Resource) -> Resource | None:
        """See :meth:`Handler.look`."""
        document = block_storage.show(_group_snapshots(cloud), PATH, resource.id)
        return _resource(document['group_snapshot']) if document else None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. Cinder has no forced delete for it: the status is reset, then it is deleted."""
        harsher = (
            Step('reset-state', _reset_state, Level.FORCE, removes=False),
            Step('delete-again', _delete, Level.FORCE),
        )
        return harsher if resource.status in rungs.LEAVING else (Step('delete', _delete), *harsher)


def _group_snapshots(cloud: Cloud) -> Service:
    return cloud.service(block_storage.SERVICE, MICROVERSION)


def _delete(cloud: Cloud, resource: Resource) -> None:
    _group_snapshots(cloud).delete(f'{PATH}/{records.segment(resource.id)}')


def _reset_state(cloud: Cloud, resource: Resource) -> None:
    path = f'{PATH}/{records.segment(resource.id)}/action'
    _group_snapshots(cloud).post(path, {'reset_status': {'status': 'error'}})


def _resource(record: Mapping[str, Any]) -> Resource:
    return Resource(
        Ref(GroupSnapshot.kind, record['id']),
        name=record.get('name') or '',
        project_id=record.get('project_id') or '',
        status=record.get('status') or '',
        created_at=records.timestamp(record.get('created_at')),
        parents=(Ref('cinder-group', record['group_id']),),
    )
