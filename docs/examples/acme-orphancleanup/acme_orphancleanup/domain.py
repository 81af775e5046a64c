"""Domains of Keystone, which deletes one with its projects, users and groups, once it is disabled."""

import dataclasses
from collections.abc import Iterable, Sequence

from orphancleanup import errors, records
from orphancleanup.api import Cloud
from orphancleanup.ladder import Step
from orphancleanup.model import Part, Resource
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class Domain(TableHandler):
    """A domain of Keystone, with its users and groups."""

    kind = 'keystone-domain'
    service = 'identity'
    path = '/domains'
    key = 'domains'
    after = ('keystone-project',)
    resource_types = ('OS::Keystone::Domain',)
    selected_by = frozenset({'named', 'prefix', 'not-in-baseline'})
    project_field = ''
    tag_fields = ('tags',)

    def parts(self, cloud: Cloud, resource: Resource) -> Iterable[Part]:
        for key, resource_type in (('users', 'OS::Keystone::User'), ('groups', 'OS::Keystone::Group')):
            for record in self.api(cloud).pages(f'/{key}', key, {'domain_id': resource.id}):
                yield Part(resource_type, records.identifier(record, key))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        delete = Step('delete', self.delete)
        is_enabled = resource.details['enabled']
        return (Step('disable', self.disable, removes=False), delete) if is_enabled else (delete,)

    def disable(self, cloud: Cloud, resource: Resource) -> None:
        self.refuse_projects(cloud, resource)
        self.api(cloud).patch(self.address(resource.ref), {'domain': {'enabled': False}})

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        self.refuse_projects(cloud, resource)
        super().delete(cloud, resource)

    def refuse_projects(self, cloud: Cloud, resource: Resource) -> None:
        # Keystone would take them along, with everything that is in them.
        for project in self.api(cloud).pages('/projects', 'projects', {'domain_id': resource.id}):
            if project.get('domain_id') == resource.id:
                raise errors.Conflict(
                    409, f'The domain {resource.id} still has the project {project.get("id")}.'
                )

    def resource(self, record: Record) -> Resource:
        plain = super().resource(record)
        return dataclasses.replace(
            plain,
            is_system=plain.id == 'default',
            protection='it is immutable (clear that option first)'
            if records.first(record, 'options.immutable')
            else '',
            details={'enabled': bool(records.present(record, 'enabled', self.kind))},
        )
