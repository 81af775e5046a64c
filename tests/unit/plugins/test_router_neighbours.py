"""A router whose networks go, too, is left alone when somebody has come to use them since the plan was made."""

from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.judging.plan import Plan
from orphancleanup.outcome import Outcome, Result
from orphancleanup.storing.run_folder import RunFolder
from tests.unit.plugins.crowd import gather
from tests.unit.plugins.fake_networking import PROJECT
from tests.unit.plugins.networks import ORPHANS, World, named

GONE = 'gone-project'


@pytest.fixture(params=['alone', 'in a crowd'])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a cloud with what a project has left: a network with a subnet, its ports, and a router that joins it."""
    if request.param != 'alone':
        gather(monkeypatch, 'another', 'one-more')
    found = World(tmp_path)
    found.add('networks', id='net', project_id=GONE, subnets=['sub'])
    found.add('subnets', id='sub', network_id='net', project_id=GONE)
    found.add('routers', id='r', project_id=GONE)
    port(found, 'inside', GONE, 'network:router_interface', 'r')
    port(found, 'dhcp', GONE, 'network:dhcp', 'dhcp-1')
    port(found, 'old', GONE, '', '')
    return found


def port(world: World, identifier: str, project: str, made_for: str, device: str) -> None:
    fixed = [{'subnet_id': 'sub', 'ip_address': '10.0.0.9'}]
    of = {'device_owner': made_for, 'device_id': device, 'project_id': project}
    world.add('ports', id=identifier, network_id='net', fixed_ips=fixed, **of)


def applied(world: World, plan: Plan) -> dict[str, Outcome]:
    outcomes = runs.apply(world.site, plan, RunFolder.create(world.cloud.clock, world.root)).outcomes
    return {each.ref.id: each for each in outcomes}


def test_without_anybody_new_all_of_it_goes(world: World) -> None:
    applied(world, world.review(ORPHANS).plan)
    assert (world.ids('routers'), world.ids('networks'), world.ids('ports')) == (set(), set(), set())


def test_a_port_of_a_living_project_that_came_since_keeps_its_router(world: World) -> None:
    plan = world.review(ORPHANS).plan
    assert 'r' in {entry.ref.id for entry in plan.entries}
    port(world, 'new', PROJECT, 'compute:nova', 'server')
    outcomes = applied(world, plan)
    assert outcomes['r'].result is Result.LEFT
    said = [each.text for each in outcomes['r'].evidence]
    assert any('neutron-port:new is on subnet sub by now' in each for each in said)
    assert {'inside', 'new'} <= world.ids('ports')
    assert not world.cloud.sent('PUT')


def test_a_new_port_for_dhcp_is_nobody(world: World) -> None:
    plan = world.review(ORPHANS).plan
    port(world, 'dhcp-2', GONE, 'network:dhcp', 'dhcp-2')
    assert applied(world, plan)['r'].result is Result.REMOVED


def test_a_router_that_is_named_goes_although_its_networks_stay_with_what_is_on_them(world: World) -> None:
    port(world, 'living', PROJECT, 'compute:nova', 'server')
    assert applied(world, world.review(named('neutron-router:r')).plan)['r'].result is Result.REMOVED
