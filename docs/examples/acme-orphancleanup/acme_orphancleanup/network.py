"""Networks of Neutron: the subnets of a network go with it."""

import dataclasses

from orphancleanup import records
from orphancleanup.model import Part, Resource
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class Network(TableHandler):
    """A network of Neutron, with its subnets."""

    kind = 'neutron-network'
    service = 'network'
    path = '/networks'
    key = 'networks'
    after = ('neutron-port',)
    resource_types = ('OS::Neutron::Net',)
    tag_fields = ('tags',)
    # Administrators only are shown this one: to anybody else a listing is not the whole.
    filled = frozenset({'provider:network_type'})

    def resource(self, record: Record) -> Resource:
        plain = super().resource(record)
        subnets = sorted(records.references(record, 'subnets', self.kind))
        return dataclasses.replace(
            plain,
            others=tuple(Part('OS::Neutron::Subnet', each) for each in subnets),
            # The network of a highly available router is nobody's, and goes with it.
            is_system=not plain.project_id,
        )
