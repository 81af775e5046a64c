"""Whole runs on clusters and their stacks."""

import dataclasses
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.installed import registry
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.model import Level, Project, Ref
from orphancleanup.outcome import Outcome, Result
from orphancleanup.progress import Silence
from orphancleanup.settings import ExecutionSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.clock import FakeClock
from orphancleanup.testing.collection import Item
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_data_processing import DataProcessing
from tests.unit.plugins.fake_orchestration import Orchestration

GENTLE, FORCE = frozenset({Level.API}), frozenset({Level.API, Level.FORCE})


@dataclasses.dataclass
class World:
    """A cloud with one project and clusters in it."""

    cloud: FakeCloud
    heat: Orchestration
    sahara: DataProcessing
    root: Path

    def site(self, levels: frozenset[Level]) -> Site:
        settings = Settings(execution=ExecutionSettings(levels=levels), limits=Limits(max_share=100))
        loaded = registry.load().handlers.values()
        known = [each for each in loaded if each.handler.kind in ('sahara-cluster', 'heat-stack')]
        return Site(self.cloud, registry.build(known), self.cloud.clock, settings, Silence())

    def guards(self, stack: Item) -> list[str]:
        """Return what keeps a stack when stacks alone are asked for."""
        request = Request(Selection(everything=True), Reach(frozenset({'heat-stack'})))
        found = runs.review(self.site(GENTLE), request).verdicts
        (verdict,) = (each for each in found if each.resource.ref == Ref('heat-stack', stack['id']))
        return [each.code for each in verdict.guards]

    def remove(self, cluster: Item, levels: frozenset[Level] = GENTLE) -> Outcome:
        """Remove a cluster by its name, and return what came of it."""
        ref = Ref('sahara-cluster', cluster['id'])
        site = self.site(levels)
        plan = runs.review(site, Request(Selection(refs=frozenset({ref})))).plan
        found = runs.apply(site, plan, RunFolder.create(self.cloud.clock, self.root / 'runs')).outcomes
        return next(each for each in found if each.ref == ref)


@pytest.fixture
def world(tmp_path: Path) -> World:
    cloud = FakeCloud(FakeClock())
    cloud.projects['alpha'] = Project('alpha', 'alpha', 'default')
    cloud.route('identity', 'GET', '/users', lambda *_: {'users': []})
    heat = Orchestration(cloud)
    return World(cloud, heat, DataProcessing(cloud, heat), tmp_path)


def steps(outcome: Outcome) -> list[str]:
    return [each.step for each in outcome.attempts]


def test_a_healthy_cluster_takes_its_stack_along(world: World) -> None:
    outcome = world.remove(world.sahara.add('alpha'))
    assert (outcome.result, steps(outcome)) == (Result.REMOVED, ['delete'])
    assert world.cloud.sent('DELETE', 'orchestration') == []


def test_a_stack_that_heat_fails_to_delete_goes_in_our_name_and_then_the_cluster(world: World) -> None:
    cluster = world.sahara.add('alpha')
    world.sahara.stuck.add(cluster['name'])
    outcome = world.remove(cluster)
    assert (outcome.result, steps(outcome)) == (Result.REMOVED, ['delete', 'delete-stack', 'delete-again'])
    assert world.heat.stacks.items == {}


def test_a_project_without_a_role_keeps_nothing_of_the_others(world: World) -> None:
    world.cloud.projects['beta'] = Project('beta', 'beta', 'default')
    world.cloud.shut.add('beta')
    assert world.remove(world.sahara.add('alpha')).result is Result.REMOVED


def test_protection_holds_until_force_is_allowed(world: World) -> None:
    cluster = world.sahara.add('alpha', is_protected=True)
    assert world.remove(cluster).result is not Result.REMOVED
    assert world.cloud.sent('DELETE', 'data-processing') == []
    assert world.remove(cluster, FORCE).result is Result.REMOVED


def test_a_stack_that_is_a_part_of_a_cluster_stays_when_stacks_alone_are_asked_for(world: World) -> None:
    cluster, other = world.sahara.add('alpha'), world.heat.add(project='alpha')
    assert world.guards(world.sahara.stack(cluster)) == ['owned']
    assert world.guards(other) == []


def test_a_stack_stays_that_may_be_a_part_of_a_cluster_which_nobody_shows_us(world: World) -> None:
    world.cloud.projects['beta'] = Project('beta', 'beta', 'default')
    stacks = [world.heat.add(project=each) for each in ('alpha', 'beta', 'dead')]
    world.cloud.shut.add('beta')
    assert [world.guards(each) for each in stacks] == [[], ['unread'], []]


def test_a_cloud_without_sahara_keeps_no_stack_for_it(world: World) -> None:
    cloud = FakeCloud(FakeClock())
    cloud.projects |= world.cloud.projects
    cloud.shut.add('alpha')
    heat = Orchestration(cloud)
    bare = dataclasses.replace(world, cloud=cloud, heat=heat)
    assert bare.guards(heat.add(project='alpha')) == []
    assert cloud.sent('GET', 'data-processing') == []
