"""One run in a small world, from its begin to its end, over kills and resumes, and what must hold of it."""

import functools
from collections.abc import Mapping
from typing import Any

from orphancleanup.execute import records
from orphancleanup.execute.engine import Engine
from orphancleanup.execute.loop import Loop, LoopControl
from orphancleanup.execute.policy import Policy, Start
from orphancleanup.installed.registry import Loaded, Registry, build
from orphancleanup.model import Level
from orphancleanup.outcome import Outcome
from orphancleanup.progress import Silence
from orphancleanup.settings import ExecutionSettings
from tests.model import worlds
from tests.model.choices import Choices
from tests.model.cloud import SLOW, Killed, SmallCloud
from tests.model.worlds import NOW, STUCK, World
from tests.unit.estate import Plots
from tests.unit.storehouse import FORCE, Boxes, Things

KINDS: Mapping[str, type[Things]] = {'box': Boxes, 'plot': Plots, 'thing': Things}
DEADLINE = 60.0
#: simulated seconds in which every run must have come to its end, resumes included
END = 6 * 3600.0
#: how often a run may ask for the time before it counts as one without an end; the longest ask some 250 times
CALLS = 5000
#: what keeps an end from telling the truth: nobody could see it
UNSEEN = ('could not be', 'interrupted', 'now and then', 'so slowly')
#: what may happen once, and all of the plan is removed in the end all the same
PASSING = frozenset(
    {
        'refused', 'unknown, not taken', 'unknown, taken', 'said to be gone', 'accepted, late', 'accepted, parts stay',
        'failed', 'lacks one', 'unclear', SLOW, ('kill', None),
    }
)  # fmt: skip


class Endless(AssertionError):
    """A run does not come to its end."""


class Disk:
    """A journal; what is only noted may be lost by a crash of the machine."""

    def __init__(self, cloud: SmallCloud) -> None:
        self._cloud = cloud

    def write(self, *records: Mapping[str, Any]) -> None:
        self._cloud.written += [dict(each) for each in records]

    def note(self, *records: Mapping[str, Any]) -> None:
        self.write(*records)


class Watchman:
    """Lets time pass, and ends what does not end."""

    def __init__(self, cloud: SmallCloud) -> None:
        self._cloud = cloud
        self._calls = 0

    def now(self) -> Any:
        return NOW

    def monotonic(self) -> float:
        self._calls += 1
        if self._cloud.clock.seconds > END or self._calls > CALLS:
            raise Endless(f'it runs for {self._cloud.clock.seconds:.0f} s and {self._calls} calls')
        return self._cloud.clock.seconds

    def sleep(self, seconds: float) -> None:
        self._cloud.sleep(seconds)


def run(world: World, choices: Choices) -> tuple[SmallCloud, tuple[Outcome, ...]]:
    """Run until the end, resuming after each kill."""
    cloud = SmallCloud(world, choices, DEADLINE)
    while True:
        try:
            return cloud, _life(world, cloud)
        except Killed:
            cloud.forget_jobs()
            cloud.sleep(1.0)


@functools.cache
def handlers(kinds: frozenset[str]) -> Registry:
    """Return the handlers of a world: of each kind more would be one more listing for a project."""
    return build(Loaded(KINDS[kind](), 'small', 'tests 1.0') for kind in sorted({'thing', *kinds}))


def _life(world: World, cloud: SmallCloud) -> tuple[Outcome, ...]:
    levels = FORCE if world.is_forced else frozenset({Level.API})
    settings = ExecutionSettings(levels=levels, deadlines=dict.fromkeys(KINDS, DEADLINE))
    clock = Watchman(cloud)
    policy = Policy(
        handlers(frozenset(ref.kind for ref in world.refs)),
        settings,
        frozenset(world.refs),
        Start(NOW, clock.monotonic()),
        STUCK,
    )
    engine = Engine(worlds.plan(world), policy, records.tried(cloud.written))
    return Loop(
        engine, cloud, Disk(cloud), LoopControl(clock, Silence(), lambda: cloud.is_stopped, breath=30.0)
    ).run()


def problems(world: World, choices: Choices) -> list[str]:
    """Run once, and return what does not hold."""
    cloud, outcomes = run(world, choices)
    found = list(cloud.history.problems)
    for outcome in outcomes:
        is_there = outcome.ref in cloud.things
        if outcome.result.is_done and is_there:
            found.append(f'{outcome.ref} is said to be {outcome.result}, and is there')
        if not outcome.text and not outcome.result.is_done:
            found.append(f'{outcome.ref} is {outcome.result} without a sentence')
    if {outcome.ref for outcome in outcomes} != set(world.refs):
        found.append('not every entry has an outcome')
    if len(choices.unusual) <= 1 and PASSING.issuperset(choices.unusual) and not world.has_circle:
        found += [f'{o.ref} is {o.result}: {o.text}' for o in outcomes if not o.result.is_done]
    return found
