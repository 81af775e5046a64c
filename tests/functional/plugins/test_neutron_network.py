"""The life of everything in Neutron as its handlers see it: what there is, how it goes, and what Neutron refuses."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from lab.inside.cloud import admin as connect
from lab.layout import Lab
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import BadRequest, Conflict, IncompleteListing
from orphancleanup.installed import registry
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.neutron_network import port_questions
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life
from tests.functional.plugins.neutron import Neutron
from tests.functional.sandbox import Sandbox
from tests.unit.plugins.crowd import gather

pytestmark = FUNCTIONAL
HANDLERS = registry.load()
KINDS = sorted(kind for kind in HANDLERS.order if kind.startswith('neutron-'))


@pytest.fixture(scope='module')
def admin(the_lab: Lab) -> Iterator[Any]:
    connection = connect(the_lab.clouds_yaml)
    yield connection.network
    connection.close()


@pytest.fixture
def neutron(project: Project, admin: Any) -> Iterator[Neutron]:
    neutron = Neutron(project, admin)
    yield neutron
    neutron.clear()


@pytest.fixture
def neighbour(sandbox: Sandbox) -> Project:
    return sandbox.project('neighbour')


def made(neutron: Neutron, kind: str) -> str:
    """Make one of a kind that nothing needs; return its id."""
    simple: dict[str, tuple[str, dict[str, Any]]] = {
        'neutron-network': ('/networks', {'name': 'net'}),
        'neutron-security-group': ('/security-groups', {'name': 'group'}),
        'neutron-subnetpool': ('/subnetpools', {'name': 'pool', 'prefixes': ['10.50.0.0/16']}),
        'neutron-address-scope': ('/address-scopes', {'name': 'scope', 'ip_version': 4}),
        'neutron-address-group': ('/address-groups', {'name': 'addresses', 'addresses': ['10.0.0.0/8']}),
        'neutron-qos-policy': ('/qos/policies', {'name': 'policy'}),
        'neutron-metering-label': ('/metering/metering-labels', {'name': 'label'}),
        'neutron-floatingip': ('/floatingips', {'floating_network_id': neutron.public}),
        'neutron-router': ('/routers', {'name': 'router'}),
    }
    if kind in simple:
        path, fields = simple[kind]
        return str(neutron.make(path, **fields)['id'])
    if kind == 'neutron-quota':
        neutron.put(f'/quotas/{neutron.id}', quota={'network': 7})
        return neutron.id
    network, subnet = neutron.network()
    if kind == 'neutron-subnet':
        return subnet
    if kind == 'neutron-segment':
        fields = {'network_type': 'vxlan', 'segmentation_id': 999}
        return str(neutron.make('/segments', network_id=network, **fields)['id'])
    if kind == 'neutron-rbac-policy':
        shared = {'object_type': 'network', 'object_id': network, 'action': 'access_as_shared'}
        return str(neutron.make('/rbac-policies', target_tenant=uuid.uuid4().hex, **shared)['id'])
    port = neutron.make('/ports', network_id=network, name='port')['id']
    return str(neutron.make('/trunks', port_id=port)['id'] if kind == 'neutron-trunk' else port)


def seen(cloud: RealCloud, kind: str, identifier: str) -> Resource:
    return life.found(HANDLERS.handler(kind), cloud, identifier)


def climb(cloud: RealCloud, resource: Resource, *names: str) -> None:
    """Take steps, and see the end."""
    handler = HANDLERS.handler(resource.kind)
    for name in names:
        life.climb(handler, cloud, resource, name)
    life.await_end(handler, cloud, resource)


@pytest.mark.parametrize('kind', KINDS)
def test_it_is_listed_looks_the_same_by_its_id_and_goes(
    cloud: RealCloud, neutron: Neutron, kind: str
) -> None:
    found = seen(cloud, kind, made(neutron, kind))
    assert found.project_id == ('' if kind == 'neutron-segment' else neutron.id)
    climb(cloud, found, 'delete')


@pytest.mark.parametrize('kind', KINDS)
def test_what_never_was_is_gone(cloud: RealCloud, kind: str) -> None:
    assert HANDLERS.handler(kind).look(cloud, Ref(kind, str(uuid.uuid4()))) is None


@pytest.mark.parametrize('kind', KINDS)
def test_to_a_member_nothing_is_listed_and_nothing_gone(member: RealCloud, kind: str) -> None:
    handler = HANDLERS.handler(kind)
    with pytest.raises(IncompleteListing, match='role admin'):
        list(handler.discover(member))
    with pytest.raises(IncompleteListing, match='role admin'):
        handler.look(member, Ref(kind, str(uuid.uuid4())))


def test_a_router_goes_with_its_routes_its_interfaces_and_its_gateway(
    cloud: RealCloud, neutron: Neutron
) -> None:
    _, subnet = neutron.network()
    router = neutron.router(subnet)
    route = {'destination': '192.168.9.0/24', 'nexthop': '10.20.0.77'}
    neutron.put(f'/routers/{router}', router={'routes': [route]})
    found = seen(cloud, 'neutron-router', router)
    assert found.alters == (Ref('neutron-subnet', subnet),)
    assert [step.name for step in HANDLERS.handler('neutron-router').ladder(found)] == [
        'clear-routes', 'remove-interfaces', 'delete',
    ]  # fmt: skip
    with pytest.raises(Conflict, match='required by one or more routes'):
        life.climb(HANDLERS.handler('neutron-router'), cloud, found, 'remove-interfaces')
    with pytest.raises(Conflict, match='ports still attached'):
        life.climb(HANDLERS.handler('neutron-router'), cloud, found, 'delete')
    climb(cloud, found, 'clear-routes', 'remove-interfaces', 'delete')
    assert neutron.own('/ports') == set()


def test_a_floating_ip_keeps_the_router_that_serves_it(cloud: RealCloud, neutron: Neutron) -> None:
    network, subnet = neutron.network()
    router = neutron.router(subnet)
    port = neutron.make('/ports', network_id=network)
    neutron.make('/floatingips', floating_network_id=neutron.public, port_id=port['id'])
    found = seen(cloud, 'neutron-router', router)
    handler = HANDLERS.handler('neutron-router')
    with pytest.raises(Conflict, match='required by one or more floating IPs'):
        life.climb(handler, cloud, found, 'remove-interfaces')
    assert any('neutron-floatingip:' in each.text for each in handler.evidence(cloud, found))  # type: ignore[attr-defined]


def test_a_floating_ip_goes_with_what_it_forwards(cloud: RealCloud, neutron: Neutron) -> None:
    network, subnet = neutron.network()
    neutron.router(subnet)
    port = neutron.make('/ports', network_id=network)
    address = neutron.make('/floatingips', floating_network_id=neutron.public)['id']
    forwarding = {
        'protocol': 'tcp',
        'external_port': 2222,
        'internal_port': 22,
        'internal_port_id': port['id'],
    }
    forwarding['internal_ip_address'] = port['fixed_ips'][0]['ip_address']
    path = f'/floatingips/{address}/port_forwardings'
    assert neutron.admin.post(path, json={'port_forwarding': forwarding}).status_code == 201
    assert neutron.admin.delete(f'/floatingips/{address}').status_code == 409
    found = seen(cloud, 'neutron-floatingip', address)
    assert found.alters == (Ref('neutron-port', port['id']),)
    climb(cloud, found, 'delete')


@pytest.mark.parametrize(
    'made_for', ['network:router_interface', 'network:router_gateway', 'network:floatingip']
)
def test_a_port_of_something_that_lives_is_not_deleted_by_itself(
    cloud: RealCloud, neutron: Neutron, made_for: str
) -> None:
    _, subnet = neutron.network()
    address = neutron.make('/floatingips', floating_network_id=neutron.public)['id']
    device = address if made_for == 'network:floatingip' else neutron.router(subnet)
    (port,) = neutron.all(f'/ports?device_owner={made_for}&device_id={device}')
    found = seen(cloud, 'neutron-port', port['id'])
    assert [owner.id for owner in found.owners] == [device]
    with pytest.raises(Conflict, match='cannot be deleted directly'):
        life.climb(HANDLERS.handler('neutron-port'), cloud, found, 'delete')


def test_a_port_is_kept_by_its_trunk_which_leaves_it_behind(cloud: RealCloud, neutron: Neutron) -> None:
    network, _ = neutron.network()
    parent, child = (neutron.make('/ports', network_id=network)['id'] for _ in range(2))
    subport = {'port_id': child, 'segmentation_type': 'vlan', 'segmentation_id': 7}
    trunk = seen(cloud, 'neutron-trunk', neutron.make('/trunks', port_id=parent, sub_ports=[subport])['id'])
    assert set(trunk.parents) == {Ref('neutron-port', parent), Ref('neutron-port', child)}
    handler = HANDLERS.handler('neutron-port')
    for identifier, sentence in ((parent, 'parent port for trunk'), (child, 'subport for trunk')):
        found = seen(cloud, 'neutron-port', identifier)
        with pytest.raises(Conflict, match=sentence):
            life.climb(handler, cloud, found, 'delete')
        assert [each.blocker for each in handler.evidence(cloud, found)] == [trunk.ref]  # type: ignore[attr-defined]
    climb(cloud, trunk, 'delete')
    assert {parent, child} <= neutron.own('/ports')


def test_a_network_in_use_is_refused_and_its_ports_are_named(cloud: RealCloud, neutron: Neutron) -> None:
    network, subnet = neutron.network()
    server = str(uuid.uuid4())
    port = neutron.make(
        '/ports', network_id=network, name='www', device_owner='compute:nova', device_id=server
    )
    for kind, identifier in (('neutron-network', network), ('neutron-subnet', subnet)):
        found, handler = seen(cloud, kind, identifier), HANDLERS.handler(kind)
        with pytest.raises(Conflict):
            life.climb(handler, cloud, found, 'delete')
        (told,) = handler.evidence(cloud, found)  # type: ignore[attr-defined]
        assert told.blocker == Ref('neutron-port', port['id'])
        assert f'(www) of project {neutron.id}, a part of nova-server:{server},' in told.text


def test_subnets_and_segments_go_with_their_network(cloud: RealCloud, neutron: Neutron) -> None:
    network, subnet = neutron.network()
    (segment,) = (each['id'] for each in neutron.all('/segments') if each['network_id'] == network)
    held = seen(cloud, 'neutron-subnet', subnet), seen(cloud, 'neutron-segment', segment)
    assert held[0].goes_with == held[1].owners == (Ref('neutron-network', network),)
    climb(cloud, seen(cloud, 'neutron-network', network), 'delete')
    for each in held:
        life.await_end(HANDLERS.handler(each.kind), cloud, each)


def test_a_network_of_two_segments_is_listed(cloud: RealCloud, neutron: Neutron) -> None:
    network, _ = neutron.network()
    neutron.make('/segments', network_id=network, network_type='vxlan', segmentation_id=998)
    assert 'provider:network_type' not in neutron.admin.get(f'/networks/{network}').json()['network']
    seen(cloud, 'neutron-network', network)


def test_a_policy_that_a_port_of_the_other_project_needs_is_refused_and_the_port_named(
    cloud: RealCloud, neutron: Neutron, neighbour: Project
) -> None:
    other = Neutron(neighbour, neutron.admin)
    network, _ = neutron.network()
    shared = {'object_type': 'network', 'object_id': network, 'action': 'access_as_shared'}
    policy = neutron.make('/rbac-policies', target_tenant=other.id, **shared)['id']
    port = other.make('/ports', network_id=network)['id']
    found, handler = seen(cloud, 'neutron-rbac-policy', policy), HANDLERS.handler('neutron-rbac-policy')
    with pytest.raises(Conflict):
        life.climb(handler, cloud, found, 'delete')
    (told,) = handler.evidence(cloud, found)  # type: ignore[attr-defined]
    assert told.blocker == Ref('neutron-port', port)
    other.clear()
    climb(cloud, found, 'delete')


def test_what_makes_a_network_external_is_a_part_of_it(cloud: RealCloud, neutron: Neutron) -> None:
    network = neutron.make('/networks', **{'router:external': True})['id']
    (policy,) = (each['id'] for each in neutron.all('/rbac-policies') if each['object_id'] == network)
    assert seen(cloud, 'neutron-rbac-policy', policy).owners == (Ref('neutron-network', network),)


def test_the_default_group_of_a_project_goes(cloud: RealCloud, neutron: Neutron) -> None:
    neutron.make('/security-groups', name='another')
    groups = [each for each in neutron.all('/security-groups') if each['project_id'] == neutron.id]
    (default,) = (each['id'] for each in groups if each['name'] == 'default')
    climb(cloud, seen(cloud, 'neutron-security-group', default), 'delete')


def test_listing_groups_makes_none_for_a_project_that_is_gone(cloud: RealCloud, neutron: Neutron) -> None:
    handler = HANDLERS.handler('neutron-security-group')
    before = {each.ref for each in handler.discover(cloud)}
    for each in before:
        handler.look(cloud, each)
    assert {each.ref for each in handler.discover(cloud)} == before


def test_rules_that_name_a_group_go_with_it(cloud: RealCloud, neutron: Neutron) -> None:
    named, naming = (neutron.make('/security-groups', name=name)['id'] for name in ('named', 'naming'))
    neutron.make(
        '/security-group-rules', security_group_id=naming, direction='ingress', remote_group_id=named
    )
    found = seen(cloud, 'neutron-security-group', named)
    assert found.alters == (Ref('neutron-security-group', naming),)
    climb(cloud, found, 'delete')
    rules = neutron.admin.get(f'/security-groups/{naming}').json()['security_group']['security_group_rules']
    assert all(each['remote_group_id'] is None for each in rules)


def used(neutron: Neutron, kind: str) -> tuple[str, str]:
    """Make one of a kind that something needs; return its id, and the kind that needs it."""
    identifier = made(neutron, kind)
    if kind == 'neutron-security-group':
        network, _ = neutron.network()
        neutron.make('/ports', network_id=network, security_groups=[identifier])
        return identifier, 'neutron-port'
    if kind == 'neutron-subnetpool':
        network = neutron.make('/networks')['id']
        neutron.make('/subnets', network_id=network, ip_version=4, subnetpool_id=identifier, prefixlen=24)
        return identifier, 'neutron-subnet'
    if kind == 'neutron-address-scope':
        neutron.make('/subnetpools', name='in', prefixes=['10.60.0.0/16'], address_scope_id=identifier)
        return identifier, 'neutron-subnetpool'
    if kind == 'neutron-address-group':
        group = neutron.make('/security-groups', name='names it')['id']
        rule = {'direction': 'ingress', 'remote_address_group_id': identifier}
        neutron.make('/security-group-rules', security_group_id=group, **rule)
        return identifier, 'neutron-security-group'
    neutron.make('/networks', qos_policy_id=identifier)
    return identifier, 'neutron-network'


@pytest.mark.parametrize(
    'kind',
    [
        'neutron-security-group',
        'neutron-subnetpool',
        'neutron-address-scope',
        'neutron-address-group',
        'neutron-qos-policy',
    ],
)
def test_what_something_needs_is_refused_and_that_is_named(
    cloud: RealCloud, neutron: Neutron, kind: str
) -> None:
    identifier, user = used(neutron, kind)
    found, handler = seen(cloud, kind, identifier), HANDLERS.handler(kind)
    with pytest.raises((Conflict, BadRequest)):
        life.climb(handler, cloud, found, 'delete')
    (told,) = handler.evidence(cloud, found)  # type: ignore[attr-defined]
    assert told.blocker.kind == user
    needing = HANDLERS.handler(user).look(cloud, told.blocker)
    assert needing is not None
    assert found.ref in needing.parents


def test_the_rules_of_a_metering_label_go_with_it(cloud: RealCloud, neutron: Neutron) -> None:
    label = made(neutron, 'neutron-metering-label')
    rule = {'metering_label_id': label, 'direction': 'ingress', 'remote_ip_prefix': '10.0.0.0/8'}
    neutron.make('/metering/metering-label-rules', **rule)
    climb(cloud, seen(cloud, 'neutron-metering-label', label), 'delete')
    assert not [
        each for each in neutron.all('/metering/metering-label-rules') if each['metering_label_id'] == label
    ]


def test_a_project_without_quotas_of_its_own_has_the_default_ones(cloud: RealCloud, neutron: Neutron) -> None:
    before = neutron.admin.get(f'/quotas/{neutron.id}').json()
    made(neutron, 'neutron-quota')
    climb(cloud, seen(cloud, 'neutron-quota', neutron.id), 'delete')
    assert neutron.admin.get(f'/quotas/{neutron.id}').json() == before


def test_a_highly_available_routers_own_network_is_a_systems(cloud: RealCloud, neutron: Neutron) -> None:
    answer = neutron.admin.post('/routers', json={'router': {'ha': True, 'project_id': neutron.id}})
    networks = [
        each for each in neutron.all('/networks') if each['name'] == f'HA network tenant {neutron.id}'
    ]
    if answer.status_code == 201:
        assert all(seen(cloud, 'neutron-network', each['id']).is_system for each in networks)
    assert answer.status_code == 201, answer.text


def test_neutron_answers_many_questions_about_ports_at_once(
    neutron: Neutron, cloud: RealCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is answered as if it had been asked alone; in whatever order the others are named."""
    networks = [neutron.network(f'10.{number}.0.0/24') for number in (31, 32, 33)]
    routers = [neutron.router(subnet) for _, subnet in networks]
    ports = [neutron.make('/ports', network_id=network)['id'] for network, _ in networks]

    def answers() -> list[Any]:
        return [
            *(sorted(each['id'] for each in port_questions.of_device(cloud, router)) for router in routers),
            *(
                sorted(each['id'] for each in port_questions.on_subnet(cloud, subnet))
                for _, subnet in networks
            ),
            *((port_questions.by_id(cloud, Ref('neutron-port', each)) or {})['id'] for each in ports),
            port_questions.by_id(cloud, Ref('neutron-port', str(uuid.uuid4()))),
        ]

    alone = answers()
    assert all(alone[:-1])
    assert alone[-1] is None
    sent = cloud.request_counts()['network GET']
    for others in (routers, [subnet for _, subnet in networks], ports):
        gather(monkeypatch, *others)
        assert answers() == alone
    # None needs a second question but the one about what is not there.
    assert cloud.request_counts()['network GET'] - sent == 3 * (len(alone) + 1)
