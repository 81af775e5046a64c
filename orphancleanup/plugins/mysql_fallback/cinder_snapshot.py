"""Snapshots that Cinder will not delete, although its backend has them no longer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orphancleanup.database.fallback import DatabaseStep, Fallback, Rescue
from orphancleanup.database.tables import Table
from orphancleanup.model import Resource
from orphancleanup.plugins.mysql_fallback import cinder_quota, cinder_rows

if TYPE_CHECKING:
    # It imports SQLAlchemy, which most runs do without.
    from orphancleanup.database.transaction import Transaction


class SnapshotRows(Fallback):
    """What ``snapshot_destroy`` does."""

    kind, database = 'cinder-snapshot', 'cinder'
    tables = (
        cinder_rows.buried(
            'snapshots',
            'id', 'volume_id', 'project_id', 'status', 'volume_size',
            updates=('status',),
            is_optional=False,
        ),
        Table('volumes', needs=('id', 'project_id', 'host', 'size', 'volume_type_id', 'snapshot_id', 'deleted')),
        cinder_rows.buried('snapshot_metadata', 'snapshot_id'),
        cinder_rows.buried('volume_glance_metadata', 'snapshot_id'),
        cinder_rows.WORKERS,
        *cinder_quota.TABLES,
    )  # fmt: skip

    def steps(self, resource: Resource) -> Sequence[DatabaseStep]:
        """See :meth:`Fallback.steps`."""
        return (DatabaseStep('purge', _purge, before=_prove),)


def _prove(rescue: Rescue, resource: Resource) -> None:
    with rescue.rows() as transaction:
        found = transaction.read('snapshots', {'id': resource.id})
    for snapshot in found:
        cinder_rows.require_backend(rescue, resource, 'volumes', snapshot['volume_id'])


def _purge(transaction: 'Transaction', resource: Resource) -> None:
    snapshot = cinder_rows.own(transaction, 'snapshots', resource)
    for column in ('group_snapshot_id', 'cgsnapshot_id'):
        if snapshot.get(column):
            raise transaction.refuse(
                f'{resource.ref} belongs to group snapshot {snapshot[column]}; remove that'
            )
    cinder_rows.require_none(
        transaction,
        'volumes',
        {'snapshot_id': resource.id, 'status': 'creating'},
        f'from {resource.ref} is made volume',
    )
    volumes = transaction.read('volumes', {'id': snapshot['volume_id']})
    type_id = volumes[0]['volume_type_id'] if volumes else None
    cinder_quota.resync_volumes(transaction, resource.project_id, resource.id, type_id)
    gone = {'status': 'deleted', 'deleted': 1, 'deleted_at': transaction.now()}
    transaction.update('snapshots', [snapshot], gone)
    for table in ('snapshot_metadata', 'volume_glance_metadata'):
        cinder_rows.bury(transaction, table, {'snapshot_id': resource.id})
    cinder_rows.dismiss_workers(transaction, 'Snapshot', resource)
