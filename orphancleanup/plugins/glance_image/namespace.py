"""Namespaces of metadata definitions, with all that is in them."""

import dataclasses
from collections.abc import Iterator, Sequence

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.glance_image import glance
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

_DEFINITIONS = frozenset({'tags', 'objects', 'properties', 'resource_type_associations'})
# What may be changed; everything else is refused in a PUT.
_FIELDS = ('namespace', 'display_name', 'description', 'visibility', 'owner')


class Namespace(TableHandler):
    """A namespace, whose name is its id; its definitions go with it.

    Those that come with Glance have the word ``admin`` for an owner, which is no project: so nothing is an orphan here.
    """

    kind = 'glance-metadef-namespace'
    service = glance.SERVICE
    path, key, is_wrapped = '/metadefs/namespaces', 'namespaces', False
    query = {'limit': 500}
    name_field, project_field, status_field = 'namespace', 'owner', ''
    levels = frozenset({Level.API, Level.FORCE})
    selected_by = frozenset({'not-in-baseline', 'prefix', 'named'})
    require_all = staticmethod(glance.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        yield from map(self._with_id, super().listing(cloud, query))

    def record(self, cloud: Cloud, ref: Ref) -> Record | None:
        """See :meth:`TableHandler.record`."""
        found = super().record(cloud, ref)
        return self._with_id(found) if found is not None else None

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        is_protected = records.present(record, 'protected', self.kind) is not False
        return dataclasses.replace(super().resource(record), details={'is_protected': is_protected})

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        if not resource.details.get('is_protected'):
            return (Step('delete', self.delete),)
        unprotect = Step('unprotect', self._unprotect, Level.FORCE, removes=False)
        return (unprotect, Step('delete', self.delete, Level.FORCE))

    def _unprotect(self, cloud: Cloud, resource: Resource) -> None:
        now = self.record(cloud, resource.ref)
        if now is None:
            raise NotFound(404, f'{resource.ref} is gone.')
        if now['protected']:
            kept = {name: now[name] for name in _FIELDS if now.get(name) is not None}
            self.api(cloud).put(self.address(resource.ref), {**kept, 'protected': False})

    def _with_id(self, record: Record) -> Record:
        """Return a record under its name; that of one has its definitions in it, whose tags are not its own."""
        own = {name: value for name, value in record.items() if name not in _DEFINITIONS}
        return {**own, 'id': records.identifier(record, self.kind, 'namespace')}
