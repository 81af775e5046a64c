"""Every kind of Neutron keeps the contract of a handler."""

from typing import ClassVar

import pytest

from orphancleanup.handler import Handler
from orphancleanup.model import Resource
from orphancleanup.plugins.neutron_network.address import AddressGroup, AddressScope, SubnetPool
from orphancleanup.plugins.neutron_network.floatingip import FloatingIP
from orphancleanup.plugins.neutron_network.metering import MeteringLabel
from orphancleanup.plugins.neutron_network.network import Network
from orphancleanup.plugins.neutron_network.policy import QosPolicy, RbacPolicy
from orphancleanup.plugins.neutron_network.port import Port
from orphancleanup.plugins.neutron_network.quota import Quota
from orphancleanup.plugins.neutron_network.router import Router
from orphancleanup.plugins.neutron_network.security_group import SecurityGroup
from orphancleanup.plugins.neutron_network.segment import Segment
from orphancleanup.plugins.neutron_network.subnet import Subnet
from orphancleanup.plugins.neutron_network.trunk import Trunk
from orphancleanup.testing import FakeCloud, Request
from orphancleanup.testing.collection import Item
from orphancleanup.testing.conformance import HandlerConformance, Seed, Subject
from tests.unit.plugins.fake_networking import Networking


class _Conformance(HandlerConformance):
    """What the kinds have in common."""

    kind: ClassVar[type[Handler]]
    key: ClassVar[str]

    @pytest.fixture
    def handler(self) -> Handler:
        return self.kind()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            neutron = Networking(cloud)
            for number in range(count):
                self.put(neutron, number)

        return seed

    def put(self, neutron: Networking, number: int) -> None:
        """Put one of the kind in, with what belongs to it."""
        neutron.add(self.key, **self.fields(number))

    def fields(self, number: int) -> Item:
        """Return what is special about one; the first is as poor as it can be."""
        return {'id': f'one-{number}', 'name': f'one {number}', 'project_id': f'project-{number}'}


class TestFloatingIP(_Conformance):
    kind, key = FloatingIP, 'floatingips'

    def fields(self, number: int) -> Item:
        forwarded = [{'id': f'pf-{number}', 'internal_port_id': f'port-{number}'}]
        more = {'floating_ip_address': f'172.24.0.{number}', 'router_id': f'router-{number}'}
        return {**super().fields(number), **more, 'port_forwardings': forwarded}


class TestRouter(_Conformance):
    kind, key = Router, 'routers'

    def put(self, neutron: Networking, number: int) -> None:
        super().put(neutron, number)
        at = {'device_id': f'one-{number}', 'device_owner': 'network:router_interface'}
        neutron.add('ports', id=f'if-{number}', fixed_ips=[{'subnet_id': f'subnet-{number}'}], **at)

    def fields(self, number: int) -> Item:
        routes = [{'destination': '10.1.0.0/16', 'nexthop': '10.0.0.9'}]
        return {
            **super().fields(number),
            'routes': routes,
            'external_gateway_info': {'network_id': 'net-public'},
        }

    def is_plain(self, request: Request, resource: Resource) -> bool:
        """Whoever may delete a router may clear its routes and take its interfaces out."""
        return request.method in ('PUT', 'DELETE')

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        addresses = cloud.collection('network', '/floatingips', 'floatingips')
        addresses.add(id='burden', router_id=resource.id, project_id='project-0')

    may_touch: ClassVar = {'remove-interfaces': ('/ports',)}


class TestPort(_Conformance):
    kind, key = Port, 'ports'

    def fields(self, number: int) -> Item:
        addresses = [{'subnet_id': f'subnet-{number}', 'ip_address': f'10.0.0.{number}'}]
        pairs = [{'ip_address': '10.0.0.0'}] if number else []
        more = {'fixed_ips': addresses, 'allowed_address_pairs': pairs, 'security_groups': ['group-0']}
        return {**super().fields(number), **more}

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        trunks = cloud.collection('network', '/trunks', 'trunks')
        trunks.add(id='burden', port_id=resource.id, sub_ports=[], project_id='project-0')


class TestTrunk(_Conformance):
    kind, key = Trunk, 'trunks'

    def put(self, neutron: Networking, number: int) -> None:
        super().put(neutron, number)
        neutron.add('ports', id=f'parent-{number}')

    def fields(self, number: int) -> Item:
        return {
            **super().fields(number),
            'port_id': f'parent-{number}',
            'sub_ports': [{'port_id': f'sub-{number}'}],
        }


class TestSubnet(_Conformance):
    kind, key = Subnet, 'subnets'

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        ports = cloud.collection('network', '/ports', 'ports')
        taken = {'device_owner': '', 'fixed_ips': [{'subnet_id': resource.id}], 'project_id': 'project-0'}
        ports.add(id='burden', **taken)


class TestNetwork(_Conformance):
    kind, key = Network, 'networks'

    def fields(self, number: int) -> Item:
        return {**super().fields(number), 'subnets': [f'subnet-{number}']}

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        ports = cloud.collection('network', '/ports', 'ports')
        ports.add(id='burden', network_id=resource.id, device_owner='', project_id='project-0')


class TestSecurityGroup(_Conformance):
    kind, key = SecurityGroup, 'security_groups'

    def fields(self, number: int) -> Item:
        rule = {
            'id': f'rule-{number}',
            'security_group_id': f'one-{number}',
            'remote_group_id': f'one-{number}',
        }
        return {**super().fields(number), 'security_group_rules': [rule]}

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        cloud.collection('network', '/ports', 'ports').add(id='burden', security_groups=[resource.id])


class TestSubnetPool(_Conformance):
    kind, key = SubnetPool, 'subnetpools'

    def fields(self, number: int) -> Item:
        return {**super().fields(number), 'address_scope_id': f'scope-{number}'}

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        cloud.collection('network', '/subnets', 'subnets').add(id='burden', subnetpool_id=resource.id)


class TestAddressScope(_Conformance):
    kind, key = AddressScope, 'address_scopes'


class TestAddressGroup(_Conformance):
    kind, key = AddressGroup, 'address_groups'


class TestQosPolicy(_Conformance):
    kind, key = QosPolicy, 'policies'


class TestRbacPolicy(_Conformance):
    kind, key = RbacPolicy, 'rbac_policies'


class TestMeteringLabel(_Conformance):
    kind, key = MeteringLabel, 'metering_labels'


class TestSegment(_Conformance):
    kind, key = Segment, 'segments'
    is_global = True

    def fields(self, number: int) -> Item:
        return {'id': f'one-{number}', 'name': f'one {number}', 'network_id': f'net-{number}'}


class TestQuota(_Conformance):
    """Quotas have no id but that of their project, and Neutron shows some for whatever id it is asked for."""

    kind, key = Quota, 'quotas'

    def fields(self, number: int) -> Item:
        return {'id': f'one-{number}', 'name': '', 'project_id': f'one-{number}'}

    # Another project's are other quotas.
    deciding_fields = frozenset({'project_id'})

    def test_a_record_without_its_id_is_refused(self, subject: Subject) -> None:
        self.test_a_record_without_its_owner_is_refused(subject)

    def test_whoever_owns_it_it_is_listed(self, subject: Subject) -> None:
        assert {each.project_id for each in subject.discover(subject.cloud())} == {'one-0', 'one-1', 'one-2'}
