"""Snapshots of whole groups."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud, Service
from orphancleanup.errors import NotFound
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.cinder_volume import block_storage, rungs

PATH = '/group_snapshots'
#: the lowest that tells the tenant (Stein)
MICROVERSION = '3.58'


class GroupSnapshot(Handler):
    """A group snapshot takes its snapshots along, which name it as their owner, and goes before its group."""

    kind = 'cinder-group-snapshot'
    service = block_storage.SERVICE
    levels = frozenset({Level.API, Level.FORCE})
    states = rungs.STATES

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        block_storage.require_administrator(cloud)
        found = block_storage.by_marker(_group_snapshots(cloud), f'{PATH}/detail', 'group_snapshots')
        yield from map(_resource, found)

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        document = block_storage.show(cloud, _group_snapshots(cloud), PATH, ref.id)
        if document is None:
            return None
        return _resource(records.inner(document, 'group_snapshot', str(ref)))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. Cinder has no forced deletion of it: a status that hangs is reset before."""
        again = Step('delete-again', _delete, Level.FORCE)
        if resource.status in rungs.LEAVING:
            return (Step('reset-state', _reset_state, Level.FORCE, removes=False), again)
        return (Step('delete', _delete), again)


def _group_snapshots(cloud: Cloud) -> Service:
    return cloud.service(block_storage.SERVICE, MICROVERSION)


def _delete(cloud: Cloud, resource: Resource) -> None:
    _group_snapshots(cloud).delete(f'{PATH}/{records.segment(resource.id)}')


def _reset_state(cloud: Cloud, resource: Resource) -> None:
    now = GroupSnapshot().look(cloud, resource.ref)
    if now is None:
        raise NotFound(404, f'Group snapshot {resource.id} is gone.')
    rungs.require_leaving(f'Group snapshot {resource.id}', now.status)
    path = f'{PATH}/{records.segment(resource.id)}/action'
    _group_snapshots(cloud).post(path, {'reset_status': {'status': 'error'}})


def _resource(record: Mapping[str, Any]) -> Resource:
    # Cinder tells no time of its last change, so that nobody knows since when its status stands.
    return Resource(
        Ref(GroupSnapshot.kind, records.identifier(record, GroupSnapshot.kind)),
        name=record.get('name') or '',
        project_id=records.required(record, 'project_id', GroupSnapshot.kind),
        status=record.get('status') or '',
        created_at=records.timestamp(record.get('created_at')),
        condition=GroupSnapshot.states.condition(record.get('status') or ''),
        parents=(Ref('cinder-group', records.identifier(record, GroupSnapshot.kind, 'group_id')),),
    )
