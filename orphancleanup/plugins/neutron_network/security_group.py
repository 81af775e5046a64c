"""Security groups: listed once, unfiltered.

Asked for the groups of a project, Neutron makes the default group of that project if there is none, even of one that no
longer exists: a look at what deleted projects have left would make more of it (Neutron bug 1987410). Asked for all
groups, it makes that of the caller's own project (neutron/db/securitygroups_db.py, ``get_security_groups``).
"""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import IncompleteListing, NotFound
from orphancleanup.model import Evidence, Resource
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.plugins.neutron_network.port import Port
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

_RULES = 'security_group_rules'
#: what a rule is about, in the order in which people say it
_ALLOWED = (
    'direction', 'ethertype', 'protocol', 'port_range_min', 'port_range_max', 'remote_ip_prefix', 'remote_group_id',
    'remote_address_group_id',
)  # fmt: skip


class SecurityGroup(TableHandler):
    """A security group, the default one of a project included, which an administrator may delete.

    Rules of other groups that name it go with it: those groups are changed.
    """

    kind, service = 'neutron-security-group', networking.SERVICE
    path, key = '/security-groups', 'security_groups'
    after = ('heat-stack', 'nova-server', 'neutron-port')
    resource_types = ('OS::Neutron::SecurityGroup', 'AWS::EC2::SecurityGroup')
    tag_fields = networking.TAGS
    alters = {'named_by': 'neutron-security-group'}

    require_all = staticmethod(networking.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`; only where it makes nothing."""
        require_own_default(cloud)
        yield from super().listing(cloud, query)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        """Return groups with the other groups whose rules name them, and the projects that they are shared with."""
        shared = networking.shared_with(self, cloud, found, 'security_group')
        groups = {records.identifier(group, self.kind): group for group in shared}
        naming = defaultdict(set)
        for rule in self._rules(cloud, groups):
            naming[records.required(rule, 'remote_group_id', 'rule')].add(
                records.identifier(rule, 'rule', 'security_group_id')
            )
        return [{**group, 'named_by': sorted(naming[each] - {each})} for each, group in groups.items()]

    def _rules(self, cloud: Cloud, groups: Mapping[str, Record]) -> Iterator[Record]:
        """Yield the rules that may name one of some groups: of all groups those that are in them, of one all others."""
        if len(groups) == 1:
            # This makes the default group of our own project, too.
            require_own_default(cloud)
            query = {'remote_group_id': next(iter(groups))}
            yield from self.api(cloud).pages('/security-group-rules', _RULES, query)
        else:
            for group in groups.values():
                yield from _rules_in(group)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; the address groups that its rules name cannot go before it."""
        named = (
            networking.optional(rule, 'remote_address_group_id', 'neutron-address-group', self.kind)
            for rule in _rules_in(record)
        )
        groups = dict.fromkeys(each for refs in named for each in refs)
        values = {'rules': sorted(_in_words(rule) for rule in _rules_in(record))}
        plain = dataclasses.replace(super().resource(record), parents=tuple(groups), values=values)
        return networking.shares(plain, record, bool(record.get('shared')))

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the ports in the group, which Neutron's refusal does not name."""
        return networking.users(cloud, resource, Port(), {'security_groups': resource.id})


def _in_words(rule: Record) -> str:
    """Return what a rule allows: the same whoever makes it again."""
    words = [str(rule[name]) for name in _ALLOWED if rule.get(name) is not None]
    return ' '.join(words)


def _rules_in(group: Record) -> list[Record]:
    records.members(group, f'{_RULES}.id', SecurityGroup.kind)
    return records.members(group, _RULES, SecurityGroup.kind)


def require_own_default(cloud: Cloud) -> None:
    """Return when a listing makes nothing: our own project has a group, and so its default one, which comes first.

    Without details of quotas there is no telling, and a Neutron without them is another one that does not do this.

    :raises IncompleteListing: when it would.
    """
    cloud.once('our project has its default security group', lambda: _require_own_default(cloud))


def _require_own_default(cloud: Cloud) -> None:
    try:
        document = cloud.service(networking.SERVICE).get(
            f'/quotas/{records.segment(cloud.project_id)}/details'
        )
    except NotFound as error:
        if networking.has_extension(cloud, 'quota_details'):
            raise IncompleteListing(
                f'Whether our project has a security group could not be told: {error}'
            ) from error
        return
    found = records.one(document, 'quota', f'the quotas of {cloud.project_id}')
    if not records.first(found, 'security_group.used'):
        raise IncompleteListing(
            f'Neutron would make the default security group of the project {cloud.project_id}, from which we ask, by '
            f'listing all groups, and looking must change nothing; make it (openstack security group list), and run '
            f'again.'
        )
