"""Volumes."""

import dataclasses
import re
from collections.abc import Iterable, Iterator, Sequence

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Condition, Evidence, Level, Resource
from orphancleanup.plugins.cinder_volume import attachment, block_storage, creation, rungs, transfer
from orphancleanup.plugins.cinder_volume.attachment import Attachment
from orphancleanup.plugins.cinder_volume.snapshot import Snapshot
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

# The cache of images, and images that Glance keeps in Cinder (cinder/volume/manager.py, _clone_image_volume).
_IMAGE_VOLUME = re.compile(r'image-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
# Cinder shows attachments that are complete only; in these there are others.
_HALF_ATTACHED = frozenset(
    {'reserved', 'attaching', 'detaching', 'in-use', 'error_attaching', 'error_detaching'}
)
# In all others Cinder deletes nothing, not even by force (cinder/volume/api.py, AVAILABLE_MIGRATION_STATUS).
_UNMOVED = frozenset({'', 'none', 'deleting', 'error', 'success'})


class Volume(TableHandler):
    """A volume, which Cinder deletes when no server, snapshot, group, transfer or migration needs it."""

    kind = 'cinder-volume'
    service, microversion = block_storage.SERVICE, block_storage.MICROVERSION
    path, list_path, key = '/volumes', '/volumes/detail', 'volumes'
    query, past_end = block_storage.COUNTED, True
    project_field, updated_field, tag_fields = block_storage.PROJECT, 'updated_at', ('metadata',)
    blockers = {'attachments.server_id': 'nova-server'}
    owners = {'group_id': 'cinder-group'}
    after = (
        'heat-stack', 'nova-server', 'cinder-attachment', 'cinder-group', 'cinder-snapshot', 'cinder-transfer',
    )  # fmt: skip
    levels, states = rungs.LEVELS, rungs.STATES
    resource_types = ('OS::Cinder::Volume', 'AWS::EC2::Volume')
    leaves_at_once = True
    require_all = staticmethod(block_storage.require_administrator)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield volumes with whether their creation is known to have failed."""
        return creation.told(cloud, found)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; in ``error`` is also what has its data, see :mod:`.creation`."""
        found, is_attached = super().resource(record), bool(record['attachments'])
        is_well = found.condition is Condition.CREATION_FAILED and not record['has_failed']
        return dataclasses.replace(
            found,
            condition=Condition.NORMAL if is_well else found.condition,
            is_system=_is_system(record),
            details={'is_attached': is_attached, 'is_migrating': _migration(record) not in _UNMOVED},
        )

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. What Cinder would refuse is left out; attachments are cut before all else."""
        force, delete = _FORCE, Step('delete', self.delete)
        if resource.details.get('is_attached'):
            return (_DETACH, force)
        if resource.status in rungs.LEAVING:
            return (_RESET, force)
        if resource.status == 'awaiting-transfer':
            return (_CANCEL, delete, force)
        if resource.status in _HALF_ATTACHED:
            return (delete, _DETACH, force)
        if resource.details.get('is_migrating'):
            return (delete, _RESET, force)
        return (delete, force)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield whose and where the volume is, Cinder's messages about it, and what holds it."""
        record = self.record(cloud, resource.ref) or {}
        yield from block_storage.circumstances(record)
        yield from block_storage.messages(cloud, resource.id)
        for record in Attachment().listing(cloud, {'volume_id': resource.id}):
            text = f'attachment {record["id"]} ({record.get("status")}) to server {record.get("instance")}'
            yield Evidence('api', text)
        for record in Snapshot().listing(cloud, {'volume_id': resource.id}):
            yield Evidence('api', f'snapshot {record["id"]} ({record.get("status")})')


def _prepared(cloud: Cloud, resource: Resource) -> Resource:
    """Return a volume as it is now, when nothing that depends on it would keep it from going after all.

    A step that only prepares must not change what then has to stay: so it refuses what Cinder would refuse to delete.

    :raises Conflict: when the volume has snapshots or belongs to a group by now.
    :raises NotFound: when it is gone.
    """
    now = Volume().look(cloud, resource.ref)
    if now is None:
        raise NotFound(404, f'Volume {resource.id} is gone.')
    for group in now.owners:
        raise Conflict(409, f'Volume {resource.id} belongs to group {group.id}; remove that.')
    for snapshot in Snapshot().listing(cloud, {'volume_id': resource.id}):
        raise Conflict(409, f'Volume {resource.id} has snapshot {snapshot.get("id")}; remove that first.')
    return now


def _detach(cloud: Cloud, resource: Resource) -> None:
    """Remove the attachments whose server is gone; see :func:`attachment.detach`."""
    _prepared(cloud, resource)
    attachment.detach(cloud, list(Attachment().listing(cloud, {'volume_id': resource.id})))


def _reset_state(cloud: Cloud, resource: Resource) -> None:
    """Clear what a broken deletion or migration left behind.

    To reset ``attach_status`` removes all attachments without a look at their servers: so there must be none.
    """
    now = _prepared(cloud, resource)
    if not now.details['is_migrating']:
        rungs.require_leaving(now)
    _require_free(cloud, resource)
    states = {'status': 'error', 'attach_status': 'detached', 'migration_status': 'none'}
    rungs.action(Volume(), {'os-reset_status': states})(cloud, resource)


def _force_delete(cloud: Cloud, resource: Resource) -> None:
    """Remove a volume whatever its status.

    Of what is only reserved for a server, or on its way to one, Cinder would not refuse it: the server that is built on
    it would lose its disk.
    """
    _require_free(cloud, resource)
    rungs.force_delete(Volume()).run(cloud, resource)


def _require_free(cloud: Cloud, resource: Resource) -> None:
    """Return when nothing is attached to a volume, nor about to be.

    :raises Conflict: when something is; the step before takes away what is for servers that are gone.
    """
    if any(Attachment().listing(cloud, {'volume_id': resource.id})):
        raise Conflict(409, f'Volume {resource.id} has attachments; detach it first.')


def _cancel(cloud: Cloud, resource: Resource) -> None:
    """Withdraw the offer of the volume to another project."""
    _prepared(cloud, resource)
    transfer.cancel(cloud, resource)


_CANCEL = Step('cancel-transfer', _cancel, removes=False)
_DETACH = Step('detach', _detach, Level.FORCE, removes=False)
_FORCE = Step('force-delete', _force_delete, Level.FORCE)
_RESET = Step('reset-state', _reset_state, Level.FORCE, removes=False)


def _migration(record: Record) -> str:
    return str(record.get('os-vol-mig-status-attr:migstat') or record.get('migration_status') or '')


def _is_system(record: Record) -> bool:
    """Return whether a migration fills the volume, or an image is in it."""
    is_target = _migration(record).startswith('target:')
    return is_target or bool(_IMAGE_VOLUME.fullmatch(record.get('name') or ''))
