"""What the kinds of Neutron tell of a record, and the pitfalls of each; facts from the lab and from Neutron's code."""

from collections.abc import Iterable

import pytest

from orphancleanup.errors import Conflict, IncompleteListing, NotFound
from orphancleanup.handler import Handler
from orphancleanup.model import Ref, Resource
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
from orphancleanup.testing import FakeCloud
from tests.unit.plugins.fake_networking import Networking
from tests.unit.plugins.networks import KINDS

EXTENSIONS: list[tuple[Handler, str, str]] = [
    (AddressGroup(), 'address_groups', 'address-group'),
    (AddressScope(), 'address_scopes', 'address-scope'),
    (FloatingIP(), 'floatingips', 'router'),
    (MeteringLabel(), 'metering_labels', 'metering'),
    (QosPolicy(), 'policies', 'qos'),
    (RbacPolicy(), 'rbac_policies', 'rbac-policies'),
    (Router(), 'routers', 'router'),
    (Segment(), 'segments', 'segment'),
    (Trunk(), 'trunks', 'trunk'),
]

DEVICE = '5f0c2a1e-9d3b-4c57-8e60-1b7f4a2d9c83'


@pytest.fixture
def neutron(cloud: FakeCloud) -> Networking:
    return Networking(cloud)


def only(found: Iterable[Resource]) -> Resource:
    (one,) = found
    return one


def refs(*texts: str) -> tuple[Ref, ...]:
    return tuple(map(Ref.parse, texts))


# Who may see what


@pytest.mark.parametrize('kind', KINDS, ids=lambda kind: kind.kind)
def test_a_listing_by_somebody_who_is_no_administrator_is_unread(
    cloud: FakeCloud, neutron: Networking, kind: type[Handler]
) -> None:
    neutron.lists_all = False
    with pytest.raises(IncompleteListing, match='role admin'):
        list(kind().discover(cloud))
    with pytest.raises(IncompleteListing, match='role admin'):
        kind().look(cloud, Ref(kind.kind, 'nothing'))


@pytest.mark.parametrize(('handler', 'key', 'alias'), EXTENSIONS)
def test_there_is_nothing_of_a_kind_whose_extension_neutron_does_not_name(
    cloud: FakeCloud, neutron: Networking, handler: Handler, key: str, alias: str
) -> None:
    cloud.fail(('network', 'GET', f'^{neutron.of[key].path}$'), NotFound(404, 'not found'), times=9)
    with pytest.raises(IncompleteListing):
        list(handler.discover(cloud))
    neutron.extensions.remove(alias)
    assert list(handler.discover(cloud)) == []


def test_a_path_that_is_not_found_says_nothing_when_the_extensions_cannot_be_read(
    cloud: FakeCloud, neutron: Networking
) -> None:
    neutron.extensions.clear()
    cloud.fail(('network', 'GET', '^/trunks$'), NotFound(404, 'not found'))
    with pytest.raises(IncompleteListing, match='no extension at all'):
        list(Trunk().discover(cloud))


# Ports


@pytest.mark.parametrize(
    ('made_for', 'owner'),
    [
        ('compute:nova', f'nova-server:{DEVICE}'),
        ('network:router_interface', f'neutron-router:{DEVICE}'),
        ('network:router_gateway', f'neutron-router:{DEVICE}'),
        ('network:router_interface_distributed', f'neutron-router:{DEVICE}'),
        ('network:router_centralized_snat', f'neutron-router:{DEVICE}'),
        ('network:ha_router_replicated_interface', f'neutron-router:{DEVICE}'),
        ('network:router_ha_interface', f'neutron-router:{DEVICE}'),
        ('network:floatingip', f'neutron-floatingip:{DEVICE}'),
        ('Octavia', f'octavia-load-balancer:{DEVICE}'),
    ],
)
def test_a_port_that_was_made_for_something_is_a_part_of_it_and_an_orphan_without_it(
    cloud: FakeCloud, neutron: Networking, made_for: str, owner: str
) -> None:
    device = f'lb-{DEVICE}' if made_for == 'Octavia' else DEVICE
    neutron.add('ports', device_owner=made_for, device_id=device)
    found = only(Port().discover(cloud))
    assert found.owners == refs(owner)
    assert set(refs(owner)) < set(found.parents)
    assert not found.protection


@pytest.mark.parametrize(
    'made_for', ['network:dhcp', 'network:distributed', 'network:floatingip_agent_gateway']
)
def test_a_port_that_neutron_deletes_with_the_network_hinders_nothing(
    cloud: FakeCloud, neutron: Networking, made_for: str
) -> None:
    neutron.add(
        'ports', device_owner=made_for, device_id='dhcp-1', fixed_ips=[{'subnet_id': 's', 'ip_address': 'a'}]
    )
    found = only(Port().discover(cloud))
    assert (found.owners, found.parents) == (refs('neutron-network:net-0'), ())


@pytest.mark.parametrize(
    'made_for',
    ['manila:share', 'compute:kuryr', 'Octavia', 'Octavia:health-mgr', 'baremetal:none', 'network:local_ip'],
)
def test_a_port_that_was_made_for_something_unknown_stays_and_is_no_orphan(
    cloud: FakeCloud, neutron: Networking, made_for: str
) -> None:
    neutron.add('ports', device_owner=made_for, device_id=DEVICE)
    found = only(Port().discover(cloud))
    assert (found.owners, found.parents) == ((), refs('neutron-network:net-0'))
    assert found.protection == f'it was made for {made_for!r}, of which nothing is known'


def test_a_port_of_a_device_whose_id_is_none_of_novas_stays(cloud: FakeCloud, neutron: Networking) -> None:
    neutron.add('ports', device_owner='compute:probe', device_id='node-1.example.org')
    found = only(Port().discover(cloud))
    assert (found.owners, found.parents) == ((), refs('neutron-network:net-0'))
    assert found.protection == "it was made for 'compute:probe', of which nothing is known"


def test_a_port_that_is_being_made_for_a_server_is_needed_by_it(
    cloud: FakeCloud, neutron: Networking
) -> None:
    neutron.add('ports', id='new', device_owner='', device_id=DEVICE)
    neutron.add('ports', id='free', device_owner='', device_id='mine')
    found = {each.id: each for each in Port().discover(cloud)}
    assert found['new'].blockers == refs(f'nova-server:{DEVICE}')
    assert (found['new'].owners, found['new'].protection) == ((), '')
    assert found['free'].blockers == ()


def test_a_virtual_address_changes_the_ports_that_share_it(cloud: FakeCloud, neutron: Networking) -> None:
    at = [{'subnet_id': 'subnet-0', 'ip_address': '10.0.0.5'}]
    neutron.add('ports', id='virtual', fixed_ips=at)
    neutron.add('ports', id='elsewhere', network_id='net-1', fixed_ips=at)
    pairs = [{'ip_address': '10.0.0.5/32'}]
    neutron.add('ports', id='node', device_owner='compute:nova', device_id='s', allowed_address_pairs=pairs)
    found = {each.id: each for each in Port().discover(cloud)}
    assert found['virtual'].alters == refs('neutron-port:node')
    assert found['elsewhere'].alters == ()
    assert Port().look(cloud, Ref('neutron-port', 'virtual')) == found['virtual']


# Trunks


def test_a_trunk_goes_before_its_ports_and_after_the_server_of_its_parent(
    cloud: FakeCloud, neutron: Networking
) -> None:
    neutron.add('ports', id='parent', device_owner='compute:nova', device_id='server-1')
    neutron.add('trunks', port_id='parent', sub_ports=[{'port_id': 'child'}])
    found = only(Trunk().discover(cloud))
    assert found.parents == refs('neutron-port:parent', 'neutron-port:child')
    assert found.blockers == refs('nova-server:server-1')


# Floating IPs


def test_a_floating_ip_with_port_forwardings_goes_with_them(cloud: FakeCloud, neutron: Networking) -> None:
    forwarded = [{'id': 'pf-1', 'internal_port_id': 'port-1'}, {'id': 'pf-2', 'internal_port_id': 'port-2'}]
    neutron.add('floatingips', id='address', port_forwardings=forwarded, router_id='router-1')
    found = only(FloatingIP().discover(cloud))
    assert found.alters == refs('neutron-port:port-1', 'neutron-port:port-2')
    with pytest.raises(Conflict):
        cloud.service('network').delete('/floatingips/address')
    (step,) = FloatingIP().ladder(found)
    step.run(cloud, found)
    assert not neutron.of['floatingips'].items


def test_a_neutron_that_forwards_nothing_tells_nothing_of_it(cloud: FakeCloud, neutron: Networking) -> None:
    del neutron.add('floatingips', port_id='port-1')['port_forwardings']
    assert only(FloatingIP().discover(cloud)).alters == refs('neutron-port:port-1')


# Routers


def joined(neutron: Networking, **fields: object) -> None:
    """Put a router in that joins a network."""
    neutron.add('routers', id='router', **fields)
    made_for = {'device_owner': 'network:router_interface', 'device_id': 'router'}
    neutron.add(
        'ports', id='interface', fixed_ips=[{'subnet_id': 'subnet-0', 'ip_address': '10.0.0.1'}], **made_for
    )


def test_a_router_changes_the_subnets_that_it_joins(cloud: FakeCloud, neutron: Networking) -> None:
    joined(neutron, external_gateway_info={'network_id': 'net-public'})
    found = only(Router().discover(cloud))
    assert found.alters == refs('neutron-subnet:subnet-0')
    assert found.parents == refs('neutron-network:net-public')
    assert Router().look(cloud, found.ref) == found


def test_a_router_has_steps_for_what_it_has_only(cloud: FakeCloud, neutron: Networking) -> None:
    neutron.add('routers', id='bare')
    assert [each.name for each in Router().ladder(only(Router().discover(cloud)))] == ['delete']


def test_static_routes_go_before_the_interfaces(cloud: FakeCloud, neutron: Networking) -> None:
    joined(neutron, routes=[{'destination': '10.1.0.0/16', 'nexthop': '10.0.0.9'}])
    found = only(Router().discover(cloud))
    routes, interfaces, delete = Router().ladder(found)
    assert [routes.name, interfaces.name, delete.name] == ['clear-routes', 'remove-interfaces', 'delete']
    for refused in (interfaces, delete):
        with pytest.raises(Conflict):
            refused.run(cloud, found)
    for step in (routes, interfaces, delete):
        step.run(cloud, found)
    assert not neutron.of['routers'].items
    assert not neutron.of['ports'].items


def test_a_floating_ip_keeps_the_routes_and_the_interfaces_of_its_router(
    cloud: FakeCloud, neutron: Networking
) -> None:
    joined(neutron, routes=[{'destination': '10.1.0.0/16', 'nexthop': '10.0.0.9'}])
    neutron.add('floatingips', id='address', router_id='router')
    found = only(Router().discover(cloud))
    for step in Router().ladder(found):
        with pytest.raises(Conflict):
            step.run(cloud, found)
    assert neutron.of['routers'].items['router']['routes']
    assert 'interface' in neutron.of['ports'].items
    assert only(FloatingIP().discover(cloud)).parents == refs(
        'neutron-network:net-public', 'neutron-router:router'
    )


def test_a_floating_ip_behind_one_of_its_interfaces_keeps_all_interfaces_of_a_router(
    cloud: FakeCloud, neutron: Networking
) -> None:
    joined(neutron)
    made_for = {'device_owner': 'network:router_interface', 'device_id': 'router'}
    neutron.add(
        'ports', id='second', fixed_ips=[{'subnet_id': 'subnet-1', 'ip_address': '10.1.0.1'}], **made_for
    )
    found = only(Router().discover(cloud))
    neutron.add('floatingips', id='address', router_id='router')
    # Neutron would let the interface go that no floating IP is behind.
    cloud.override(
        'network', 'PUT', '/routers/router/remove_router_interface', lambda *_: pytest.fail('asked')
    )
    with pytest.raises(Conflict, match='Floating IP address needs router router'):
        Router().ladder(found)[0].run(cloud, found)


def test_of_a_router_with_one_interface_neutron_itself_tells_whether_a_floating_ip_needs_it(
    cloud: FakeCloud, neutron: Networking
) -> None:
    joined(neutron)
    found = only(Router().discover(cloud))
    neutron.add('floatingips', id='address', router_id='router')
    cloud.requests.clear()
    with pytest.raises(Conflict, match='required by one or more floating IPs'):
        Router().ladder(found)[0].run(cloud, found)
    assert [each.method for each in cloud.requests] == ['GET', 'PUT']
    assert 'interface' in neutron.of['ports'].items


def test_a_router_that_joined_another_network_meanwhile_keeps_its_interfaces(
    cloud: FakeCloud, neutron: Networking
) -> None:
    joined(neutron)
    found = only(Router().discover(cloud))
    made_for = {'device_owner': 'network:router_interface', 'device_id': 'router'}
    neutron.add(
        'ports', id='new', fixed_ips=[{'subnet_id': 'subnet-1', 'ip_address': '10.1.0.1'}], **made_for
    )
    interfaces, _ = Router().ladder(found)
    with pytest.raises(Conflict, match='joins subnet subnet-1 by now'):
        interfaces.run(cloud, found)
    assert 'interface' in neutron.of['ports'].items


# Networks, subnets, segments


def test_what_neutron_keeps_for_highly_available_routers_is_a_systems(
    cloud: FakeCloud, neutron: Networking
) -> None:
    neutron.add('networks', name='HA network tenant 1', project_id='')
    neutron.add('subnets', name='HA subnet tenant 1', project_id='')
    assert only(Network().discover(cloud)).is_system
    assert only(Subnet().discover(cloud)).is_system


def test_a_network_of_many_segments_has_no_type_of_its_own(cloud: FakeCloud, neutron: Networking) -> None:
    network = neutron.add('networks', segments=[{'provider:network_type': 'vxlan'}])
    del network['provider:network_type']
    assert only(Network().discover(cloud)).id == network['id']
    del network['segments']
    with pytest.raises(IncompleteListing, match='network_type'):
        list(Network().discover(cloud))


def test_a_delegated_prefix_is_no_missing_pool(cloud: FakeCloud, neutron: Networking) -> None:
    neutron.add('subnets', id='delegated', subnetpool_id='prefix_delegation')
    neutron.add('subnets', id='pooled', subnetpool_id='pool-1', segment_id='segment-1')
    found = {each.id: each for each in Subnet().discover(cloud)}
    assert found['delegated'].parents == ()
    assert found['pooled'].parents == refs('neutron-subnetpool:pool-1', 'neutron-segment:segment-1')


def test_a_segment_is_a_part_of_its_network(cloud: FakeCloud, neutron: Networking) -> None:
    neutron.add('segments', network_id='net-0')
    assert only(Segment().discover(cloud)).owners == refs('neutron-network:net-0')


# Security groups


def test_security_groups_are_listed_once_and_of_no_project(cloud: FakeCloud, neutron: Networking) -> None:
    neutron.add('security_groups', name='default', project_id='dead-project')
    found = list(SecurityGroup().discover(cloud))
    assert [(each.name, each.project_id) for each in found] == [('default', 'dead-project')]
    asked = [each for each in cloud.requests if each.path == '/security-groups']
    assert [dict(each.query) for each in asked] == [{}]


def test_listing_security_groups_never_makes_our_own_default_group(
    cloud: FakeCloud, neutron: Networking
) -> None:
    """Neutron would, in a dry run, too: the list of groups does, and so does that of rules."""
    neutron.own_groups = 0
    group = neutron.add('security_groups', id='group', project_id='dead-project')
    with pytest.raises(IncompleteListing, match='openstack security group list'):
        list(SecurityGroup().discover(cloud))
    with pytest.raises(IncompleteListing, match='openstack security group list'):
        SecurityGroup().look(cloud, Ref('neutron-security-group', 'group'))
    assert list(neutron.of['security_groups'].items.values()) == [group]
    assert not [each for each in cloud.requests if each.path in ('/security-groups', '/security-group-rules')]
    neutron.extensions.remove('quota_details')
    assert list(SecurityGroup().discover(cloud))


def test_rules_that_name_a_group_go_with_it_and_their_groups_are_changed(
    cloud: FakeCloud, neutron: Networking
) -> None:
    naming = {'id': 'rule-1', 'security_group_id': 'other', 'remote_group_id': 'group'}
    neutron.add('security_groups', id='group')
    neutron.add('security_groups', id='other', security_group_rules=[naming])
    neutron.add('security_group_rules', **naming)
    found = {each.id: each for each in SecurityGroup().discover(cloud)}
    assert found['group'].alters == refs('neutron-security-group:other')
    assert SecurityGroup().look(cloud, Ref('neutron-security-group', 'group')) == found['group']


# What depends on what


def test_what_is_used_goes_after_what_uses_it(cloud: FakeCloud, neutron: Networking) -> None:
    rule = {
        'id': 'r',
        'security_group_id': 'g',
        'remote_group_id': None,
        'remote_address_group_id': 'addresses',
    }
    neutron.add('security_groups', id='g', security_group_rules=[rule])
    neutron.add('subnetpools', address_scope_id='scope')
    for key in ('networks', 'ports', 'floatingips'):
        neutron.add(key, qos_policy_id='policy')
    neutron.add('routers', external_gateway_info={'network_id': 'public', 'qos_policy_id': 'policy'})
    assert only(SecurityGroup().discover(cloud)).parents == refs('neutron-address-group:addresses')
    assert only(SubnetPool().discover(cloud)).parents == refs('neutron-address-scope:scope')
    for handler in (Network(), Port(), FloatingIP(), Router()):
        assert refs('neutron-qos-policy:policy')[0] in only(handler.discover(cloud)).parents


def test_a_policy_for_everybody_is_a_part_of_what_it_shares(cloud: FakeCloud, neutron: Networking) -> None:
    neutron.add('rbac_policies', id='all', target_tenant='*', object_type='qos_policy', object_id='policy')
    found = only(RbacPolicy().discover(cloud))
    assert (found.owners, found.goes_with, found.parents) == (refs('neutron-qos-policy:policy'), (), ())


def test_a_policy_for_a_project_goes_with_what_it_shares_and_depends_on_the_project(
    cloud: FakeCloud, neutron: Networking
) -> None:
    neutron.add('rbac_policies', target_tenant='project-9', object_type='bgpvpn', object_id='vpn')
    found = only(RbacPolicy().discover(cloud))
    assert (found.owners, found.goes_with) == ((), refs('neutron-bgpvpn:vpn'))
    assert found.parents == refs('keystone-project:project-9')


def test_quotas_are_those_of_projects_that_have_their_own(cloud: FakeCloud, neutron: Networking) -> None:
    quota = neutron.add('quotas', id='project-7', project_id='project-7')
    found = only(Quota().discover(cloud))
    assert (found.id, found.project_id) == ('project-7', 'project-7')
    neutron.of['quotas'].remove(quota['id'])
    assert Quota().look(cloud, found.ref) is None


def test_a_port_that_was_made_for_something_without_an_id_stays(
    cloud: FakeCloud, neutron: Networking
) -> None:
    neutron.add('ports', device_owner='compute:nova', device_id='')
    found = only(Port().discover(cloud))
    assert (found.owners, found.parents) == ((), refs('neutron-network:net-0'))
    assert found.protection == "it was made for 'compute:nova', of which nothing is known"


def test_a_port_of_a_trunk_is_a_port_like_any_other(cloud: FakeCloud, neutron: Networking) -> None:
    neutron.add('ports', device_owner='trunk:subport', device_id='trunk-1')
    found = only(Port().discover(cloud))
    assert (found.owners, found.protection) == ((), '')
