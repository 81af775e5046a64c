"""Subnets: one goes with its network, or by itself while the network stays."""

import dataclasses
from collections.abc import Iterable

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.plugins.neutron_network.port import Port
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

#: stands where the id of a pool does when the prefix comes from outside (neutron_lib/constants.py,
#: IPV6_PD_POOL_ID): it is no pool, and no missing one either
_DELEGATED = 'prefix_delegation'


class Subnet(TableHandler):
    """A subnet of Neutron."""

    kind, service = 'neutron-subnet', networking.SERVICE
    path, key = '/subnets', 'subnets'
    after = ('heat-stack', 'neutron-router', 'neutron-port')
    resource_types = ('OS::Neutron::Subnet', 'AWS::EC2::Subnet')
    tag_fields, filled = networking.TAGS, frozenset({'network_id'})
    value_fields = ('allocation_pools', 'dns_nameservers', 'enable_dhcp', 'gateway_ip', 'host_routes', 'tags')
    goes_with = {'network_id': 'neutron-network'}
    require_all = staticmethod(networking.require_administrator)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; what is nobody's belongs to the network of a highly available router."""
        plain = super().resource(record)
        pools = (
            Ref('neutron-subnetpool', each)
            for each in records.references(record, 'subnetpool_id', self.kind)
            if each != _DELEGATED
        )
        segments = networking.optional(record, 'segment_id', 'neutron-segment', self.kind)
        return dataclasses.replace(plain, parents=(*pools, *segments), is_system=not plain.project_id)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the ports with an address of the subnet, which Neutron's refusal does not name."""
        return networking.users(cloud, resource, Port(), {'fixed_ips': f'subnet_id={resource.id}'})
