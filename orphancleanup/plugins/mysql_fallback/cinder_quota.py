"""Makes Cinder's record of what a project uses true again, counted as Cinder does (cinder/db/api.py, ``_sync_*``)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orphancleanup.database.tables import Table
from orphancleanup.database.values import Row

if TYPE_CHECKING:
    # It imports SQLAlchemy, which most runs do without.
    from orphancleanup.database.transaction import Transaction

TABLES = (
    Table(
        'quota_usages',
        needs=('id', 'project_id', 'resource', 'in_use', 'reserved'),
        updates=('in_use', 'until_refresh'),
    ),
    Table('volume_types', needs=('id', 'name')),
)


@dataclass(frozen=True, slots=True)
class _Project:
    """What a project has.

    :param type_of: volume id to the id of its type, of the snapshots' volumes, too.
    """

    volumes: tuple[Row, ...]
    snapshots: tuple[Row, ...]
    type_of: Mapping[str, str | None]

    def without(self, gone: str) -> '_Project':
        """Return it without one volume or snapshot."""
        return _Project(_others(self.volumes, gone), _others(self.snapshots, gone), self.type_of)


def resync_volumes(transaction: 'Transaction', project_id: str, gone: str, type_id: str | None) -> None:
    """Count the volumes and the snapshots of a project anew; to be called before anything is buried.

    :param gone: the id of the volume or snapshot that is purged.
    :param type_id: its volume type.
    """
    before = _read(transaction, project_id)
    with_snapshots = _counts_snapshots(transaction, project_id, before)
    project = before.without(gone)
    counts = _counts(project, '', None, with_snapshots)
    for row in transaction.read('volume_types', {'id': type_id}) if type_id else ():
        counts |= _counts(project, f'_{row["name"]}', type_id, with_snapshots)
    _set(transaction, project_id, counts)


def resync_backups(transaction: 'Transaction', project_id: str, gone: str) -> None:
    """Count the backups of a project anew; to be called before anything is buried."""
    found = transaction.read('backups', {'project_id': project_id, 'deleted': 0})
    rest = _others(found, gone)
    _set(transaction, project_id, {'backups': len(rest), 'backup_gigabytes': _sum(rest, 'size')})


def _read(transaction: 'Transaction', project_id: str) -> _Project:
    volumes = _living(transaction, 'volumes', project_id)
    snapshots = _living(transaction, 'snapshots', project_id)
    # A snapshot counts for the type of its volume, which may be in another project by now.
    of_snapshots = transaction.read('volumes', {'id': tuple({row['volume_id'] for row in snapshots})})
    type_of = {row['id']: row['volume_type_id'] for row in (*volumes, *of_snapshots)}
    return _Project(volumes, snapshots, type_of)


def _living(transaction: 'Transaction', table: str, project_id: str) -> tuple[Row, ...]:
    found = transaction.read(table, {'project_id': project_id, 'deleted': 0})
    return tuple(row for row in found if _counts_for_quota(row))


def _others(rows: Iterable[Row], gone: str) -> tuple[Row, ...]:
    return tuple(row for row in rows if row['id'] != gone)


def _counts_for_quota(row: Row) -> bool:
    """Whether Cinder counts it: ``use_quota`` says so since 19.0.0; before, a migration's target was left out."""
    if 'use_quota' in row:
        return bool(row['use_quota'])
    return not str(row.get('migration_status') or '').startswith('target:')


def _counts(project: _Project, suffix: str, type_id: str | None, with_snapshots: bool) -> dict[str, int]:
    volumes = [row for row in project.volumes if type_id in (None, row['volume_type_id'])]
    snapshots = [row for row in project.snapshots if type_id in (None, project.type_of.get(row['volume_id']))]
    gigabytes = _sum(volumes, 'size') + (_sum(snapshots, 'volume_size') if with_snapshots else 0)
    return {
        f'volumes{suffix}': len(volumes),
        f'snapshots{suffix}': len(snapshots),
        f'gigabytes{suffix}': gigabytes,
    }


def _counts_snapshots(transaction: 'Transaction', project_id: str, before: _Project) -> bool:
    """Return whether snapshots count for gigabytes, by what is written: ``no_snapshot_gb_quota`` may say otherwise."""
    where = {'project_id': project_id, 'resource': 'gigabytes'}
    written = [row['in_use'] for row in transaction.read('quota_usages', where)]
    return _sum(before.volumes, 'size') not in written


def _sum(rows: Iterable[Row], column: str) -> int:
    return sum(int(row[column] or 0) for row in rows)


def _set(transaction: 'Transaction', project_id: str, counts: Mapping[str, int]) -> None:
    """Write what was counted.

    While a reservation is under way, what it is for may be counted already or not: then Cinder is asked to count
    itself, when it makes the next one.
    """
    where = {'project_id': project_id, 'resource': tuple(sorted(counts))}
    for row in transaction.lock('quota_usages', where):
        count = counts[row['resource']]
        if row.get('deleted') or row['in_use'] == count:
            continue
        values = {'until_refresh': 1} if row['reserved'] else {'in_use': count}
        transaction.update('quota_usages', [row], values, is_derived=True)
