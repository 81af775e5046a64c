"""What do steps ask for, at which level, how often, and what do they say when it is refused?"""

import contextlib
import urllib.parse
from collections import Counter

from orphancleanup.errors import (
    ApiError,
    BadRequest,
    CloudError,
    Conflict,
    Forbidden,
    NotFound,
    OrphancleanupError,
    Unreachable,
)
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.strangers import guarded
from orphancleanup.testing.checks.observed_cloud import ObservedCloud, fail_all, fail_at, is_change
from orphancleanup.testing.checks.subject import FAILURES, Subject
from orphancleanup.testing.fake_service import Request

_UNREADABLE = (ApiError.of(403, 'no'), ApiError.of(500, 'broken'), Unreachable('gone silent'))
_REFUSALS = (BadRequest, Forbidden, Conflict)


class StepRequests:
    """The tests."""

    def test_steps_ask_for_nothing_else(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            roots = _roots(subject, victim)
            observed = ObservedCloud(cloud)
            _run(step, observed, victim)
            declared = subject.suite.may_touch.get(step.name, ())
            for request in observed.changes:
                is_own = request.service == subject.handler.service and _is_of(request, victim, roots)
                is_declared = any(_is_below(request.path, path) for path in declared)
                assert is_own or is_declared, (
                    f'{step.name} of {victim.ref} sent {request.method} {request.service} {request.path}, which is '
                    f'about something else; if that is meant, name its path in "may_touch" of the suite'
                )

    def test_a_step_that_is_always_allowed_is_a_plain_one(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            if step.level is not Level.API:
                continue
            observed = ObservedCloud(cloud)
            _run(step, observed, victim)
            for request in observed.changes:
                assert subject.suite.is_plain(request, victim), (
                    f'{step.name} of {victim.ref} ({victim.status}) sends {request.method} {request.path} '
                    f'{dict(request.query)} {request.body}, which is more than a plain removal: give it a harsher '
                    f'level, or tell by "is_plain" of the suite that every user of its project may do it'
                )

    def test_what_a_plain_removal_is_refused_no_gentle_step_does(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            if step.level is not Level.API or not step.removes:
                continue

            def refuse(_: int, request: Request, owner: Resource = victim) -> None:
                if is_change(request) and subject.suite.is_plain(request, owner):
                    raise ApiError.of(409, 'in use')

            taken = _run(step, ObservedCloud(cloud, refuse), victim)
            assert not taken, f'{step.name} of {victim.ref} does what a plain removal was refused'

    def test_a_refused_step_raises_what_was_said(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            for failure in FAILURES:
                observed = ObservedCloud(cloud, fail_all(failure, changes_only=True))
                raised = _raised(step, observed, victim)
                assert observed.requests, f'{step.name} asked nobody'
                assert raised is not None, f'{step.name} was refused ({failure}), and did not say so'
                assert not isinstance(raised, NotFound), f'{step.name} said gone at {failure}'
                is_unknown = not isinstance(failure, _REFUSALS)
                assert not (is_unknown and observed.changes and isinstance(raised, _REFUSALS)), (
                    f'{step.name} took {failure} for a refusal, upon which something harsher follows: {raised!r}'
                )

    def test_a_step_that_cannot_read_changes_nothing(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            trial = ObservedCloud(cloud, swallows=True)
            _run(step, trial, victim)
            reads = [number for number, request in enumerate(trial.requests) if not is_change(request)]
            for number in reads:
                for failure in _UNREADABLE:
                    observed = ObservedCloud(cloud, fail_at(number, failure), swallows=True)
                    raised = _raised(step, observed, victim)
                    later = [each for each in observed.requests[number:] if is_change(each)]
                    where = f'{step.name} could not read {trial.requests[number].path} ({failure})'
                    assert raised is not None, f'{where}, and did not say so'
                    assert not later, f'{where}, and went on'

    def test_a_step_asks_once_and_does_not_wait(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            observed = ObservedCloud(cloud, swallows=True)
            _run(step, observed, victim)
            repeated = _repeated(observed.requests)
            assert not repeated, f'{step.name} asks again and again: {repeated}; the engine waits, and looks'

    def test_nothing_is_tried_again(self, subject: Subject) -> None:
        for failure in FAILURES:
            cloud = subject.opened()
            victim = subject.victim(cloud)
            observed = ObservedCloud(cloud, fail_all(failure))
            for read in (subject.discover, *subject.asks(victim.ref).values()):
                start = len(observed.requests)
                with contextlib.suppress(OrphancleanupError):
                    read(observed)
                repeated = _repeated(observed.requests[start:])
                assert not repeated, f'at {failure} it asked again: {repeated}; the engine does that'
            for step in subject.ladder(victim):
                refused = ObservedCloud(cloud, fail_all(failure, changes_only=True))
                _run(step, refused, victim)
                repeated = _repeated(refused.changes)
                assert not repeated, f'at {failure} {step.name} asked again: {repeated}; the engine does that'


def _raised(step: Step, cloud: ObservedCloud, victim: Resource) -> OrphancleanupError | None:
    try:
        with guarded(
            lambda error: AssertionError(f'{step.name} raised {error!r}, which is no error of the cloud'),
            OrphancleanupError,
        ):
            step.run(cloud, victim)
    except OrphancleanupError as error:
        return error
    return None


def _run(step: Step, cloud: ObservedCloud, victim: Resource) -> bool:
    """Take a step; return whether it was accepted."""
    return _raised(step, cloud, victim) is None


def _repeated(requests: list[Request]) -> list[str]:
    counted = Counter(
        f'{each.service} {each.method} {each.path} {dict(each.query)} {each.body}' for each in requests
    )
    return [text for text, count in counted.items() if count > 1]


def _roots(subject: Subject, victim: Resource) -> set[str]:
    """Return the paths that the kind is read at, up to the id."""
    observed = ObservedCloud(subject.cloud())
    subject.discover(observed)
    with contextlib.suppress(CloudError):
        subject.look(observed, victim.ref)
    own = [each.path for each in observed.requests if each.service == subject.handler.service]
    quoted = urllib.parse.quote(victim.id, safe='')
    return {path.split(f'/{quoted}')[0].removesuffix('/detail') for path in own}


def _is_of(request: Request, victim: Resource, roots: set[str]) -> bool:
    before, is_named, _ = f'{request.path}/'.partition(f'/{urllib.parse.quote(victim.id, safe="")}/')
    return bool(is_named) and any(_is_below(before, root) for root in roots)


def _is_below(path: str, root: str) -> bool:
    return path == root or path.startswith(f'{root}/')
