"""Networks: their subnets, segments and DHCP ports go with them."""

import dataclasses
from collections.abc import Iterable

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.model import Evidence, Resource
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.plugins.neutron_network.port import Port
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class Network(TableHandler):
    """A network waits for every port on it, whosever it is; those that stay keep it."""

    kind, service = 'neutron-network', networking.SERVICE
    path, key = '/networks', 'networks'
    after = ('heat-stack', 'neutron-floatingip', 'neutron-router', 'neutron-port', 'neutron-subnet')
    resource_types = ('OS::Neutron::Net', 'OS::Neutron::ProviderNet', 'AWS::EC2::VPC')
    tag_fields = networking.TAGS
    value_fields = ('admin_state_up', 'mtu', 'port_security_enabled', 'router:external', 'shared', 'tags')
    # They say themselves that they go with it; this shows that one came after the plan was made.
    alters = {'subnets': 'neutron-subnet'}
    require_all = staticmethod(networking.require_administrator)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        """Return networks with the projects that they are shared with, or external to."""
        return networking.shared_with(self, cloud, found, 'network')

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`.

        The network of a highly available router ("HA network tenant ...") is nobody's, and goes with the last of them.
        """
        plain = super().resource(record)
        # Administrators only are shown these: to anybody else a listing is not the whole.
        if 'segments' not in record:
            records.present(record, 'provider:network_type', self.kind)
        policies = networking.qos_policy(record, self.kind)
        is_for_all = bool(records.present(record, 'shared', self.kind) or record.get('router:external'))
        found = dataclasses.replace(plain, parents=policies, is_system=not plain.project_id)
        return networking.shares(found, record, is_for_all)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the ports on the network that do not go with it."""
        # Those that go with it do not depend on it.
        for port in networking.read(cloud, Port(), {'network_id': resource.id}):
            if resource.ref in port.parents:
                yield networking.blocker(port)
