"""Backups that Cinder will not delete, although the place where they were kept has them no longer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orphancleanup.database.fallback import DatabaseStep, Fallback, Rescue
from orphancleanup.model import Resource
from orphancleanup.plugins.mysql_fallback import cinder_quota, cinder_rows

if TYPE_CHECKING:
    # It imports SQLAlchemy, which most runs do without.
    from orphancleanup.database.transaction import Transaction


class BackupRows(Fallback):
    """What ``backup_destroy`` does, and what the backup manager does for the backup that another builds on."""

    kind, database = 'cinder-backup', 'cinder'
    tables = (
        cinder_rows.buried(
            'backups',
            'id', 'project_id', 'host', 'status', 'size',
            updates=('status', 'num_dependent_backups'),
            is_optional=False,
        ),
        cinder_rows.buried('backup_metadata', 'backup_id'),
        cinder_rows.WORKERS,
        *cinder_quota.TABLES,
    )  # fmt: skip

    def steps(self, resource: Resource) -> Sequence[DatabaseStep]:
        """See :meth:`Fallback.steps`."""
        return (DatabaseStep('purge', _purge, before=_prove),)


def _prove(rescue: Rescue, resource: Resource) -> None:
    cinder_rows.require_backend(rescue, resource, 'backups', resource.id)


def _purge(transaction: 'Transaction', resource: Resource) -> None:
    backup = cinder_rows.own(transaction, 'backups', resource)
    # Incremental backups came with 2015.1.
    cinder_rows.require_none(
        transaction, 'backups', {'parent_id': resource.id}, f'on {resource.ref} builds backup'
    )
    cinder_quota.resync_backups(transaction, resource.project_id, resource.id)
    gone = {'status': 'deleted', 'deleted': 1, 'deleted_at': transaction.now()}
    transaction.update('backups', [backup], gone)
    cinder_rows.bury(transaction, 'backup_metadata', {'backup_id': resource.id})
    if backup.get('parent_id') and transaction.has('backups', 'num_dependent_backups'):
        for parent in transaction.lock('backups', {'id': backup['parent_id'], 'deleted': 0}):
            rest = max(0, int(parent['num_dependent_backups'] or 0) - 1)
            transaction.update('backups', [parent], {'num_dependent_backups': rest})
    cinder_rows.dismiss_workers(transaction, 'Backup', resource)
