"""Whatever happens to a cloud, its arrays and its hosts: no LUN that somebody uses is unexported or deleted.

Plans are made and kept for long; their steps are taken in any order, late, and several times, while volumes are made,
migrated, lost, found again, attached and detached, hosts fall silent, sessions end and answers get lost. What happens
in one step of a scenario is drawn as one number, since a thousand scenarios are made up in each run;
``ORPHANCLEANUP_SCENARIOS`` asks for another count of them.
"""

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from orphancleanup.errors import OrphancleanupError
from orphancleanup.installed import asking, ladders
from orphancleanup.ladder import Step
from orphancleanup.model import Resource
from tests.model.array_events import ARRAYS, Events, named
from tests.unit.plugins.threepar_lun import world as worlds
from tests.unit.plugins.threepar_lun.world import ORPHANS, World

SCENARIOS = int(os.environ.get('ORPHANCLEANUP_SCENARIOS', '1000'))
NUMBER = st.integers(0, (1 << 32) - 1)
FOLDER = tempfile.TemporaryDirectory()


class Arrays(RuleBasedStateMachine):
    """A world in which everything happens in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.world = World(Path(FOLDER.name), self.patch, ARRAYS)
        self.events = Events(self.world)
        self.plans: list[Resource] = []

    def teardown(self) -> None:
        self.patch.undo()

    @initialize(number=NUMBER)
    def begin(self, number: int) -> None:
        self.events.begin(number)
        self.plan(number)

    @rule(number=NUMBER)
    def something_happens(self, number: int) -> None:
        self.events.happen(number)

    @rule(number=NUMBER)
    def plan(self, number: int) -> None:
        if number % 3:
            for simulator in self.world.simulators.values():
                simulator.faults.waiting.clear()
        try:
            found = tuple(self._planned(number))
        except OrphancleanupError:
            return
        self.plans += found
        self.world.planned |= {each.ref for each in found}

    def _planned(self, number: int) -> Iterator[Resource]:
        """Yield what a plan would name, and more: what nothing but its own kind speaks for."""
        chance, registry = random.Random(number), worlds.registry()
        items = list(self.world.storage.volumes.items.values())
        ref = named(chance.choice(items)) if items and chance.random() < 0.4 else None
        if ref:
            found = asking.look(registry, self.world.cloud, ref)
            yield from (found,) if found else ()
        else:
            kind = chance.choice(['3par-lun', '3par-lun', 'multipath-map'])
            for each in asking.everything(registry, self.world.cloud, kind):
                yield from (each,) if ladders.ladder(registry, each) else ()

    @rule(number=NUMBER)
    def take_steps_of_any_plans_after_a_surprise(self, number: int) -> None:
        chance = random.Random(number)
        for resource in chance.sample(self.plans, min(3, len(self.plans))):
            self.events.surprise(chance.getrandbits(32), resource)
            ladder = ladders.ladder(worlds.registry(), resource)
            first = chance.choice([0, chance.randrange(len(ladder) or 1)])
            self._take(resource, ladder[first : chance.choice([None, first + 1])])

    def _take(self, resource: Resource, steps: Sequence[Step]) -> None:
        self.world.cloud.allow_changes()
        try:
            for step in steps:
                try:
                    step.run(self.world.cloud, resource)
                except OrphancleanupError:
                    continue
        finally:
            self.world.cloud.forbid_changes()

    @invariant()
    def nobody_was_harmed(self) -> None:
        assert not self.world.harmed, self.world.harmed


class WholeRuns(Arrays):
    """The same with the journey around it, which costs a hundred times as much."""

    @rule(number=NUMBER)
    def clean(self, number: int) -> None:
        items = list(self.world.storage.volumes.items.values())
        is_named = bool(items) and number % 2
        before = self.world.planned
        self.world.clean(worlds.named(named(items[number % len(items)])) if is_named else ORPHANS)
        self.world.planned |= before


def _settings(scenarios: int, steps: int) -> settings:
    return settings(
        max_examples=scenarios,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


Arrays.TestCase.settings = _settings(SCENARIOS, 5)
WholeRuns.TestCase.settings = _settings(SCENARIOS // 100, 8)
TestArrays = Arrays.TestCase
TestWholeRuns = WholeRuns.TestCase
