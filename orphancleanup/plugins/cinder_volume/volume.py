"""Volumes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Condition, Evidence, Level, Ref, Resource
from orphancleanup.plugins.cinder_volume import attachments, block_storage, rungs, transfer

PATH = '/volumes'
# The cache of images, and images that Glance keeps in Cinder (cinder/volume/manager.py, _clone_image_volume).
_IMAGE_VOLUME = re.compile(r'image-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
# Cinder shows attachments that are complete only; in these there are others.
_HALF_ATTACHED = frozenset(
    {'reserved', 'attaching', 'detaching', 'in-use', 'error_attaching', 'error_detaching'}
)
# In all others Cinder deletes nothing, not even by force (cinder/volume/api.py, AVAILABLE_MIGRATION_STATUS).
_UNMOVED = frozenset({'', 'none', 'deleting', 'error', 'success'})
# A volume that was never on two backends. A failover sets those that were not replicated to "error" with all their
# data, and tells it by "not-capable" (cinder/volume/manager.py, ``failover``); new ones are never that.
_NEVER_FAILED_OVER = frozenset({'', 'disabled', 'enabled'})


class Volume(Handler):
    """What Cinder wants before it deletes one: no server, snapshot, group, transfer or migration, and rest."""

    kind = 'cinder-volume'
    service = block_storage.SERVICE
    after = (
        'heat-stack', 'nova-server', 'cinder-attachment', 'cinder-group', 'cinder-snapshot', 'cinder-transfer',
    )  # fmt: skip
    levels = frozenset({Level.API, Level.FORCE})
    resource_types = ('OS::Cinder::Volume', 'AWS::EC2::Volume')
    states = rungs.STATES

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        return map(_resource, block_storage.everything(cloud, f'{PATH}/detail', 'volumes'))

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        record = _record(cloud, ref)
        return _resource(record) if record is not None else None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. What Cinder would refuse is left out; attachments are cut before all else."""
        force = rungs.force_delete(PATH)
        if resource.details.get('is_attached'):
            return (_DETACH, force)
        if resource.status in rungs.LEAVING:
            return (_RESET, force)
        if resource.status == 'awaiting-transfer':
            return (_CANCEL, rungs.delete(PATH), force)
        if resource.status in _HALF_ATTACHED:
            return (rungs.delete(PATH), _DETACH, force)
        if resource.details.get('is_migrating'):
            return (rungs.delete(PATH), _RESET, force)
        return (rungs.delete(PATH), force)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield Cinder's messages about the volume, and the attachments and snapshots that hold it."""
        yield from block_storage.messages(cloud, resource.id)
        for record in attachments.listing(cloud, {'volume_id': resource.id}):
            text = f'attachment {record["id"]} ({record.get("status")}) to server {record.get("instance")}'
            yield Evidence('api', text)
        for record in block_storage.listing(
            cloud, '/snapshots/detail', 'snapshots', {'volume_id': resource.id}
        ):
            yield Evidence('api', f'snapshot {record["id"]} ({record.get("status")})')


def _record(cloud: Cloud, ref: Ref) -> Mapping[str, Any] | None:
    service = cloud.service(block_storage.SERVICE, block_storage.MICROVERSION)
    document = block_storage.show(cloud, service, PATH, ref.id)
    if document is None:
        return None
    record: Mapping[str, Any] = records.inner(document, 'volume', str(ref))
    return record


def _prepared(cloud: Cloud, resource: Resource) -> Resource:
    """Return a volume as it is now, when nothing that depends on it would keep it from going after all.

    A step that only prepares must not change what then has to stay: so it refuses what Cinder would refuse to delete.

    :raises Conflict: when the volume has snapshots or belongs to a group by now.
    :raises NotFound: when it is gone.
    """
    record = _record(cloud, resource.ref)
    if record is None:
        raise NotFound(404, f'Volume {resource.id} is gone.')
    if record.get('group_id'):
        raise Conflict(409, f'Volume {resource.id} belongs to group {record["group_id"]}; remove that.')
    query = {'volume_id': resource.id}
    for snapshot in block_storage.listing(cloud, '/snapshots/detail', 'snapshots', query):
        raise Conflict(409, f'Volume {resource.id} has snapshot {snapshot.get("id")}; remove that first.')
    return _resource(record)


def _detach(cloud: Cloud, resource: Resource) -> None:
    """Remove the attachments whose server is gone; see :func:`attachments.detach`."""
    _prepared(cloud, resource)
    attachments.detach(cloud, list(attachments.listing(cloud, {'volume_id': resource.id})))


def _reset_state(cloud: Cloud, resource: Resource) -> None:
    """Clear what a broken deletion or migration left behind.

    To reset ``attach_status`` removes all attachments without a look at their servers: so there must be none.
    """
    now = _prepared(cloud, resource)
    if not now.details['is_migrating']:
        rungs.require_leaving(f'Volume {resource.id}', now.status)
    if any(attachments.listing(cloud, {'volume_id': resource.id})):
        raise Conflict(409, f'Volume {resource.id} has attachments; detach it first.')
    states = {'status': 'error', 'attach_status': 'detached', 'migration_status': 'none'}
    rungs.act(cloud, PATH, resource, {'os-reset_status': states})


def _cancel(cloud: Cloud, resource: Resource) -> None:
    """Withdraw the offer of the volume to another project."""
    _prepared(cloud, resource)
    transfer.cancel(cloud, resource)


_CANCEL = Step('cancel-transfer', _cancel, removes=False)
_DETACH = Step('detach', _detach, Level.FORCE, removes=False)
_RESET = Step('reset-state', _reset_state, Level.FORCE, removes=False)


def _resource(record: Mapping[str, Any]) -> Resource:
    listed = records.present(record, 'attachments', Volume.kind) or ()
    group = record.get('group_id')
    return Resource(
        Ref(Volume.kind, records.identifier(record, Volume.kind)),
        name=record.get('name') or '',
        project_id=records.required(record, 'os-vol-tenant-attr:tenant_id', Volume.kind),
        status=record.get('status') or '',
        created_at=records.timestamp(record.get('created_at')),
        updated_at=records.timestamp(record.get('updated_at')),
        condition=_condition(record),
        blockers=tuple(Ref('nova-server', each['server_id']) for each in listed if each.get('server_id')),
        owners=(Ref('cinder-group', group),) if group else (),
        tags=records.tags(records.present(record, 'metadata', Volume.kind)),
        is_system=_is_system(record),
        details={'is_attached': bool(listed), 'is_migrating': _migration(record) not in _UNMOVED},
    )


def _condition(record: Mapping[str, Any]) -> Condition:
    """Return what the status means: in ``error`` is also what lived before, was in use or has failed over."""
    found = Volume.states.condition(record.get('status') or '')
    lived = record.get('attachments') or (record.get('replication_status') or '') not in _NEVER_FAILED_OVER
    return Condition.NORMAL if lived and found is Condition.CREATION_FAILED else found


def _migration(record: Mapping[str, Any]) -> str:
    return str(record.get('os-vol-mig-status-attr:migstat') or record.get('migration_status') or '')


def _is_system(record: Mapping[str, Any]) -> bool:
    """Return whether a migration fills the volume, or an image is in it."""
    is_target = _migration(record).startswith('target:')
    return is_target or bool(_IMAGE_VOLUME.fullmatch(record.get('name') or ''))
