"""Runs over a cloud with all kinds of Neutron: what goes, what stays, in which order, and what a refusal names."""

import math
import uuid
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.errors import Conflict
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.outcome import Result
from orphancleanup.storing.run_folder import RunFolder
from tests.unit.plugins.networks import EVERYTHING, ORPHANS, World, everything_of, named

DEAD = 'dead-project'
DEVICE = '5f0c2a1e-9d3b-4c57-8e60-1b7f4a2d9c83'


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def fill(world: World, project: str) -> None:
    """Put one of all in a project, all of it in use."""
    at = {'project_id': project}
    on = {'network_id': 'net', **at}
    world.add('networks', id='public', subnets=[], project_id='project-admin')
    world.add('address_scopes', id='scope', **at)
    world.add('subnetpools', id='pool', address_scope_id='scope', **at)
    world.add('policies', id='policy', **at)
    world.add('address_groups', id='addresses', **at)
    rule = {
        'id': 'rule',
        'security_group_id': 'group',
        'remote_group_id': None,
        'remote_address_group_id': 'addresses',
    }
    world.add('security_groups', id='group', security_group_rules=[rule], **at)
    world.add('security_groups', id='default', name='default', **at)
    world.add('networks', id='net', subnets=['subnet'], qos_policy_id='policy', **at)
    world.add('segments', id='segment', network_id='net')
    world.add('subnets', id='subnet', subnetpool_id='pool', **on)
    routes = [{'destination': '10.1.0.0/16', 'nexthop': '10.0.0.9'}]
    world.add('routers', id='router', routes=routes, external_gateway_info={'network_id': 'public'}, **at)
    made_for = {'device_owner': 'network:router_interface', 'device_id': 'router'}
    world.add(
        'ports',
        id='interface',
        fixed_ips=[{'subnet_id': 'subnet', 'ip_address': '10.0.0.1'}],
        **made_for,
        **on,
    )
    address = [{'subnet_id': 'subnet', 'ip_address': '10.0.0.4'}]
    world.add('ports', id='port', fixed_ips=address, security_groups=['group'], **on)
    world.add('ports', id='child', device_owner='trunk:subport', device_id='trunk', **on)
    world.add('trunks', id='trunk', port_id='port', sub_ports=[{'port_id': 'child'}], **at)
    world.add('ports', id='dhcp', device_owner='network:dhcp', device_id='dhcp-host', **on)
    forwarded = [{'id': 'pf', 'internal_port_id': 'port'}]
    world.add(
        'floatingips',
        id='address',
        floating_network_id='public',
        router_id='router',
        port_forwardings=forwarded,
        **at,
    )
    world.add('rbac_policies', id='rbac', object_id='net', target_tenant=project, **at)
    world.add('metering_labels', id='label', **at)
    world.add('quotas', id=project, project_id=project)


def test_everything_of_a_dead_project_goes_in_one_run(world: World) -> None:
    fill(world, DEAD)
    applied = world.clean(ORPHANS)
    assert {each.text for each in applied.outcomes if not each.result.is_done} == set()
    left = {identifier for key in world.neutron.of for identifier in world.ids(key)}
    assert left - {'port-public'} == {'public'}


def test_nothing_of_a_living_project_is_an_orphan(world: World) -> None:
    fill(world, 'project-1')
    assert world.going(ORPHANS) == set()


def test_the_default_group_of_a_dead_project_goes_and_that_of_a_living_one_stays(world: World) -> None:
    world.add('security_groups', id='dead', name='default', project_id=DEAD)
    world.add('security_groups', id='living', name='default')
    assert world.going(ORPHANS) == {'dead'}
    world.clean(ORPHANS)
    assert world.ids('security_groups') == {'living'}


def test_ports_of_another_project_keep_a_shared_network_its_subnet_and_its_router(world: World) -> None:
    fill(world, DEAD)
    on_it = [{'subnet_id': 'subnet', 'ip_address': '10.0.0.8'}]
    world.add('ports', id='foreign', network_id='net', fixed_ips=on_it, project_id='project-1')
    found = world.verdicts(ORPHANS)
    assert 'foreign' in found['net'].guards[0].text
    assert 'foreign' in found['subnet'].guards[0].text
    assert 'would change neutron-subnet:subnet' in found['router'].guards[0].text
    assert {'net', 'subnet', 'router', 'interface', 'foreign'}.isdisjoint(world.going(ORPHANS))
    world.clean(ORPHANS)
    assert {'interface', 'foreign'} <= world.ids('ports')


def test_a_network_that_is_named_takes_its_subnets_along(world: World) -> None:
    world.add('networks', id='net', subnets=['subnet'])
    world.add('subnets', id='subnet', network_id='net', name='')
    assert world.verdicts(named('neutron-network:net'))['subnet'].decision is Decision.HELD
    world.clean(named('neutron-network:net'))
    assert world.ids('subnets') == set()
    assert world.cloud.sent('DELETE') == ['/networks/net']


def test_a_subnet_goes_while_its_network_stays(world: World) -> None:
    world.add('networks', id='net', subnets=['subnet'])
    world.add('subnets', id='subnet', network_id='net')
    world.clean(named('neutron-subnet:subnet'))
    assert (world.ids('subnets'), world.ids('networks')) == (set(), {'net'})


def test_a_segment_never_goes_while_its_network_stays(world: World) -> None:
    """Neutron deletes the only segment of a network without a word."""
    world.add('networks', id='net')
    world.add('segments', id='segment', network_id='net')
    assert world.verdicts(named('neutron-segment:segment'))['segment'].guards[0].code == 'owned'


def test_what_makes_a_network_external_never_goes_while_it_stays(world: World) -> None:
    world.add('networks', id='net')
    world.add('rbac_policies', id='everybody', object_id='net', target_tenant='*')
    assert world.verdicts(named('neutron-rbac-policy:everybody'))['everybody'].guards[0].code == 'owned'


def test_a_quality_of_service_that_a_living_router_has_at_its_gateway_is_kept_by_it(world: World) -> None:
    world.add('networks', id='public')
    world.add('policies', id='policy', project_id=DEAD)
    gateway = {'network_id': 'public', 'qos_policy_id': 'policy'}
    world.add('routers', id='router', name='r', external_gateway_info=gateway)
    (guard,) = world.verdicts(ORPHANS)['policy'].guards
    assert (guard.code, guard.text) == ('in-use', 'neutron-router:router (r) needs it and stays')


def test_a_policy_that_shares_with_a_project_that_is_gone_is_an_orphan(world: World) -> None:
    world.add('networks', id='net')
    world.add('rbac_policies', id='to-dead', object_id='net', target_tenant=DEAD)
    world.add('rbac_policies', id='to-living', object_id='net', target_tenant='project-1')
    assert world.going(ORPHANS) == {'to-dead'}
    world.clean(ORPHANS)
    assert (world.ids('rbac_policies'), world.ids('networks')) == ({'to-living'}, {'net'})


def test_a_port_of_a_server_that_is_gone_is_an_orphan(world: World) -> None:
    living = world.nova.add(tenant_id='project-1')
    world.add('networks', id='net')
    for name, server in (('lost', str(uuid.UUID(int=99))), ('used', living['id'])):
        world.add('ports', id=name, network_id='net', device_owner='compute:nova', device_id=server)
    assert world.going(ORPHANS) == {'lost'}
    world.clean(ORPHANS)
    assert world.ids('ports') == {'used'}


def test_a_port_of_a_router_that_is_gone_is_deleted_like_any_other(world: World) -> None:
    world.add('networks', id='net')
    world.add('ports', id='left', network_id='net', device_owner='network:router_interface', device_id='gone')
    world.clean(ORPHANS)
    assert world.ids('ports') == set()
    assert world.cloud.sent('PUT') == []


def test_a_server_goes_before_the_trunk_of_its_port_and_nothing_waits_for_ever(world: World) -> None:
    server = world.nova.add(tenant_id=DEAD)
    at = {'network_id': 'net', 'project_id': DEAD}
    world.add('networks', id='net', project_id=DEAD)
    parent = world.add('ports', id='parent', device_owner='compute:nova', device_id=server['id'], **at)
    world.add('trunks', id='trunk', port_id='parent', project_id=DEAD)

    def unplug(_: object) -> None:
        parent.update(device_owner='', device_id='')

    world.cloud.before(('compute', 'DELETE', '/servers/'), unplug)
    applied = world.clean(ORPHANS)
    assert {each.ref.kind: each.result.is_done for each in applied.outcomes} == dict.fromkeys(
        ('nova-server', 'neutron-trunk', 'neutron-port', 'neutron-network'), True
    )
    assert world.cloud.sent('DELETE')[0] == f'/servers/{server["id"]}'


def test_a_subnet_that_came_after_the_plan_keeps_its_network(world: World) -> None:
    network = world.add('networks', id='net', subnets=[])
    plan = world.review(named('neutron-network:net')).plan
    network['subnets'] = ['late']
    world.add('subnets', id='late', network_id='net')
    applied = runs.apply(world.site, plan, RunFolder.create(world.cloud.clock, world.root))
    assert [each.result for each in applied.outcomes] == [Result.CHANGED]
    assert world.ids('subnets') == {'late'}


def test_a_network_in_use_names_the_port_its_owner_its_project_and_that_it_is_kept(world: World) -> None:
    world.add('networks', id='net', subnets=[])
    plan = world.review(named('neutron-network:net')).plan
    world.add('ports', id='late', name='www', network_id='net', device_owner='compute:nova', device_id=DEVICE)
    applied = runs.apply(world.site, plan, RunFolder.create(world.cloud.clock, world.root))
    (outcome,) = applied.outcomes
    assert outcome.result is Result.LEFT
    assert outcome.evidence[0].request_id == 'req-network'
    assert outcome.evidence[-1].source == 'blocker'
    assert outcome.evidence[-1].text == (
        f'neutron-port:late (www) of project project-1, a part of nova-server:{DEVICE}, needs it; '
        'it is kept: the plan does not name it'
    )


def test_what_waits_for_a_port_that_will_not_go_is_blocked_by_it(world: World) -> None:
    world.add('networks', id='net', subnets=[])
    world.add('ports', id='stuck', network_id='net')
    world.cloud.fail(('network', 'DELETE', '/ports/stuck'), _conflict(), times=math.inf)
    applied = world.clean(named('neutron-network:net', 'neutron-port:stuck'))
    assert {each.ref.id: each.result for each in applied.outcomes} == {
        'stuck': Result.LEFT,
        'net': Result.BLOCKED,
    }
    assert world.cloud.sent('DELETE') == ['/ports/stuck', '/ports/stuck']


def _conflict() -> Conflict:
    return Conflict(409, 'no', 'req-7')


def test_a_dry_run_over_all_kinds_only_reads_and_makes_nothing(world: World) -> None:
    fill(world, DEAD)
    before = {key: world.ids(key) for key in world.neutron.of}
    assert world.going(EVERYTHING)
    world.going(Request(Selection(orphans=True)))
    assert {each.method for each in world.cloud.requests} == {'GET'}
    assert {key: world.ids(key) for key in world.neutron.of} == before
    assert not [each for each in world.cloud.requests if 'project_id' in each.query]


def test_quotas_of_a_dead_project_go_and_others_only_when_asked_for(world: World) -> None:
    world.add('quotas', id=DEAD, project_id=DEAD)
    world.add('quotas', id='project-1', project_id='project-1')
    assert world.going(ORPHANS) == {DEAD}
    assert world.going(everything_of('project-1')) == {'project-1'}


def test_a_neutron_that_does_not_answer_keeps_everything_of_it(world: World) -> None:
    fill(world, DEAD)
    world.cloud.fail(('network', 'GET', '^/ports$'), _conflict(), times=math.inf)
    going = world.going(ORPHANS)
    assert {'net', 'subnet', 'port', 'group', 'router', 'default'}.isdisjoint(going)
