"""Volumes that Cinder will not delete, although its backend has them no longer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orphancleanup.database.fallback import DatabaseStep, Fallback, Rescue
from orphancleanup.database.tables import Table
from orphancleanup.database.values import Row
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.mysql_fallback import cinder_quota, cinder_rows

if TYPE_CHECKING:
    # It imports SQLAlchemy, which most runs do without.
    from orphancleanup.database.transaction import Transaction

# In all others Cinder itself deletes nothing (cinder/volume/api.py, AVAILABLE_MIGRATION_STATUS).
_UNMOVED = frozenset({'', 'none', 'deleting', 'error', 'success'})
_BACKUP_AT_WORK = ('creating', 'restoring', 'deleting')


class VolumeRows(Fallback):
    """What ``volume_destroy`` of every release since 2014.2 does, taken together."""

    kind, database = 'cinder-volume', 'cinder'
    tables = (
        cinder_rows.buried(
            'volumes',
            'id', 'project_id', 'host', 'size', 'status', 'attach_status', 'volume_type_id', 'source_volid',
            updates=('status', 'terminated_at', 'migration_status', 'attach_status'),
            is_optional=False,
        ),
        Table('snapshots', needs=('id', 'volume_id', 'project_id', 'volume_size', 'deleted')),
        Table('backups', needs=('id', 'volume_id', 'status', 'deleted')),
        cinder_rows.buried('volume_metadata', 'volume_id'),
        cinder_rows.buried('volume_admin_metadata', 'volume_id'),
        cinder_rows.buried('volume_glance_metadata', 'volume_id'),
        cinder_rows.buried('transfers', 'volume_id'),
        cinder_rows.buried(
            'volume_attachment', 'id', 'volume_id', 'instance_uuid', updates=('detach_time', 'attach_status')
        ),
        cinder_rows.buried('attachment_specs', 'attachment_id'),
        cinder_rows.WORKERS,
        Table('image_volume_cache_entries', needs=('volume_id',), deletes=True, is_optional=True),
        *cinder_quota.TABLES,
    )  # fmt: skip

    def steps(self, resource: Resource) -> Sequence[DatabaseStep]:
        """See :meth:`Fallback.steps`."""
        return (DatabaseStep('purge', _purge, before=_prove),)


def _prove(rescue: Rescue, resource: Resource) -> None:
    cinder_rows.require_backend(rescue, resource, 'volumes', resource.id)


def _purge(transaction: 'Transaction', resource: Resource) -> None:
    volume = cinder_rows.own(transaction, 'volumes', resource)
    _require_unused(transaction, volume)
    cinder_quota.resync_volumes(transaction, resource.project_id, resource.id, volume['volume_type_id'])
    now = transaction.now()
    gone = {
        'status': 'deleted',
        'migration_status': None,
        'attach_status': 'detached',
        'deleted': 1,
        'deleted_at': now,
    }
    transaction.update('volumes', [volume], {**gone, 'terminated_at': volume.get('terminated_at') or now})
    for table in ('volume_metadata', 'volume_admin_metadata', 'volume_glance_metadata', 'transfers'):
        cinder_rows.bury(transaction, table, {'volume_id': resource.id})
    # The word is "deleted" since 10.0.0, which also brought the specs.
    word = 'deleted' if transaction.has('attachment_specs') else 'detached'
    ended = {'detach_time': now, 'attach_status': word}
    attachments = cinder_rows.bury(transaction, 'volume_attachment', {'volume_id': resource.id}, ended)
    if attachments:
        cinder_rows.bury(
            transaction, 'attachment_specs', {'attachment_id': [each['id'] for each in attachments]}
        )
    cinder_rows.dismiss_workers(transaction, 'Volume', resource)
    cached = transaction.lock('image_volume_cache_entries', {'volume_id': resource.id})
    if cached:
        transaction.delete('image_volume_cache_entries', cached)


def _require_unused(transaction: 'Transaction', volume: Row) -> None:
    """Refuse what Cinder itself would refuse to delete, and what somebody else is at work on."""
    name = f'volume {volume["id"]}'
    if volume['attach_status'] == 'attached':
        raise transaction.refuse(f'{name} is attached; detach it first')
    if str(volume.get('migration_status') or '') not in _UNMOVED:
        raise transaction.refuse(f'{name} is being migrated ({volume["migration_status"]})')
    for column in ('group_id', 'consistencygroup_id'):
        if volume.get(column):
            raise transaction.refuse(f'{name} belongs to group {volume[column]}; remove that')
    _require_no_server(transaction, volume)
    own = {'volume_id': volume['id']}
    cinder_rows.require_none(transaction, 'snapshots', own, f'{name} has snapshot')
    cinder_rows.require_none(
        transaction, 'backups', {**own, 'status': _BACKUP_AT_WORK}, f'Cinder is at work on {name} for backup'
    )
    cinder_rows.require_none(
        transaction,
        'backups',
        {'restore_volume_id': volume['id'], 'status': ('restoring',)},
        f'into {name} goes backup',
    )
    # A clone keeps the name of its source for ever, and needs it only while it is made.
    cinder_rows.require_none(
        transaction,
        'volumes',
        {'source_volid': volume['id'], 'status': 'creating'},
        f'from {name} is made volume',
    )
    cinder_rows.require_none(
        transaction, 'volumes', {'_name_id': volume['id']}, f'the data of {name} belong to volume'
    )


def _require_no_server(transaction: 'Transaction', volume: Row) -> None:
    """Refuse while a server may use it: until 2014.2 the volume itself tells which, since then its attachments do."""
    servers = [volume.get('instance_uuid')]
    if transaction.has('volume_attachment'):
        found = transaction.lock('volume_attachment', {'volume_id': volume['id'], 'deleted': 0})
        servers += [row['instance_uuid'] for row in found]
    for server in filter(None, servers):
        if not transaction.is_gone(Ref('nova-server', str(server))):
            raise transaction.refuse(f'server {server} uses volume {volume["id"]}; detach it first')
