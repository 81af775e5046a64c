"""A floating IP whose port goes, too, is left alone when somebody has come to use that port since the plan was made."""

from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.outcome import Outcome, Result
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.collection import Item
from tests.unit.plugins.crowd import gather
from tests.unit.plugins.networks import ORPHANS, World, named

GONE = 'gone-project'


@pytest.fixture(params=['alone', 'in a crowd'])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a cloud in which a project has left a port, and the floating IP of it."""
    if request.param != 'alone':
        gather(monkeypatch, 'another', 'one-more')
    found = World(tmp_path)
    found.add('networks', id='net', project_id='project-1')
    found.add('networks', id='public', project_id='project-1')
    return found


def left(world: World, **fields: object) -> Item:
    """Have the project leave the port."""
    fixed = [{'subnet_id': 'sub', 'ip_address': '10.0.0.9'}]
    world.add('subnets', id='sub', network_id='net', project_id='project-1')
    port = world.add('ports', id='port', network_id='net', project_id=GONE, fixed_ips=fixed, **fields)
    leads = {'floating_network_id': 'public', 'port_id': 'port'}
    world.add('floatingips', id='address', project_id=GONE, **leads)
    return port


def applied(world: World, change: Item, port: Item) -> dict[str, Outcome]:
    plan = world.review(ORPHANS).plan
    assert {entry.ref.id for entry in plan.entries} >= {'address', 'port'}
    port.update(change)
    outcomes = runs.apply(world.site, plan, RunFolder.create(world.cloud.clock, world.root)).outcomes
    return {each.ref.id: each for each in outcomes}


def test_without_anybody_new_it_goes(world: World) -> None:
    assert applied(world, {}, left(world))['address'].result is Result.REMOVED
    assert world.ids('ports') == set()


def test_a_server_that_was_given_the_port_since_keeps_its_address(world: World) -> None:
    server = world.nova.add(tenant_id='project-1')
    used = {'device_owner': 'compute:nova', 'device_id': server['id']}
    outcomes = applied(world, used, left(world))
    assert outcomes['address'].result is Result.LEFT
    assert f'is in use by nova-server:{server["id"]} by now' in outcomes['address'].evidence[0].text
    assert (world.ids('floatingips'), world.ids('ports')) == ({'address'}, {'port'})
    assert world.cloud.sent('DELETE') == []


def test_a_server_that_is_being_given_the_port_keeps_its_address(world: World) -> None:
    server = world.nova.add(tenant_id='project-1')
    outcomes = applied(world, {'device_id': server['id']}, left(world))
    assert outcomes['address'].result is Result.LEFT
    assert world.cloud.sent('DELETE') == []


def test_what_cannot_be_told_to_use_the_port_keeps_its_address(world: World) -> None:
    balancer = {'device_owner': 'Octavia', 'device_id': 'lb-1'}
    assert applied(world, balancer, left(world))['address'].result is Result.LEFT
    assert world.cloud.sent('DELETE') == []


def test_something_strange_that_uses_the_port_keeps_its_address(world: World) -> None:
    share = {'device_owner': 'manila:share', 'device_id': 'share'}
    outcome = applied(world, share, left(world))['address']
    assert outcome.result is Result.LEFT
    assert "'manila:share', of which nothing is known" in outcome.evidence[0].text
    assert world.cloud.sent('DELETE') == []


def test_the_dead_server_of_a_port_is_nobody(world: World) -> None:
    port = left(world, device_owner='compute:nova', device_id='5f0c2a1e-9d3b-4c57-8e60-1b7f4a2d9c83')
    assert applied(world, {}, port)['address'].result is Result.REMOVED


def test_one_that_is_named_goes_although_the_server_behind_it_stays(world: World) -> None:
    server = world.nova.add(tenant_id='project-1')
    left(world, device_owner='compute:nova', device_id=server['id'])
    (outcome,) = world.clean(named('neutron-floatingip:address')).outcomes
    assert outcome.result is Result.REMOVED


def test_what_it_forwards_to_no_more_is_nothing_to_wait_for(world: World) -> None:
    left(world)
    record = world.neutron.of['floatingips'].get('address')
    record['port_forwardings'] = [{'id': 'pf', 'internal_port_id': 'port'}]

    def forget(_: object) -> None:
        record['port_forwardings'] = []

    world.cloud.before(('network', 'DELETE', '/port_forwardings/'), forget)
    outcomes = {each.ref.id: each for each in world.clean(ORPHANS).outcomes}
    assert outcomes['address'].result is Result.REMOVED
    assert len(outcomes['address'].attempts) == 1
