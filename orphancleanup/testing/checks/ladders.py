"""Is there a ladder for every resource, gentlest step first, and is it made of nothing but the resource?"""

import dataclasses
import functools
import json

from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.strangers import attempted
from orphancleanup.testing.checks.alterations import altered
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.checks.resource_faults import faults
from orphancleanup.testing.checks.subject import UNKNOWN_WORD, Subject


class Ladders:
    """The tests."""

    def test_the_ladder_begins_gently(self, subject: Subject) -> None:
        victim = subject.victim(subject.cloud())
        wrong = ladder_faults(subject, victim)
        assert not wrong, '; '.join(wrong)

    def test_every_status_has_a_ladder(self, subject: Subject) -> None:
        victim = subject.victim(subject.cloud())
        states = subject.handler.states
        words = (states.creation_failed | states.deletion_failed | states.leaving) - {''}
        both_cases = {word.upper() for word in words} | {word.lower() for word in words}
        for word in sorted({*words, *both_cases, UNKNOWN_WORD, ''}):
            wrong = ladder_faults(
                subject, dataclasses.replace(victim, status=word, condition=states.condition(word))
            )
            assert not wrong, f'in the status {word!r}: {"; ".join(wrong)}'

    def test_whatever_a_record_says_there_is_a_ladder(self, subject: Subject) -> None:
        for case in altered(subject):
            observed = case.observed()
            found = attempted(functools.partial(subject.look, observed, case.victim.ref))
            # What look must say when it fails is the question of another room.
            if found is None or isinstance(found, Exception) or faults(found, subject.handler.kind):
                continue
            wrong = ladder_faults(subject, found)
            assert not wrong, f'when {case.alteration}: {"; ".join(wrong)}'

    def test_the_ladder_asks_nobody(self, subject: Subject) -> None:
        cloud = subject.cloud()
        observed = ObservedCloud(cloud)
        found = subject.look(observed, subject.victim(cloud).ref)
        assert found is not None
        before = len(observed.requests), len(observed.services)
        subject.ladder(found)
        assert (len(observed.requests), len(observed.services)) == before, 'the ladder asked the cloud'

    def test_the_ladder_is_the_same_out_of_a_file(self, subject: Subject) -> None:
        """A plan is a file, and a step is found by its name in a ladder that is made again."""
        victim = subject.victim(subject.cloud())
        read = dataclasses.replace(victim, details=json.loads(json.dumps(dict(victim.details))))
        assert read.details == victim.details, f'the details do not survive a file: {victim.details!r}'
        first, second, third = (_outline(subject.ladder(each)) for each in (victim, victim, read))
        assert first == second, f'twice asked, the ladder is another: {first} and {second}'
        assert first == third, f'out of a file, the ladder is another: {first} and {third}'


def ladder_faults(subject: Subject, resource: Resource) -> list[str]:
    """Return a sentence for each thing that is wrong with the ladder of a resource."""
    steps = attempted(functools.partial(subject.ladder, resource))
    if isinstance(steps, Exception):
        return [f'the ladder raised {steps!r}']
    if not steps:
        return [] if resource.is_system else ['without a step it could never go']
    if not all(isinstance(step, Step) and isinstance(step.level, Level) for step in steps):
        return [f'not all of these are steps with a level: {steps!r}']
    names, levels = [step.name for step in steps], [step.level for step in steps]
    found = {
        f'two steps have the same name: {names}': len(set(names)) < len(names),
        f'a step has no name: {names}': not all(isinstance(name, str) and name for name in names),
        f'a harsher step comes before a gentler one: {names}': levels != sorted(levels),
        f'levels that "levels" does not name: {names}': not set(levels) <= set(subject.handler.levels),
        f'{names[-1]} only prepares, and nothing removes after it': not steps[-1].removes,
    }
    return [sentence for sentence, is_so in found.items() if is_so]


def _outline(steps: tuple[Step, ...]) -> list[tuple[str, Level, bool]]:
    return [(step.name, step.level, step.removes) for step in steps]
