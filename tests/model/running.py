"""One run in a small world, from its begin to its end, over kills and resumes, and what must hold of it."""

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
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
from tests.model.cloud import SLOW, Clock, History, Killed, SmallCloud, Thing
from tests.model.copies import Copier
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
        self._cloud.written += [MappingProxyType(dict(each)) for each in records]

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


class Run:
    """A run in a small world, over kills and resumes. Where its loop looks up, another run may go on from it."""

    def __init__(self, world: World, choices: Choices) -> None:
        self.cloud = SmallCloud(world, choices, DEADLINE)
        self.loop = self._life()

    @property
    def choices(self) -> Choices:
        """What happens in it."""
        return self.cloud.choices

    def copy(self) -> 'Run':
        """Return a run that stands where this one does."""
        return _COPIER.copy(self)  # type: ignore[no-any-return]

    def finish(self, begin: Callable[[Loop], tuple[Outcome, ...]]) -> tuple[Outcome, ...]:
        """Run until the end, resuming after each kill.

        :param begin: what is done with the first loop.
        """
        while True:
            try:
                return begin(self.loop)
            except Killed:
                self.cloud.forget_jobs()
                self.cloud.sleep(1.0)
                self.loop, begin = self._life(), Loop.run

    def _look_up(self) -> bool:
        self.choices.mark(self)
        return self.cloud.is_stopped

    def _life(self) -> Loop:
        cloud, world = self.cloud, self.cloud.world
        levels = FORCE if world.is_forced else frozenset({Level.API})
        settings = ExecutionSettings(levels=levels, deadlines=dict.fromkeys(KINDS, DEADLINE))
        clock = Watchman(cloud)
        kinds = frozenset(ref.kind for ref in world.refs)
        start = Start(NOW, clock.monotonic())
        policy = Policy(handlers(kinds, world.is_at_once), settings, frozenset(world.refs), start, STUCK)
        engine = Engine(worlds.plan(world), policy, records.tried(cloud.written))
        return Loop(engine, cloud, Disk(cloud), LoopControl(clock, Silence(), self._look_up, breath=30.0))


_COPIER = Copier(Run, SmallCloud, History, Thing, Clock, Watchman, Disk, Choices)


def run(world: World, choices: Choices) -> tuple[SmallCloud, tuple[Outcome, ...]]:
    """Run until the end: from the begin, or from where the choices say."""
    begun: Run | None = choices.begun
    if begun:
        return begun.cloud, begun.finish(Loop.go_on)
    made = Run(world, choices)
    return made.cloud, made.finish(Loop.run)


@functools.cache
def handlers(kinds: frozenset[str], is_at_once: bool = False) -> Registry:
    """Return the handlers of a world: of each kind more would be one more listing for a project."""
    made = [KINDS[kind] for kind in sorted({'thing', *kinds})]
    if is_at_once:
        made = [
            type(each.__name__, (each,), {'answers_when_gone': True, 'look_proves_end': True})
            for each in made
        ]
    return build(Loaded(each(), 'small', 'tests 1.0') for each in made)


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
