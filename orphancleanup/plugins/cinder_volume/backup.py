"""Backups of volumes: they outlive their volume, and incremental ones build on each other."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict
from orphancleanup.ladder import Step
from orphancleanup.model import Condition, Evidence, Resource
from orphancleanup.plugins.cinder_volume import block_storage, rungs
from orphancleanup.records import Record, identifier
from orphancleanup.table import TableHandler
from orphancleanup.together import Together

_PAGE = 1000


class Backup(TableHandler):
    """A backup without its volume is no orphan: it is what backups are for."""

    kind = 'cinder-backup'
    service, microversion = block_storage.SERVICE, block_storage.MICROVERSION
    path, list_path, key = '/backups', '/backups/detail', 'backups'
    query, past_end = block_storage.COUNTED, True
    project_field, updated_field = 'os-backup-project-attr:project_id', 'updated_at'
    tag_fields, filled = ('metadata',), frozenset({'volume_id'})
    parents = {'builds_on': 'cinder-backup'}
    levels, states = rungs.LEVELS, rungs.STATES
    leaves_at_once = True
    require_all = staticmethod(block_storage.require_administrator)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """See :meth:`TableHandler.completed`; tell what each one builds on."""
        families: dict[str, list[Record]] = defaultdict(list)
        wanted = list(found)
        for record in wanted:
            families[identifier(record, self.kind, 'volume_id')].append(record)
        if len(wanted) == 1 and wanted[0].get('is_incremental'):
            # Looked at alone, or the only one.
            (volume,) = families
            families[volume] = list(self.listing(cloud, {'volume_id': volume}))
        for record in wanted:
            yield {**record, 'builds_on': _parent(record, families[record['volume_id']])}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; in ``error`` without a reason is what somebody has set to it by hand."""
        found, why = super().resource(record), record.get('fail_reason')
        is_whole = found.condition is Condition.CREATION_FAILED and not why
        return dataclasses.replace(
            found, condition=Condition.NORMAL if is_whole else found.condition, details={'fail_reason': why}
        )

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. Each step makes sure first that nothing builds on the backup."""
        return tuple(self._guarded(step) for step in rungs.ladder(self, resource))

    def _guarded(self, step: Step) -> Step:
        """Refuse to touch what an incremental backup of any project builds on.

        Cinder does not: it looks for such backups among those of the caller's own project (cinder/backup/api.py,
        ``delete``), so that an administrator destroys the chains of all others.
        """

        def run(cloud: Cloud, resource: Resource) -> None:
            for child in self._children(cloud, resource):
                raise Conflict(409, f'Backup {child} builds on backup {resource.id}; remove it first.')
            step.run(cloud, resource)

        return dataclasses.replace(step, run=run)

    def _children(self, cloud: Cloud, resource: Resource) -> Sequence[str]:
        """Return what builds on a backup; where many ask and one page has all backups, that page answers most."""
        families = cloud.kept(f'backups as {cloud.project_id} sees them', _Families)

        def ask(parents: Sequence[str]) -> Mapping[str, Sequence[str]]:
            if len(parents) == 1:
                children = self.listing(cloud, {'parent_id': parents[0]})
                return {parents[0]: [identifier(each, self.kind) for each in children]}
            if len(parents) <= families.pages:
                return {}
            found = list(self.listing(cloud))
            families.pages = 1 + len(found) // _PAGE
            return dict.fromkeys(_childless(found) & set(parents), ())

        return families.of(resource.id, ask) or ()

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield why the backup failed, and Cinder's messages about it."""
        if resource.details.get('fail_reason'):
            yield Evidence('fault', str(resource.details['fail_reason']))
        yield from block_storage.messages(cloud, resource.id)


class _Families(Together[str, Sequence[str]]):
    """Which backups build on which, for many who ask at a time.

    :ivar pages: how many requests a listing of all backups takes.
    """

    pages = 1


def _childless(found: Sequence[Record]) -> set[str]:
    """Return the backups on which none builds for sure: no other one of their volume is incremental."""
    incremental = defaultdict(set)
    for each in found:
        if each.get('is_incremental') is not False:
            incremental[identifier(each, Backup.kind, 'volume_id')].add(identifier(each, Backup.kind))
    return {
        identifier(each, Backup.kind)
        for each in found
        if not incremental[each['volume_id']] - {identifier(each, Backup.kind)}
    }


def _parent(record: Record, family: Sequence[Record]) -> str | None:
    """Deduce what an incremental backup builds on, which no API tells.

    Cinder takes the backup of the volume with the newest data that is older than the new one's (cinder/backup/api.py).
    It only gives the order; see :meth:`Backup._guarded` for what keeps a chain whole when the guess is wrong.
    """
    if not record.get('is_incremental'):
        return None
    older = [
        other
        for other in family
        if other.get('has_dependent_backups') and _age(other) < _age(record) and other['id'] != record['id']
    ]
    return max(older, key=_age)['id'] if older else None


def _age(record: Record) -> tuple[str, str]:
    return str(record.get('data_timestamp') or record.get('created_at')), str(record.get('created_at'))
