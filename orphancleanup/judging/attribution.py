"""Which test left a resource behind, and how sure that is. Pure.

tempest gives what it makes names with the class of the test in them (``tempest-VolumesGetTest-Volume-1804289383``),
the projects and users of a class, too (tempest/lib/common/dynamic_creds.py). So the class follows from the name of the
resource, else from its project, else from what else is in its project; and the test of the class from the time.
"""

import datetime
import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from orphancleanup.judging.trials import Ending, TestRun, Trial
from orphancleanup.model import Project, Ref, Resource

# Services tell the time of a creation in whole seconds, cut off.
_SECOND = datetime.timedelta(seconds=1)
# A run tells nothing of the set-up before its first test, nor of what comes after its last; neither takes longer.
_AROUND = datetime.timedelta(minutes=15)
# By which a request may arrive before its test has begun, as the clocks of services differ.
_MARGIN = datetime.timedelta(seconds=1)


class Certainty(enum.StrEnum):
    """How sure it is that a test made something."""

    CERTAIN = 'certain'
    LIKELY = 'likely'
    POSSIBLE = 'possible'


@dataclass(frozen=True, slots=True)
class Match:
    """A resource and the test that made it.

    :param test: the id of the test; that of its class when several of it may have made it, or the set-up of the class
        did; where not even the class can be told, the ids of two that ran then, and how many more did.
    :param candidates: the tests that may have made it.
    :param how: what tells so, for a sentence.
    """

    ref: Ref
    name: str
    test: str
    ending: Ending
    certainty: Certainty
    how: str
    candidates: tuple[str, ...] = ()
    failure: str = ''


@dataclass(frozen=True)
class Attribution:
    """What a test run has left behind.

    :param unmatched: what none of its tests can be told to have made.
    """

    run: TestRun
    matches: tuple[Match, ...]
    unmatched: tuple[Ref, ...]

    @cached_property
    def by_ref(self) -> Mapping[Ref, Match]:
        """What was left to the test that left it, as far as that can be told."""
        return {match.ref: match for match in self.matches}


def attribute(
    resources: Iterable[Resource],
    projects: Mapping[str, Project],
    run: TestRun,
    ahead: datetime.timedelta = datetime.timedelta(),
) -> Attribution:
    """Tell which test made each resource.

    :param projects: project id to project, as far as they are known.
    :param ahead: how far the clock of the cloud is ahead of that of the machine that ran the tests.
    """
    leaked = tuple(resources)
    homes = _homes(leaked, projects, run)
    found = {each.ref: _match(each, homes, run, ahead) for each in leaked}
    return Attribution(
        run,
        tuple(match for match in found.values() if match),
        tuple(ref for ref, match in found.items() if match is None),
    )


def _homes(
    resources: Iterable[Resource], projects: Mapping[str, Project], run: TestRun
) -> dict[str, tuple[tuple[str, ...], str]]:
    """Return project id to the classes that work in it, and what tells so."""
    homes: dict[str, tuple[tuple[str, ...], str]] = {}
    for project in projects.values():
        if classes := _classes_in(project.name, run):
            homes[project.id] = (classes, f'its project is {project.name}')
    for resource in resources:
        home, classes = resource.project_id, _classes_in(resource.name, run)
        if home and home not in projects and classes:
            known, how = homes.get(home, ((), f'{resource.name} is in its project'))
            homes[home] = (tuple(dict.fromkeys((*known, *classes))), how)
    return homes


def _classes_in(name: str, run: TestRun) -> tuple[str, ...]:
    for word in name.split('-'):
        if word in run.classes:
            return run.classes[word]
    return ()


def _match(
    resource: Resource,
    homes: Mapping[str, tuple[tuple[str, ...], str]],
    run: TestRun,
    ahead: datetime.timedelta,
) -> Match | None:
    classes, how = _classes_in(resource.name, run), 'its name has the class'
    if not classes:
        classes, how = homes.get(resource.project_id, (classes, how))
    moment = resource.created_at - ahead if resource.created_at else None
    if moment and _is_of_another_run(run, moment):
        return None
    if classes:
        return _of_classes(resource, (classes, how), moment, run)
    trials = _worst_first(_running(run.trials, moment), run)
    if not trials:
        return None
    how = 'it ran when this was created' if len(trials) == 1 else 'these ran when this was created'
    return _matched(resource, trials, _Told(run, Certainty.POSSIBLE, how, _either(trials)))


def _either(trials: tuple[Trial, ...]) -> str:
    named, others = [each.id for each in trials[:2]], len(trials) - 2
    return ' or '.join([*named, f'{others} more'] if others > 0 else named)


def _is_of_another_run(run: TestRun, moment: datetime.datetime) -> bool:
    """Return whether a moment is before or after a run; what was killed may have gone on after what is told of it."""
    if run.span is None:
        return False
    first, last = run.span
    return moment < first - _AROUND or (moment > last + _AROUND and not run.is_cut)


def _of_classes(
    resource: Resource,
    told: tuple[tuple[str, ...], str],
    moment: datetime.datetime | None,
    run: TestRun,
) -> Match:
    classes, how = told
    trials = tuple(trial for name in classes for trial in run.of_class[name])
    running = _running(trials, moment)
    if len(running) == 1:
        certainty = Certainty.CERTAIN if len(classes) == 1 else Certainty.LIKELY
        return _matched(
            resource, running, _Told(run, certainty, f'{how}, and it was created while the test ran')
        )
    if not running and moment is not None and _is_before(trials, moment):
        how = f'{how}, and it was created before its first test began, so by its set-up'
        return _matched(resource, _set_up(trials), _Told(run, Certainty.LIKELY, how, ' or '.join(classes)))
    name = ' or '.join({each.class_name: None for each in running or trials})
    return _matched(resource, running or trials, _Told(run, Certainty.LIKELY, how, name))


def _running(trials: Iterable[Trial], moment: datetime.datetime | None) -> tuple[Trial, ...]:
    """Return what ran at a moment; what ran nearly then only when nothing else did."""
    if moment is None:
        return ()
    close = tuple(each for each in trials if each.ran_at(moment - _MARGIN, moment + _SECOND + _MARGIN))
    exact = tuple(each for each in close if each.ran_at(moment, moment + _SECOND))
    return exact or close


def _is_before(trials: Iterable[Trial], moment: datetime.datetime) -> bool:
    begun = [each.began for each in trials if each.began and each.ending is not Ending.SKIPPED]
    return not begun or moment < min(begun)


def _set_up(trials: tuple[Trial, ...]) -> tuple[Trial, ...]:
    """Return the trial that a failed set-up is told as, else those that it was for."""
    return tuple(each for each in trials if each.id.startswith('setUpClass')) or trials


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of a match; see :class:`Match`."""

    run: TestRun
    certainty: Certainty
    how: str
    test: str = ''


def _worst_first(trials: Iterable[Trial], run: TestRun) -> tuple[Trial, ...]:
    return tuple(sorted(trials, key=lambda each: list(Ending).index(run.ending_of(each))))


def _matched(resource: Resource, trials: tuple[Trial, ...], told: _Told) -> Match:
    worst = _worst_first(trials, told.run)[0]
    return Match(
        ref=resource.ref,
        name=resource.name,
        test=told.test or trials[0].id,
        ending=told.run.ending_of(worst),
        certainty=told.certainty,
        how=told.how,
        candidates=tuple(each.id for each in trials),
        failure=worst.failure,
    )
