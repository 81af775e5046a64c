"""Users, with whom go their roles, credentials, trusts and memberships."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.model import Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class User(TableHandler):
    """A user goes after everything: services act in its name, and what it has made may need its trust until then.

    It is never disabled first: that alone is to delete its application credentials, for good
    (keystone/application_credential/core.py; release 30.0.0 has the listener, and nobody who calls it).
    """

    kind, service = 'keystone-user', identity.SERVICE
    path, key = '/users', 'users'
    after = ('*',)
    resource_types = ('OS::Keystone::User',)
    selected_by = identity.MEANT
    project_field, value_fields = '', ('enabled',)
    in_projects = False
    parents = {'domain_id': 'keystone-domain'}

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return identity.in_domains(cloud, identity.domains(cloud), self.path, self.key)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield users with the projects that they have a role in, and whether they are Heat's."""
        wanted = list(found)
        one = records.identifier(wanted[0], self.kind) if len(wanted) == 1 else ''
        projects: dict[str, list[str]] = defaultdict(list)
        for each in identity.assignments(cloud, {'user.id': one} if one else None):
            project = records.first(each, 'scope.project.id')
            if project:
                projects[str(records.first(each, 'user.id'))].append(str(project))
        homes = [identity.domain_of(cloud, each) for each in wanted if _may_be_heats(each)]
        domains = identity.stack_domains(cloud, homes)
        for record in wanted:
            name = records.identifier(record, self.kind)
            yield {**record, 'serves': projects[name], 'is_heats': record.get('domain_id') in domains}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource(record)
        is_first = (records.first(record, 'domain_id'), plain.name) == (
            identity.DEFAULT_DOMAIN,
            identity.BOOTSTRAPPED,
        )
        return dataclasses.replace(
            plain,
            is_system=is_first or record['is_heats'],
            serves=frozenset(record['serves']),
        )


def _may_be_heats(record: Record) -> bool:
    return record.get('domain_id') not in (None, '', identity.DEFAULT_DOMAIN)
