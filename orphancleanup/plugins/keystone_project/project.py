"""Projects, which Keystone deletes without asking what is left in them elsewhere."""

import dataclasses

from orphancleanup import records
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class Project(TableHandler):
    """A project; what has its id as project keeps it, of whatever kind it is.

    With it go its roles, its trusts and its credentials (keystone/resource/core.py, ``_post_delete_cleanup_project``),
    and nothing of other services. One with a project below it Keystone does not delete.
    """

    kind, service = 'keystone-project', identity.SERVICE
    path, key, past_end = '/projects', 'projects', True
    after = ('*',)
    resource_types = ('OS::Keystone::Project',)
    contains_projects = True
    selected_by = identity.MEANT
    # It is in itself, so that --project reaches it, and whatever guards the project guards it.
    project_field, tag_fields = 'id', ('tags',)
    value_fields = ('description', 'enabled', 'tags')
    parents = {'domain_id': 'keystone-domain'}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource(record)
        domain, above = records.first(record, 'domain_id'), records.first(record, 'parent_id')
        is_first = domain == identity.DEFAULT_DOMAIN and plain.name == identity.BOOTSTRAPPED
        return dataclasses.replace(
            plain,
            parents=(*plain.parents, *([Ref(self.kind, str(above))] if above and above != domain else [])),
            is_system=is_first or records.first(record, 'description') == identity.STACK_PROJECT,
            protection=identity.immutable(record),
        )
