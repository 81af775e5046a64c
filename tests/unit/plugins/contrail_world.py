"""A whole run on Contrail in memory: two projects and what they share, of which one will be deleted in Keystone."""

import dataclasses
import datetime
import functools
from collections.abc import Callable, Mapping
from pathlib import Path

from lab.contrail.client import Made
from lab.contrail.estate import Home, kind_of, settle
from lab.contrail.store import Object
from orphancleanup import runs
from orphancleanup.installed import registry
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Verdict
from orphancleanup.model import Level, Ref
from orphancleanup.outcome import Result
from orphancleanup.progress import Silence
from orphancleanup.settings import ExecutionSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.clock import FakeClock
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_compute import Compute
from tests.unit.plugins.fake_contrail import Contrail

ORPHANS = Request(Selection(orphans=True))
GENTLE = frozenset({Level.API})
BACKEND = GENTLE | {Level.BACKEND}


@dataclasses.dataclass
class World:
    """Both projects, and what runs on them.

    :ivar more: the namespaces of whose handlers a run has besides.
    """

    cloud: FakeCloud
    contrail: Contrail
    compute: Compute
    dead: Home
    living: Home
    root: Path
    more: tuple[str, ...] = ()

    @property
    def objects(self) -> dict[str, Object]:
        """What is in Contrail now."""
        return dict(self.contrail.api.store.objects)

    def site(self, levels: frozenset[Level] = BACKEND) -> Site:
        """Return where a run works."""
        settings = Settings(execution=ExecutionSettings(levels=levels), limits=Limits(max_share=100))
        known = handlers('contrail-vn', 'nova-server', *self.more)
        return Site(self.cloud, known, self.cloud.clock, settings, Silence())

    def end(self) -> None:
        """Delete the project in Keystone; all that there is has been there for long."""
        self.contrail.end(self.dead)
        self.contrail.age()

    def review(self, request: Request = ORPHANS) -> runs.Review:
        """Return what a dry run says."""
        return runs.review(self.site(), request)

    def verdict(self, made: Made, request: Request = ORPHANS) -> Verdict:
        """Return what a dry run says of one object."""
        found = {each.resource.ref: each for each in self.review(request).verdicts}
        return found[ref(made)]

    def apply(
        self, levels: frozenset[Level] = BACKEND, meanwhile: Callable[[], None] = lambda: None
    ) -> runs.Applied:
        """Plan, let something happen, and carry the plan out."""
        plan = runs.review(self.site(levels), ORPHANS).plan
        meanwhile()
        return runs.apply(self.site(levels), plan, RunFolder.create(self.cloud.clock, self.root / 'runs'))


@functools.cache
def handlers(*namespaces: str) -> registry.Registry:
    """Return the installed handlers of some namespaces; they keep no state, and to find them takes its time."""
    return registry.build(each for each in registry.load().handlers.values() if each.namespace in namespaces)


def settled(root: Path) -> World:
    """Return both projects with all that there is in them."""
    cloud = FakeCloud(FakeClock(datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)))
    contrail, compute = Contrail(cloud), Compute(cloud)
    living, dead = contrail.home('living'), contrail.home('dead')
    settle(living, dead)
    return World(cloud, contrail, compute, dead, living, root)


def ref(each: Made) -> Ref:
    return Ref(kind_of(each.type), each.uuid)


def void(_: object) -> None:
    """Do nothing with what was made."""


def codes(verdict: Verdict) -> set[str]:
    return {guard.code for guard in verdict.guards}


def results(applied: runs.Applied) -> Mapping[Ref, Result]:
    return {each.ref: each.result for each in applied.outcomes}
