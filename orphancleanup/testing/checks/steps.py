"""Does each step remove what it is for or say why not, and touch nothing else?"""

import copy
import functools

from orphancleanup.errors import OrphancleanupError
from orphancleanup.ladder import Step
from orphancleanup.model import Resource
from orphancleanup.strangers import attempted
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.checks.owners import parts
from orphancleanup.testing.checks.subject import Subject
from orphancleanup.testing.collection import Item
from orphancleanup.testing.fake_cloud import FakeCloud

#: the path of a collection and the id of an item in it
_Place = tuple[str, str]


class Steps:
    """The tests."""

    def test_each_step_removes_or_says_why_not(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            if not step.removes or not _took(step, cloud, victim):
                continue
            cloud.clock.advance(subject.suite.patience)
            gone = subject.look(cloud, victim.ref) is None
            assert gone, f'{step.name} of {victim.ref} ({victim.status}) was accepted, but it is still there'

    def test_the_first_removal_of_what_is_well_removes(self, subject: Subject) -> None:
        cloud = subject.opened()
        victim = subject.victim(cloud)
        for step in subject.ladder(victim):
            if _took(step, cloud, victim) and step.removes:
                break
        cloud.clock.advance(subject.suite.patience)
        assert subject.look(cloud, victim.ref) is None, f'no step of its ladder removed {victim.ref}'

    def test_steps_on_what_is_gone_say_so(self, subject: Subject) -> None:
        """Returning is allowed, too: the engine looks again after every step."""
        for cloud, victim, step in subject.steps():
            subject.suite.vanish(cloud, victim)
            failure = attempted(functools.partial(step.run, ObservedCloud(cloud), victim))
            assert failure is None or isinstance(failure, OrphancleanupError), (
                f'{step.name}, on what is gone, raised {failure!r}; raise NotFound'
            )

    def test_steps_touch_nothing_else(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            own = _own(subject, cloud, victim)
            before = _snapshot(cloud)
            _took(step, cloud, victim)
            cloud.clock.advance(subject.suite.patience)
            after = _snapshot(cloud)
            declared = subject.suite.may_touch.get(step.name, ())
            for place in sorted(set(before) - set(after)):
                path, identifier = place
                is_declared = path in declared and _refers(before[place], victim.id)
                assert identifier in own or is_declared, (
                    f'{step.name} of {victim.ref} removed {path}/{identifier}; what a step removes besides belongs '
                    f'into "holds", or its path into "may_touch" of the suite'
                )
            for place in sorted(set(before) & set(after)):
                is_related = place[1] in own | _related(victim) or _refers(before[place], victim.id)
                assert is_related or before[place] == after[place], (
                    f'{step.name} of {victim.ref} changed {place[0]}/{place[1]}, which has nothing to do with it'
                )

    def test_what_something_depends_on_is_refused_and_unchanged(self, subject: Subject) -> None:
        """A step that only prepares must not leave behind what then has to stay as something else."""
        for cloud, victim, step in subject.steps():
            free = _snapshot(cloud)
            subject.suite.burden(cloud, victim)
            before = _snapshot(cloud)
            if before == free:
                continue
            taken = _took(step, cloud, victim)
            cloud.clock.advance(subject.suite.patience)
            assert not taken, f'{step.name} went on although something depends on {victim.ref}'
            assert _snapshot(cloud) == before, f'{step.name} was refused, and changed something all the same'


def _took(step: Step, cloud: FakeCloud, victim: Resource) -> bool:
    try:
        step.run(ObservedCloud(cloud), victim)
    except OrphancleanupError:
        return False
    return True


def _own(subject: Subject, cloud: FakeCloud, victim: Resource) -> set[str]:
    held = parts(subject.handler, victim, cloud)
    return {victim.id, *(ref.id for ref in victim.holds), *(part.id for part in held)}


def _related(victim: Resource) -> set[str]:
    return {
        ref.id
        for ref in (*victim.parents, *victim.blockers, *victim.owners, *victim.goes_with, *victim.alters)
    }


def _snapshot(cloud: FakeCloud) -> dict[_Place, Item]:
    for collection in cloud.collections():
        collection.settle()
    return {
        (collection.path, identifier): copy.deepcopy(item)
        for collection in cloud.collections()
        for identifier, item in collection.items.items()
    }


def _refers(value: object, identifier: str) -> bool:
    if isinstance(value, dict):
        return any(_refers(each, identifier) for each in value.values())
    if isinstance(value, list | tuple):
        return any(_refers(each, identifier) for each in value)
    return value == identifier
