"""Groups of users."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.model import Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.records import Record, segment
from orphancleanup.table import TableHandler


class Group(TableHandler):
    """A group; with it its members lose the roles that they have by it, so that our own account's groups stay."""

    kind, service = 'keystone-group', identity.SERVICE
    path, key = '/groups', 'groups'
    after = ('keystone-user',)
    resource_types = ('OS::Keystone::Group',)
    selected_by = identity.MEANT
    project_field = ''
    in_projects = False
    parents = {'domain_id': 'keystone-domain'}

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return identity.in_domains(cloud, identity.domains(cloud), self.path, self.key)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield groups with whether the account that runs the cleanup is in them, and where they have roles."""
        mine = {
            records.identifier(each, self.kind)
            for each in self.api(cloud).pages(
                f'/users/{segment(cloud.user_id)}/groups', 'groups', past_end=True
            )
        }
        wanted = list(found)
        one = records.identifier(wanted[0], self.kind) if len(wanted) == 1 else ''
        projects: dict[str, set[str]] = defaultdict(set)
        for each in identity.assignments(cloud, {'group.id': one} if one else None):
            project = records.first(each, 'scope.project.id')
            if project and 'group' in each:
                projects[records.identifier(each['group'], self.kind)].add(str(project))
        for record in wanted:
            name = records.identifier(record, self.kind)
            yield {**record, 'is_own': name in mine, 'serves': projects[name]}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource(record)
        return dataclasses.replace(
            plain, serves=frozenset(record['serves']), protection=identity.OWN if record['is_own'] else ''
        )
