"""A whole run on Contrail: two projects and what they share, of which one was deleted in Keystone."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest

from lab.contrail.estate import Home, kind_of, settle
from lab.contrail.store import Object
from orphancleanup import runs
from orphancleanup.installed import registry
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Level, Ref, Verdict
from orphancleanup.outcome import Result
from orphancleanup.progress import Silence
from orphancleanup.runs.site import Site
from orphancleanup.settings import ExecutionSettings, Limits, Settings
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_compute import Compute
from tests.unit.plugins.fake_contrail import Contrail

ORPHANS = Request(Selection(orphans=True))
BACKEND = frozenset({Level.API, Level.BACKEND})


@dataclasses.dataclass
class World:
    """Both projects, and what runs on them."""

    cloud: FakeCloud
    contrail: Contrail
    dead: Home
    living: Home
    root: Path

    def site(self, levels: frozenset[Level] = BACKEND) -> Site:
        """Return where a run works."""
        settings = Settings(execution=ExecutionSettings(levels=levels), limits=Limits(max_share=100))
        loaded = registry.load().handlers
        known = [each for each in loaded.values() if each.namespace in ('contrail-vn', 'nova-server')]
        return Site(self.cloud, registry.build(known), self.cloud.clock, settings, Silence())

    def verdicts(self) -> Mapping[Ref, Verdict]:
        """Return what a dry run says."""
        found = runs.review(self.site(), ORPHANS).verdicts
        return {each.resource.ref: each for each in found}

    def apply(self, levels: frozenset[Level] = BACKEND) -> runs.Applied:
        """Plan, and carry it out."""
        site = self.site(levels)
        plan = runs.review(site, ORPHANS).plan
        folder = RunFolder.create(self.cloud.clock, self.root / 'runs')
        return runs.apply(site, plan, folder)


@pytest.fixture
def world(cloud: FakeCloud, tmp_path: Path) -> World:
    cloud.forbid_changes()
    contrail = Contrail(cloud)
    Compute(cloud)
    living, dead = contrail.home('living'), contrail.home('dead')
    settle(living, dead)
    contrail.end(dead)
    contrail.age()
    return World(cloud, contrail, dead, living, tmp_path)


def ref(each: object) -> Ref:
    assert hasattr(each, 'type')
    return Ref(kind_of(each.type), each.uuid)  # type: ignore[attr-defined]


def test_exactly_what_is_of_the_dead_project_goes(world: World) -> None:
    before: dict[str, Object] = dict(world.contrail.api.store.objects)
    applied = world.apply()
    for each in applied.outcomes: print(each.ref.kind, each.result, each.text)
    gone = set(before) - set(world.contrail.api.store.objects)
    wanted = {each.uuid for each in (*world.dead, world.dead.project)}
    assert {before[each].name for each in wanted - gone} == set()
    derived = {'routing-instance', 'route-target', 'access-control-list'}
    assert {before[each].name for each in gone - wanted if before[each].type not in derived} == set()
    assert {each.result for each in applied.outcomes} == {Result.GONE}
