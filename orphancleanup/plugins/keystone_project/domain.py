"""Domains, which Keystone deletes with all that is in them, once they are disabled."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict
from orphancleanup.ladder import Step
from orphancleanup.model import Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

_CONTENTS = ('projects', 'users', 'groups')


class Domain(TableHandler):
    """A domain goes after its projects, users and groups, each of which keeps it while it stays."""

    kind, service = 'keystone-domain', identity.SERVICE
    path, key, past_end = '/domains', 'domains', True
    after = ('keystone-group', 'keystone-limit', 'keystone-project', 'keystone-role', 'keystone-user')
    resource_types = ('OS::Keystone::Domain',)
    selected_by = identity.MEANT
    project_field, tag_fields = '', ('tags',)
    value_fields = ('description', 'enabled', 'tags')
    in_projects, keeps_nothing = False, True

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield domains with whether they are Heat's."""
        wanted = list(found)
        heats = identity.stack_domains(cloud, wanted)
        for record in wanted:
            yield {**record, 'is_heats': record['id'] in heats}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource(record)
        return dataclasses.replace(
            plain,
            is_system=plain.id == identity.DEFAULT_DOMAIN or record['is_heats'],
            protection=identity.immutable(record),
            details={'enabled': bool(records.present(record, 'enabled', self.kind))},
        )

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        delete = Step('delete', self.delete)
        is_enabled = resource.details['enabled']
        return (Step('disable', self.disable, removes=False), delete) if is_enabled else (delete,)

    def disable(self, cloud: Cloud, resource: Resource) -> None:
        """Disable an empty domain: Keystone deletes no enabled one."""
        self._require_empty(cloud, resource)
        self.api(cloud).patch(self.address(resource.ref), {'domain': {'enabled': False}})

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        """Delete an empty domain."""
        self._require_empty(cloud, resource)
        super().delete(cloud, resource)

    def _require_empty(self, cloud: Cloud, resource: Resource) -> None:
        """Return when nothing is in a domain; Keystone would delete it without asking, projects with all they have.

        :raises Conflict: when something is.
        """
        for key in _CONTENTS:
            for record in self.api(cloud).pages(f'/{key}', key, {'domain_id': resource.id}):
                if record.get('domain_id') == resource.id:
                    raise Conflict(
                        409, f'{resource.ref} still has the {key[:-1]} {record.get("id")}; remove it first.'
                    )
