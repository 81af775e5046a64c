"""Projects of Keystone, which deletes one without asking what is left in it elsewhere."""

import dataclasses

from orphancleanup import records
from orphancleanup.model import Ref, Resource
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class Project(TableHandler):
    """A project of Keystone; what has its id as project keeps it, of whatever kind it is."""

    kind = 'keystone-project'
    service = 'identity'
    path = '/projects'
    key = 'projects'
    after = ('*',)
    resource_types = ('OS::Keystone::Project',)
    contains_projects = True
    # A project is the room, and not what is in it: --everything does not mean it.
    selected_by = frozenset({'named', 'prefix', 'not-in-baseline'})
    # It is in itself, so that --project reaches it, and whatever guards the project guards it.
    project_field = 'id'
    parents = {'domain_id': 'keystone-domain'}

    def resource(self, record: Record) -> Resource:
        plain = super().resource(record)
        above = records.first(record, 'parent_id')
        is_nested = above and above != records.first(record, 'domain_id')
        return dataclasses.replace(
            plain,
            parents=(*plain.parents, *([Ref(self.kind, str(above))] if is_nested else [])),
            # Heat makes one for the users of a stack; it goes with the stack.
            is_system=records.first(record, 'description') == 'Heat stack user project',
            protection='it is immutable (clear that option first)'
            if records.first(record, 'options.immutable')
            else '',
        )
