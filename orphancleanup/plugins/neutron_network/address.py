"""Where addresses come from and what groups them: subnet pools, address scopes, address groups."""

from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.model import Evidence, Resource
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.plugins.neutron_network.security_group import SecurityGroup
from orphancleanup.plugins.neutron_network.subnet import Subnet
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class SubnetPool(TableHandler):
    """A pool of prefixes, which goes after the subnets out of it."""

    kind, service = 'neutron-subnetpool', networking.SERVICE
    path, key = '/subnetpools', 'subnetpools'
    after = ('heat-stack', 'neutron-subnet')
    resource_types = ('OS::Neutron::SubnetPool',)
    tag_fields = networking.TAGS
    parents = {'address_scope_id': 'neutron-address-scope'}
    require_all = staticmethod(networking.require_administrator)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        """Return pools with the projects that they are shared with."""
        return networking.shared_with(self, cloud, found, 'subnetpool')

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; the default pool is that of everybody who names none."""
        is_for_all = bool(records.present(record, 'shared', self.kind) or record.get('is_default'))
        return networking.shares(super().resource(record), record, is_for_all)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the subnets out of the pool."""
        return networking.users(cloud, resource, Subnet(), {'subnetpool_id': resource.id})


class AddressScope(TableHandler):
    """A scope, which goes after the pools in it."""

    kind, service = 'neutron-address-scope', networking.SERVICE
    path, key = '/address-scopes', 'address_scopes'
    after = ('heat-stack', 'neutron-subnetpool')
    resource_types = ('OS::Neutron::AddressScope',)
    require_all = staticmethod(networking.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return networking.of_extension(cloud, 'address-scope', super().listing(cloud, query))

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        """Return scopes with the projects that they are shared with."""
        return networking.shared_with(self, cloud, found, 'address_scope')

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        is_for_all = bool(records.present(record, 'shared', self.kind))
        return networking.shares(super().resource(record), record, is_for_all)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the pools in the scope."""
        return networking.users(cloud, resource, SubnetPool(), {'address_scope_id': resource.id})


class AddressGroup(TableHandler):
    """A group of addresses, which goes after the security groups whose rules name it."""

    kind, service = 'neutron-address-group', networking.SERVICE
    path, key = '/address-groups', 'address_groups'
    after = ('heat-stack', 'neutron-security-group')
    require_all = staticmethod(networking.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return networking.of_extension(cloud, 'address-group', super().listing(cloud, query))

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        """Return groups with the projects that they are shared with."""
        return networking.shared_with(self, cloud, found, 'address_group')

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        return networking.shares(super().resource(record), record, bool(record.get('shared')))

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the security groups whose rules name the group."""
        return networking.users(cloud, resource, SecurityGroup(), {})
