"""The cloud of a small world: what is in it, what steps do to it, and what a reading of it shows."""

import dataclasses
import heapq
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orphancleanup.execute.events import Reply
from orphancleanup.execute.jobs import Answer, Case, Findings, Reading, Sight, Task
from orphancleanup.model import Ref, Resource
from tests.model.choices import Choices
from tests.model.worlds import NOW, Looks, World

#: seconds
QUICK, SLOW, GONE_AFTER, LATE = 1.0, 70.0, 2.0, 40.0
#: how often in one run the world is given the chance to do something of its own accord
DEEDS = 12

ANSWERS = (
    'accepted', 'refused', 'forbidden', 'unknown, not taken', 'unknown, taken', 'unknown, fails', 'said to be gone',
    'accepted, late', 'accepted, hangs', 'accepted, fails', 'accepted, given up', 'accepted, parts stay',
    'unknown, from now on', 'refused, from now on',
)  # fmt: skip
#: how a service answers a removal only once it is over
AT_ONCE = (*ANSWERS[:5], 'said to be gone', 'unknown, from now on', 'refused, from now on')
SIGHTS = ('true', 'failed', 'failed, from now on', 'lacks one', 'unclear')
#: how long a job takes
DELAYS = (QUICK, SLOW, math.inf)


class Killed(BaseException):
    """The process is killed."""


@dataclass(slots=True)
class Thing:
    """A resource as the cloud has it.

    :param since: seconds on the clock when its status last changed.
    :param is_tagged: whether somebody wants it kept.
    :param must_stay_since: seconds on the clock since when no step may be taken for it.
    """

    status: str
    since: float = -1.0
    is_tagged: bool = False
    must_stay_since: float = math.inf


@dataclass(slots=True)
class History:
    """What happened, for the checks.

    :param sends: reference, step and time of each request.
    :param refused: what was refused, or positively failed.
    :param accepted: reference to when its last removing step was accepted.
    :param overdue: what a true reading showed to be there when its step's time was over.
    :param lies: the resources about which the last reading did not tell the truth.
    :param gone: reference to when it went.
    :param read: reference to when the last true reading of it began that came back.
    :param shown: the projects that a reading has shown to have something in them that the plan does not name.
    """

    sends: list[tuple[Ref, str, float]] = field(default_factory=list)
    refused: set[Ref] = field(default_factory=set)
    accepted: dict[Ref, float] = field(default_factory=dict)
    overdue: set[Ref] = field(default_factory=set)
    lies: set[Ref] = field(default_factory=set)
    gone: dict[Ref, float] = field(default_factory=dict)
    read: dict[Ref, float] = field(default_factory=dict)
    shown: set[Ref] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


class Clock:
    """Simulated seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> object:
        """Return the time of day, which nothing in a small world asks for."""
        return NOW

    def monotonic(self) -> float:
        """Return the simulated seconds."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Move on."""
        self.seconds += seconds


class SmallCloud:
    """A crew and a cloud in one: jobs are done in simulated time, as the choices say."""

    def __init__(self, world: World, choices: Choices, deadline: float) -> None:
        self.world, self.choices, self._deadline = world, choices, deadline
        self.clock = Clock()
        self.things = {ref: Thing(world.status) for ref in world.refs}
        self.history = History()
        #: project to when somebody made something in it that the plan does not name
        self.strangers: dict[Ref, float] = {}
        #: what is on the disk of the journal
        self.written: list[Mapping[str, object]] = []
        self.is_stopped = False
        #: when, and what of this class is done then, with what
        self._agenda: list[tuple[float, int, str, tuple[Any, ...]]] = []
        self._numbers = itertools.count()
        self._arrived: list[tuple[Reading | Task, Sight | Answer]] = []
        self._deeds = DEEDS
        self.is_busy = False
        self._under_way = 0
        self._lives = 0
        #: what happens from now on, once it was chosen
        self._sight = self._answer = ''
        self._is_slow = False

    # The crew

    def room(self, service: str) -> int:
        """Return how many jobs may be under way."""
        return 4

    def investigate(self, cases: list[Case]) -> list[Findings]:
        """Return nothing for each."""
        return [Findings() for _ in cases]

    def begin(self, job: Reading | Task) -> None:
        """Have a job done, in simulated time."""
        self._under_way += 1
        self.is_busy = True
        if isinstance(job, Task):
            self._check_intent(job)
            delay = self.choices.choose((0.0, SLOW))
            self._at(delay, '_step', job, self._lives)
        else:
            self._read(job)

    def collect(self, patience: float) -> list[tuple[Reading | Task, Sight | Answer]]:
        """Let time pass until something comes back."""
        end = self.clock.seconds + patience
        while not self._arrived and self._agenda and self._agenda[0][0] <= end:
            self._next()
        if not self._arrived:
            self.clock.seconds = max(self.clock.seconds, end)
        self._deed()
        came, self._arrived = self._arrived, []
        self._under_way -= len(came)
        self.is_busy = self._under_way > 0
        return came

    def sleep(self, seconds: float) -> None:
        """Let time pass while nothing is under way."""
        end = self.clock.seconds + seconds
        while self._agenda and self._agenda[0][0] <= end:
            self._next()
        self.clock.seconds = max(self.clock.seconds, end)

    def _next(self) -> None:
        at, _, name, what = heapq.heappop(self._agenda)
        self.clock.seconds = max(self.clock.seconds, at)
        getattr(self, name)(*what)

    def _at(self, delay: float, name: str, *what: Any) -> None:
        heapq.heappush(self._agenda, (self.clock.seconds + delay, next(self._numbers), name, what))

    def _arrive(self, job: Reading | Task, result: Sight | Answer, delay: float) -> None:
        self._at(delay, '_take', job, result, self._lives)

    def _take(self, job: Reading | Task, result: Sight | Answer, life: int) -> None:
        if self._lives == life:
            self._arrived.append((job, result))

    def forget_jobs(self) -> None:
        """Lose what was under way at the workers: the process is gone. What the cloud does itself goes on."""
        self._lives += 1
        self._arrived = []
        self._under_way = 0
        self.is_busy = False

    # What somebody else does meanwhile

    def _deed(self) -> None:
        if not self._deeds:
            return
        self._deeds -= 1
        refs = tuple(ref for ref in self.world.refs if ref in self.things)
        options: list[tuple[str, Ref | None]] = [('nothing', None), ('kill', None), ('stop', None)]
        options += [('tag', ref) for ref in refs if not self.things[ref].is_tagged]
        if self.world.reason == 'stuck':
            options += [('repair', ref) for ref in refs if self.things[ref].status == 'error']
        options += [('appear', ref) for ref in refs if ref.kind == 'plot' and ref not in self.strangers]
        what, ref = self.choices.choose(tuple(options))
        if what == 'kill':
            raise Killed
        if what == 'stop':
            self.is_stopped = True
        if ref and what == 'tag':
            self.things[ref].is_tagged = True
            self._must_stay(ref)
        if ref and what == 'appear':
            self.strangers[ref] = self.clock.seconds
        if ref and what == 'repair':
            self._set(ref, 'available')
            if not self.world.owners(ref):
                self._must_stay(ref)

    def _must_stay(self, ref: Ref) -> None:
        self.things[ref].must_stay_since = min(self.things[ref].must_stay_since, self.clock.seconds)

    # Steps

    def _check_intent(self, task: Task) -> None:
        intents = [(each.get('kind'), each.get('id'), each.get('step')) for each in self.written]
        if (task.ref.kind, task.ref.id, task.step) not in intents:
            self.history.problems.append(f'{task.step} of {task.ref} was begun before it was written down')

    def _step(self, task: Task, life: int) -> None:
        """Do what :meth:`orphancleanup.execute.worker.Worker.take` does, with an answer that is chosen.

        :param life: the one that began it: with a process that was killed, its workers are gone.
        """
        if self._lives != life:
            return
        if self.clock.seconds > task.until:
            self._arrive(task, Answer(task.ref, Reply.TOO_LATE), QUICK)
            return
        self.history.sends.append((task.ref, task.step, self.clock.seconds))
        self._check(task)
        if task.ref not in self.things:
            self._arrive(task, Answer(task.ref, Reply.GONE, 'not found'), QUICK)
            return
        answer = self._answer or self.choices.choose(self._answers(task.step))
        self._answer = answer if answer.endswith('from now on') else ''
        delay = self._delay()
        self._arrive(task, Answer(task.ref, self._done(task, answer), answer), delay)

    def _answers(self, step: str) -> tuple[str, ...]:
        if step == 'reset':
            return ANSWERS[:5]
        return AT_ONCE if self.world.is_at_once else ANSWERS

    def _done(self, task: Task, answer: str) -> Reply:
        ref = task.ref
        if answer.startswith(('refused', 'forbidden')):
            self.history.refused.add(ref)
            return Reply.FORBIDDEN if answer == 'forbidden' else Reply.REFUSED
        if answer == 'said to be gone':
            return Reply.GONE
        if answer in ('unknown, not taken', 'unknown, from now on'):
            return Reply.UNKNOWN
        if task.step == 'reset':
            self._set(ref, 'error')
            self._undo_repair(ref)
        else:
            self._remove(ref, answer)
        return Reply.UNKNOWN if answer.startswith('unknown') else Reply.ACCEPTED

    def _remove(self, ref: Ref, answer: str) -> None:
        self.history.accepted[ref] = self.clock.seconds
        self._set(ref, 'deleting')
        self._undo_repair(ref)
        if self.world.is_at_once:
            self._go(ref, takes_parts=True)
        elif answer in ('accepted, fails', 'unknown, fails'):
            self._at(GONE_AFTER, '_fail', ref)
        elif answer == 'accepted, given up':
            self._at(GONE_AFTER, '_give_up', ref)
        elif answer != 'accepted, hangs':
            takes_parts = answer != 'accepted, parts stay'
            self._at(LATE if answer.endswith('late') else GONE_AFTER, '_go', ref, takes_parts)

    def _undo_repair(self, ref: Ref) -> None:
        """Forget a repair that no look could show before a step: the step has undone it."""
        if not self.things[ref].is_tagged:
            self.things[ref].must_stay_since = math.inf

    def _fail(self, ref: Ref) -> None:
        if ref in self.things:
            self._set(ref, 'error_deleting')
            self.history.refused.add(ref)

    def _give_up(self, ref: Ref) -> None:
        if ref in self.things:
            self._set(ref, 'available')
            self.history.refused.add(ref)

    def _go(self, ref: Ref, takes_parts: bool) -> None:
        if self.things.pop(ref, None):
            self.history.gone[ref] = self.clock.seconds
        for part in self.world.parts(ref) if takes_parts else ():
            if part in self.things:
                self._go(part, takes_parts)

    def _set(self, ref: Ref, status: str) -> None:
        self.things[ref].status, self.things[ref].since = status, self.clock.seconds

    # Checks at each step

    def _check(self, task: Task) -> None:
        ref, now, problems = task.ref, self.clock.seconds, self.history.problems
        if ref not in self.world.refs:
            problems.append(f'{ref} is not in the plan')
            return
        for one in self.world.taken_along(ref):
            self._check_empty(task, one)
            since = self.things[one].must_stay_since if one in self.things else math.inf
            if now - since > 60.0:
                problems.append(
                    f'{task.step} of {ref} rests on a look at {one} older than {now - since:.0f} s'
                )
            if self.history.read.get(one, -math.inf) > since and one not in self.history.lies:
                problems.append(f'{task.step} of {ref} although a look had shown that {one} must stay')
        for other in self.world.ahead(ref):
            if other in self.things:
                problems.append(f'{task.step} of {ref} before {other} was gone')
        if task.step in ('reset', 'force-delete') and ref not in self.history.refused | self.history.overdue:
            problems.append(f'{task.step} of {ref} without a refusal or a proven time-out')

    def _check_empty(self, task: Task, project: Ref) -> None:
        since = self.strangers.get(project, math.inf)
        if self.clock.seconds - since > 60.0:
            self.history.problems.append(
                f'{task.step} of {task.ref} rests on listings that are too old: {project} is not empty'
            )
        if project in self.history.shown:
            self.history.problems.append(
                f'{task.step} of {task.ref} although {project} was shown not to be empty'
            )

    # Readings

    def _read(self, reading: Reading) -> None:
        """Read what is there when the reading begins; it comes back later, and may be wrong as the choice says."""
        started = self.clock.seconds
        asked = [each.ref for each in reading.questions]
        asked += [ref for ref in self.world.refs if reading.is_listing and ref.kind == reading.kind]
        found = {ref: self._resource(ref) for ref in dict.fromkeys(asked) if ref in self.things}
        options = list(SIGHTS[:3])
        victims = [ref for ref in found if ref not in self.history.lies]
        options += ['lacks one'] if victims else []
        if not reading.is_listing:
            options += ['unclear', *([] if self.world.is_at_once else ['ids are unknown, from now on'])]
        what = self._what(tuple(options), reading)
        delay = self._delay()
        lies = {'lacks one': victims[-1:], 'ids are unknown, from now on': list(found)}.get(what, [])
        unclear = {reading.questions[-1].ref: 'no answer'} if what == 'unclear' else {}
        told = {ref: each for ref, each in found.items() if ref not in lies and ref not in unclear}
        sight = Sight(
            started, told, unclear, 'no answer' if what.startswith('failed') else '', len(self.things)
        )
        if reading.is_listing:
            sight = dataclasses.replace(sight, contents=self._contents(reading.kind, lies))
        self._at(delay, '_note', reading, sight, lies)
        self._arrive(reading, sight, delay)

    def _contents(self, kind: str, lies: list[Ref]) -> dict[str, tuple[Ref, ...]]:
        found = {}
        for project in (ref for ref in self.world.refs if ref.kind == 'plot'):
            inside = [ref for ref in self.world.inside(project) if ref in self.things and ref not in lies]
            inside += [Ref('thing', 'stranger')] if project in self.strangers else []
            found[project.id] = tuple(ref for ref in inside if ref.kind == kind)
        return found

    def _what(self, options: tuple[str, ...], reading: Reading) -> str:
        """Return what a reading shows, and keep to it when it is to last."""
        if self._sight.startswith('ids') and reading.is_listing:
            return 'true'
        what = self._sight or self.choices.choose(options)
        self._sight = what if what.endswith('from now on') else ''
        return what

    def _delay(self) -> float:
        """Return how long a job takes; infinity was chosen when all are slow from now on."""
        delay = SLOW if self._is_slow else self.choices.choose(DELAYS)
        self._is_slow = self._is_slow or math.isinf(delay)
        return min(delay, SLOW)

    def _note(self, reading: Reading, sight: Sight, lies: list[Ref]) -> None:
        if sight.failed:
            return
        shown = {project for project, inside in sight.contents.items() if Ref('thing', 'stranger') in inside}
        self.history.shown |= {ref for ref in self.strangers if ref.id in shown}
        for question in reading.questions:
            ref = question.ref
            if ref in sight.unclear:
                continue
            self.history.lies.discard(ref)
            if ref in lies:
                self.history.lies.add(ref)
                continue
            self.history.read[ref] = max(sight.started, self.history.read.get(ref, -math.inf))
            accepted = self.history.accepted.get(ref, math.inf)
            if ref in sight.found and sight.started - accepted > self._deadline:
                self.history.overdue.add(ref)

    def _resource(self, ref: Ref) -> Resource:
        thing = self.things[ref]
        holds = tuple(part for part in self.world.parts(ref) if part in self.things)
        return self.world.resource(ref, Looks(thing.status, thing.since >= 0, thing.is_tagged, holds))
