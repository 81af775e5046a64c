"""Security groups of Neutron: listed once, unfiltered.

Asked for the groups of a project, Neutron makes the default group of that project if there is none, even of one that no
longer exists: a look at what deleted projects have left would make more of it (Neutron bug 1987410).
"""

from collections import defaultdict
from collections.abc import Iterable

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class SecurityGroup(TableHandler):
    """A security group of Neutron, the default group of a project included; rules of others that name it go with it."""

    kind = 'neutron-security-group'
    service = 'network'
    path = '/security-groups'
    key = 'security_groups'
    after = ('neutron-port',)
    resource_types = ('OS::Neutron::SecurityGroup',)
    tag_fields = ('tags',)
    alters = {'named_by': 'neutron-security-group'}

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        groups = {records.identifier(group, self.kind): group for group in found}
        query = {'remote_group_id': next(iter(groups))} if len(groups) == 1 else {}
        naming = defaultdict(set)
        for rule in self.api(cloud).pages('/security-group-rules', 'security_group_rules', query):
            naming[records.required(rule, 'remote_group_id', 'rule')].add(
                records.identifier(rule, 'rule', 'security_group_id')
            )
        return [{**group, 'named_by': sorted(naming[each] - {each})} for each, group in groups.items()]
