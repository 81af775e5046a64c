"""The kit's tests for networks, ports and security groups, and what is special about them."""

import pytest
from acme_orphancleanup.network import Network
from acme_orphancleanup.port import Port
from acme_orphancleanup.security_group import SecurityGroup

from orphancleanup import errors
from orphancleanup.handler import Handler
from orphancleanup.model import Part, Ref
from orphancleanup.testing import FakeCloud
from orphancleanup.testing.collection import Collection, CollectionOptions
from orphancleanup.testing.conformance import HandlerConformance, Seed


def neutron(cloud: FakeCloud, path: str) -> Collection:
    """Bring a collection of Neutron into a cloud; an administrator is shown those of all projects."""
    return cloud.collection('network', f'/{path}', path.replace('-', '_'), CollectionOptions(all_tenants=''))


def network(number: int, **fields: object) -> dict[str, object]:
    """Return the record of a network."""
    basic = {
        'id': f'net-{number}',
        'name': f'net {number}',
        'project_id': f'project-{number}',
        'status': 'ACTIVE',
    }
    return {
        **basic,
        'provider:network_type': 'vxlan',
        'subnets': [f'subnet-{number}'],
        'tags': ['blue'],
        **fields,
    }


def port(number: int, **fields: object) -> dict[str, object]:
    """Return the record of a port."""
    basic = {
        'id': f'port-{number}',
        'name': f'port {number}',
        'project_id': f'project-{number}',
        'status': 'DOWN',
    }
    more = {
        'network_id': 'net-0',
        'security_groups': ['group-0'],
        'device_owner': '',
        'device_id': '',
        'tags': [],
    }
    return {**basic, 'binding:host_id': '', **more, **fields}


def group(number: int) -> dict[str, object]:
    """Return the record of a security group."""
    return {'id': f'group-{number}', 'name': f'group {number}', 'project_id': f'project-{number}', 'tags': []}


def rule(number: int, of: str, names: str | None) -> dict[str, object]:
    """Return the record of a rule of a group, which names another group."""
    return {'id': f'rule-{number}', 'security_group_id': of, 'remote_group_id': names}


class TestNetwork(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Network()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            networks = neutron(cloud, 'networks')
            for number in range(count):
                networks.add(**network(number))

        return seed


class TestPort(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Port()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            ports = neutron(cloud, 'ports')
            for number in range(count):
                ports.add(**port(number))

        return seed


class TestSecurityGroup(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return SecurityGroup()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            groups = neutron(cloud, 'security-groups')
            rules = neutron(cloud, 'security-group-rules')
            for number in range(count):
                naming = rule(number, of=f'group-{number}', names=f'group-{(number + 1) % count}')
                groups.add(**group(number))
                rules.add(**naming)

        return seed


def test_the_subnets_of_a_network_go_with_it() -> None:
    assert Network().resource(network(1)).others == (Part('OS::Neutron::Subnet', 'subnet-1'),)


def test_a_network_of_nobody_is_the_services_own() -> None:
    assert Network().resource(network(1, project_id='')).is_system


@pytest.mark.parametrize(
    ('handler', 'record', 'field'),
    [(Network(), network(1), 'provider:network_type'), (Port(), port(1), 'binding:host_id')],
)
def test_what_only_a_member_of_a_project_is_shown_is_never_the_whole(
    handler: Network | Port, record: dict[str, object], field: str
) -> None:
    del record[field]
    with pytest.raises(errors.IncompleteListing, match=field):
        handler.resource(record)


def test_a_port_depends_on_its_network_and_its_groups() -> None:
    parents = Port().resource(port(1)).parents
    assert parents == (Ref('neutron-network', 'net-0'), Ref('neutron-security-group', 'group-0'))


@pytest.mark.parametrize(
    ('made_for', 'kind'),
    [
        ('compute:nova', 'nova-server'),
        ('network:router_interface', 'neutron-router'),
        ('network:ha_router_replicated_interface', 'neutron-router'),
        ('network:floatingip', 'neutron-floating-ip'),
        ('trunk:subport', 'neutron-trunk'),
        ('Octavia', 'octavia-load-balancer'),
    ],
)
def test_a_port_is_a_part_of_what_it_was_made_for(made_for: str, kind: str) -> None:
    found = Port().resource(port(1, device_owner=made_for, device_id='device'))
    assert (found.owners, found.protection) == ((Ref(kind, 'device'),), '')


def test_a_port_for_dhcp_goes_with_its_network() -> None:
    found = Port().resource(port(1, device_owner='network:dhcp', device_id='dhcp-agent'))
    assert (found.owners, found.parents) == ((Ref('neutron-network', 'net-0'),), ())


@pytest.mark.parametrize(('made_for', 'device'), [('unheard:of', 'device'), ('compute:nova', '')])
def test_a_port_that_was_made_for_nobody_knows_what_stays(made_for: str, device: str) -> None:
    found = Port().resource(port(1, device_owner=made_for, device_id=device))
    assert made_for in found.protection


def test_security_groups_are_never_asked_for_by_project() -> None:
    cloud = FakeCloud()
    neutron(cloud, 'security-groups').add(**group(1))
    neutron(cloud, 'security-group-rules')
    list(SecurityGroup().discover(cloud))
    SecurityGroup().look(cloud, Ref('neutron-security-group', 'group-1'))
    assert not any('project_id' in each.query or 'tenant_id' in each.query for each in cloud.requests)


def test_removing_a_group_changes_the_others_whose_rules_name_it() -> None:
    cloud = FakeCloud()
    groups, rules = neutron(cloud, 'security-groups'), neutron(cloud, 'security-group-rules')
    groups.add(**group(1))
    groups.add(**group(2))
    for number, (of, names) in enumerate([('group-1', 'group-1'), ('group-1', None), ('group-2', 'group-1')]):
        rules.add(**rule(number, of, names))
    found = {each.id: each.alters for each in SecurityGroup().discover(cloud)}
    assert found == {'group-1': (Ref('neutron-security-group', 'group-2'),), 'group-2': ()}
