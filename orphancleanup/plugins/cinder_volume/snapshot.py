"""Snapshots of volumes."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Condition, Evidence, Level, Ref, Resource
from orphancleanup.plugins.cinder_volume import block_storage, rungs

PATH = '/snapshots'


class Snapshot(Handler):
    """A snapshot hangs on its volume; one that a group snapshot made goes with that."""

    kind = 'cinder-snapshot'
    service = block_storage.SERVICE
    after = ('cinder-group-snapshot',)
    levels = frozenset({Level.API, Level.FORCE})
    states = rungs.STATES

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        return map(_resource, block_storage.everything(cloud, f'{PATH}/detail', 'snapshots'))

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        service = cloud.service(self.service, block_storage.MICROVERSION)
        document = block_storage.show(cloud, service, PATH, ref.id)
        if document is None:
            return None
        return _resource(records.inner(document, 'snapshot', str(ref)))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. A status is reset only when nothing has come that keeps the snapshot."""
        return tuple(
            step if step.removes else dataclasses.replace(step, run=_reset_state)
            for step in rungs.plain_ladder(PATH, resource.status)
        )

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield Cinder's messages about the snapshot."""
        return block_storage.messages(cloud, resource.id)


def _reset_state(cloud: Cloud, resource: Resource) -> None:
    now = Snapshot().look(cloud, resource.ref)
    if now is None:
        raise NotFound(404, f'Snapshot {resource.id} is gone.')
    for owner in now.owners:
        raise Conflict(409, f'Snapshot {resource.id} is part of {owner}; remove that.')
    rungs.require_leaving(f'Snapshot {resource.id}', now.status)
    rungs.reset_state(PATH).run(cloud, resource)


def _condition(record: Mapping[str, Any]) -> Condition:
    """Return what the status means; a failover sets whole ones to ``error``, too (cinder/volume/manager.py)."""
    found = Snapshot.states.condition(record.get('status') or '')
    was_whole = record.get('os-extended-snapshot-attributes:progress') == '100%'
    return Condition.NORMAL if was_whole and found is Condition.CREATION_FAILED else found


def _resource(record: Mapping[str, Any]) -> Resource:
    group_snapshot = record.get('group_snapshot_id')
    return Resource(
        Ref(Snapshot.kind, records.identifier(record, Snapshot.kind)),
        name=record.get('name') or '',
        project_id=records.required(record, 'os-extended-snapshot-attributes:project_id', Snapshot.kind),
        status=record.get('status') or '',
        created_at=records.timestamp(record.get('created_at')),
        updated_at=records.timestamp(record.get('updated_at')),
        condition=_condition(record),
        parents=(Ref('cinder-volume', records.identifier(record, Snapshot.kind, 'volume_id')),),
        owners=(Ref('cinder-group-snapshot', group_snapshot),) if group_snapshot else (),
        tags=records.tags(records.present(record, 'metadata', Snapshot.kind)),
    )
