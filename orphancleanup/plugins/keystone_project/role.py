"""Roles, with which everybody loses them who has them."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

#: ``keystone-manage bootstrap`` makes these
BOOTSTRAPPED = frozenset({'admin', 'manager', 'member', 'reader', 'service'})
_HOLDERS = {'user': 'keystone-user', 'group': 'keystone-group'}


class Role(TableHandler):
    """A role of the cloud or of one domain; whoever has it and stays keeps it, unless it is named."""

    kind, service = 'keystone-role', identity.SERVICE
    path, key = '/roles', 'roles'
    after = ('keystone-group', 'keystone-project', 'keystone-user')
    resource_types = ('OS::Keystone::Role',)
    selected_by = identity.MEANT
    project_field = ''
    in_projects, keeps_nothing = False, True
    parents = {'domain_id': 'keystone-domain'}

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`; Keystone shows the roles of a domain only when it is asked for them."""
        yield from super().listing(cloud, query)
        within = identity.domains(cloud)
        yield from identity.in_domains(cloud, within, self.path, self.key, past_end=False)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield roles with the users and the groups that have them."""
        wanted = {records.identifier(each, self.kind): each for each in found}
        one = next(iter(wanted)) if len(wanted) == 1 else ''
        holders: dict[str, set[Ref]] = defaultdict(set)
        for each in identity.assignments(cloud, {'role.id': one} if one else None):
            for field, kind in _HOLDERS.items():
                if field in each:
                    holder = records.identifier(each[field], 'keystone-role-assignment')
                    holders[str(records.first(each, 'role.id'))].add(Ref(kind, holder))
        for name, record in wanted.items():
            yield {**record, 'holders': tuple(sorted(holders[name]))}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource(record)
        is_first = plain.name in BOOTSTRAPPED and not records.first(record, 'domain_id')
        protection = identity.immutable(record)
        holders = () if is_first or protection else record['holders']
        return dataclasses.replace(plain, is_system=is_first, protection=protection, alters=holders)
