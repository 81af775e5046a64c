"""What a living project may use, since a policy (RBAC) or the thing itself says so, outlives whose it was."""

import math
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.errors import NotFound
from orphancleanup.model import Project
from orphancleanup.outcome import Result
from orphancleanup.storing.run_folder import RunFolder
from tests.unit.plugins.fake_networking import PROJECT
from tests.unit.plugins.networks import EVERYTHING, ORPHANS, World

DEAD = 'dead-project'
#: the collection of each kind that may be shared, to what Neutron calls it in a policy
SHARED = {
    'networks': 'network',
    'policies': 'qos_policy',
    'security_groups': 'security_group',
    'subnetpools': 'subnetpool',
    'address_scopes': 'address_scope',
    'address_groups': 'address_group',
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def share(world: World, key: str, target: str, name: str = 'rbac') -> None:
    world.add(
        'rbac_policies',
        id=name,
        object_type=SHARED[key],
        object_id='thing',
        target_tenant=target,
        project_id=DEAD,
    )


@pytest.mark.parametrize('key', SHARED)
@pytest.mark.parametrize('target', [PROJECT, '*'])
def test_what_is_shared_with_a_living_project_is_no_orphan_and_its_policy_is_none(
    world: World, key: str, target: str
) -> None:
    world.add(key, id='thing', project_id=DEAD)
    share(world, key, target)
    share(world, key, 'another-dead-project', 'stale')
    assert world.going(ORPHANS) == {'stale'}
    assert world.clean(ORPHANS).outcomes[0].result is Result.REMOVED
    assert (world.ids(key), world.ids('rbac_policies')) == ({'thing'}, {'rbac'})


@pytest.mark.parametrize('key', SHARED)
def test_what_is_shared_with_dead_projects_only_is_an_orphan(world: World, key: str) -> None:
    world.add(key, id='thing', project_id=DEAD)
    share(world, key, 'another-dead-project')
    assert world.going(ORPHANS) == {'thing', 'rbac'}


@pytest.mark.parametrize('key', [*SHARED, 'metering_labels'])
def test_what_says_that_all_may_use_it_is_no_orphan(world: World, key: str) -> None:
    world.add(key, id='thing', project_id=DEAD, shared=True)
    world.add(key, id='own', project_id=DEAD)
    assert world.going(ORPHANS) == {'own'}


def test_the_default_pool_of_subnets_is_no_orphan(world: World) -> None:
    world.add('subnetpools', id='thing', project_id=DEAD, is_default=True)
    assert world.going(ORPHANS) == set()


@pytest.mark.parametrize('key', ['policies', 'subnetpools', 'address_scopes', 'metering_labels'])
def test_what_does_not_tell_whether_all_may_use_it_is_not_read(world: World, key: str) -> None:
    del world.add(key, id='thing', project_id=DEAD)['shared']
    review = world.review(ORPHANS)
    assert review.inventory.incomplete
    assert review.plan.entries == ()


def test_the_subnets_of_a_shared_network_stay_with_it(world: World) -> None:
    world.add('networks', id='thing', project_id=DEAD, subnets=['subnet'])
    world.add('subnets', id='subnet', network_id='thing', project_id=DEAD)
    share(world, 'networks', PROJECT)
    assert world.going(ORPHANS) == set()


@pytest.mark.parametrize('key', SHARED)
def test_what_was_shared_since_the_plan_was_made_is_left_alone(world: World, key: str) -> None:
    world.add(key, id='thing', project_id=DEAD)
    plan = world.review(ORPHANS).plan
    share(world, key, PROJECT)
    (outcome,) = runs.apply(world.site, plan, RunFolder.create(world.cloud.clock, world.root)).outcomes
    assert (outcome.result, outcome.text) == (Result.CHANGED, f'it is used in project {PROJECT} now')


def test_without_policies_neutron_shares_nothing_by_them(world: World) -> None:
    world.neutron.extensions.discard('rbac-policies')
    _let_policies_fail(world)
    world.add('networks', id='thing', project_id=DEAD)
    assert world.going(ORPHANS) == {'thing'}


def test_policies_that_cannot_be_read_keep_what_they_may_share(world: World) -> None:
    _let_policies_fail(world)
    world.add('networks', id='thing', project_id=DEAD)
    review = world.review(ORPHANS)
    assert 'neutron-network' in review.inventory.incomplete
    assert review.plan.entries == ()


def test_a_project_of_the_services_keeps_what_is_shared_with_it_whatever_selects_it(world: World) -> None:
    world.cloud.projects['svc'] = Project('svc', 'service')
    world.add('networks', id='thing', project_id=PROJECT)
    share(world, 'networks', 'svc')
    found = world.verdicts(EVERYTHING)
    assert {guard.code for name in ('thing', 'rbac') for guard in found[name].guards} == {'service-project'}
    assert found['rbac'].guards


def _let_policies_fail(world: World) -> None:
    absent = NotFound(404, 'The resource could not be found.', 'req-fake')
    world.cloud.fail(('network', 'GET', '^/rbac-policies$'), absent, times=math.inf)
