"""Backups of volumes: they outlive their volume, and incremental ones build on each other."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Ref, Resource
from orphancleanup.plugins import records
from orphancleanup.plugins.cinder_volume import block_storage, rungs

PATH = '/backups'


class Backup(Handler):
    """A backup without its volume is no orphan: it is what backups are for."""

    kind = 'cinder-backup'
    service = block_storage.SERVICE
    levels = frozenset({Level.API, Level.FORCE})
    states = rungs.STATES

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        return _resources(block_storage.everything(cloud, f'{PATH}/detail', 'backups'))

    def look(self, cloud: Cloud, resource: Resource) -> Resource | None:
        """See :meth:`Handler.look`."""
        service = cloud.service(self.service, block_storage.MICROVERSION)
        document = block_storage.show(cloud, service, PATH, resource.id)
        if document is None:
            return None
        record = records.inner(document, 'backup', str(resource.ref))
        if not record.get('is_incremental'):
            return _resource(record, None)
        query = {'volume_id': records.identifier(record, self.kind, 'volume_id')}
        family = block_storage.listing(cloud, f'{PATH}/detail', 'backups', query)
        return _resource(record, _parent(record, list(family)))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. Each step makes sure first that nothing builds on the backup."""
        return tuple(map(_guarded, rungs.plain_ladder(PATH, resource.status)))

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield why the backup failed, and Cinder's messages about it."""
        if resource.details.get('fail_reason'):
            yield Evidence('fault', str(resource.details['fail_reason']))
        yield from block_storage.messages(cloud, resource.id)


def _resources(found: Iterable[Mapping[str, Any]]) -> Iterator[Resource]:
    families: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for record in found:
        families[records.required(record, 'volume_id', Backup.kind)].append(record)
    for family in families.values():
        for record in family:
            yield _resource(record, _parent(record, family))


def _parent(record: Mapping[str, Any], family: Sequence[Mapping[str, Any]]) -> str | None:
    """Deduce what an incremental backup builds on, which no API tells.

    Cinder takes the backup of the volume with the newest data that is older than the new one's (cinder/backup/api.py).
    It only gives the order; see :func:`_guarded` for what keeps a chain whole when the guess is wrong.
    """
    if not record.get('is_incremental'):
        return None
    older = [
        other
        for other in family
        if other.get('has_dependent_backups') and _age(other) < _age(record) and other['id'] != record['id']
    ]
    return max(older, key=_age)['id'] if older else None


def _guarded(step: Step) -> Step:
    """Refuse to touch what an incremental backup of any project builds on.

    Cinder does not: it looks for such backups among those of the caller's own tenant (cinder/backup/api.py,
    ``delete``), so that an administrator destroys the chains of all others.
    """

    def run(cloud: Cloud, resource: Resource) -> None:
        children = block_storage.listing(cloud, f'{PATH}/detail', 'backups', {'parent_id': resource.id})
        for child in children:
            raise Conflict(409, f'Backup {child.get("id")} builds on backup {resource.id}; remove it first.')
        if not step.removes:
            _require_leaving(cloud, resource)
        step.run(cloud, resource)

    return dataclasses.replace(step, run=run)


def _require_leaving(cloud: Cloud, resource: Resource) -> None:
    now = Backup().look(cloud, resource)
    if now is None:
        raise NotFound(404, f'Backup {resource.id} is gone.')
    rungs.require_leaving(f'Backup {resource.id}', now.status)


def _age(record: Mapping[str, Any]) -> tuple[str, str]:
    return str(record.get('data_timestamp') or record.get('created_at')), str(record.get('created_at'))


def _resource(record: Mapping[str, Any], parent: str | None) -> Resource:
    return Resource(
        Ref(Backup.kind, records.identifier(record, Backup.kind)),
        name=record.get('name') or '',
        project_id=records.required(record, 'os-backup-project-attr:project_id', Backup.kind),
        status=record.get('status') or '',
        created_at=records.timestamp(record.get('created_at')),
        updated_at=records.timestamp(record.get('updated_at')),
        condition=Backup.states.condition(record.get('status') or ''),
        parents=(Ref(Backup.kind, parent),) if parent else (),
        tags=records.tags(records.present(record, 'metadata', Backup.kind)),
        details={
            'volume_id': records.required(record, 'volume_id', Backup.kind),
            'fail_reason': record.get('fail_reason'),
        },
    )
