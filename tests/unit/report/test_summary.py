import dataclasses
import datetime

import pytest

from orphancleanup.judging.plan import Entry, Plan, Unresolved
from orphancleanup.judging.verdict import Guard, Verdict
from orphancleanup.model import Level, Ref, Resource, Scope, Unread
from orphancleanup.outcome import NextStep
from orphancleanup.report import summary
from tests.unit import samples


def test_a_review_is_summed_up_by_kind_and_project_with_what_was_not_read():
    assert summary.of_review(samples.VERDICTS, samples.INVENTORY, samples.PLAN) == [
        '5 resources seen: 2 to remove, 1 to remove with their owner, 2 to keep (1 of these selected, but protected).',
        'To remove: 3 (cinder-volume 2, nova-server 1).',
        '  from project demo: 2 (cinder-volume 2).',
        '  from project (missing) gone: 1 (nova-server 1).',
        'Could not be read: cinder-backup: HTTP 500: oops (req-1). Nothing in it is touched.',
        'Not looked for: heat-stack: the catalogue has no orchestration service.',
    ]


def test_many_projects_are_counted():
    entries = tuple(
        Entry(Resource(Ref('nova-server', f's{number}'), project_id=f'p{number}'), ()) for number in range(12)
    )
    lines = summary.of_plan(Plan(samples.CLOUD, samples.NOW, entries))
    assert len(lines) == 12
    assert lines[-1] == '  from 2 more projects: the rest.'


def test_an_apply_is_summed_up_with_its_cost_and_what_could_be_tried_next():
    duration = datetime.timedelta(seconds=12.34)
    assert summary.of_outcomes(samples.OUTCOMES, duration, samples.REQUESTS) == [
        'Of 3 resources: 1 removed, 1 not removed, 1 blocked, in 12.3 s.',
        '6 requests, 6.0 per removed resource.',
        'With --force, "force-delete" would be tried next on 1 resource.',
    ]


def test_what_the_next_step_lacks_in_the_configuration_is_said():
    lacking = NextStep('purge', Level.DATABASE, '[mysql-fallback] heat_connection')
    stubborn = dataclasses.replace(samples.OUTCOMES[1], next_step=lacking)
    lines = summary.of_outcomes([stubborn], datetime.timedelta(seconds=1), {})
    assert lines[-1] == (
        'With --database and [mysql-fallback] heat_connection, "purge" would be tried next on 1 resource.'
    )


def test_what_no_step_could_remove_comes_with_advice():
    stubborn = dataclasses.replace(samples.OUTCOMES[1], next_step=None)
    lines = summary.of_outcomes([stubborn], datetime.timedelta(seconds=1), {})
    assert lines[-1].startswith('1 resource could not be removed: fix the cause')


def test_what_was_interrupted_comes_with_no_advice():
    stubborn = dataclasses.replace(samples.OUTCOMES[1], next_step=None)
    lines = summary.of_outcomes([stubborn], datetime.timedelta(seconds=1), {}, is_interrupted=True)
    assert lines == ['Of 1 resource: 0 removed, 1 not removed, in 1.0 s.']


def test_nothing_removed_is_said():
    lines = summary.of_outcomes(samples.OUTCOMES[1:2], datetime.timedelta(seconds=1), {'compute GET': 1})
    assert lines[:2] == ['Of 1 resource: 0 removed, 1 not removed, in 1.0 s.', '1 request.']


def test_kinds_that_the_saved_state_does_not_cover_are_named():
    guard = Guard('not-covered', 'the baseline does not cover nova-server here')
    kept = (Verdict(samples.SERVER, (), (guard,)), Verdict(samples.KEPT, (), (guard,)))
    lines = summary.of_review(kept, samples.INVENTORY, Plan(samples.CLOUD, samples.NOW, ()))
    assert lines[1] == 'Not covered by the saved state, so kept: nova-server 2.'


def test_what_needs_a_person_is_named():
    plan = dataclasses.replace(
        samples.PLAN, unread=(), unresolved=(Unresolved(samples.KEPT.ref, 'it waits for itself.'),)
    )
    assert summary.of_work(plan) == ['Needs a person: nova-server:s2: it waits for itself.']
    assert 'Needs a person: nova-server:s2: it waits for itself.' in summary.of_review(
        samples.VERDICTS, samples.INVENTORY, plan
    )


def test_what_goes_along_and_no_handler_knows_is_counted():
    lines = summary.of_plan(samples.wider(samples.PLAN))
    assert lines[-1] == 'Removed with these, of types that no handler knows: 3 OS::Trove::Instance.'


def test_no_line_ends_with_two_full_stops():
    unread = [Unread(Scope('nova-server'), 'HTTP 500: Oops.')]
    assert summary.of_unread(unread) == [
        'Could not be read: nova-server: HTTP 500: Oops. Nothing in it is touched.'
    ]
    assert summary.of_breaches(['too many.', 'too much']) == ['Limit: too many.', 'Limit: too much.']
    assert summary.of_absent({'a': 'no such service'}) == ['Not looked for: a: no such service.']
    many = summary.of_absent(dict.fromkeys('abcdef', 'no such service'))
    assert many == ['Not looked for: a, b, c and 3 more kinds: no such service.']


def test_what_failed_twice_with_the_same_words_is_told_once():
    twice = [Unread(Scope('project'), f'HTTP 403: No. (req-{number})') for number in (1, 2)]
    assert len(summary.of_unread([*twice, Unread(Scope('nova-server'), twice[0].why)])) == 2


def test_what_is_left_behind_is_told_by_kind_with_who_is_to_remove_it():
    left = [
        Resource(Ref(kind, f'{kind}-{number}'), protection='somebody else removes it')
        for kind, count in (('list', 1), ('route', 6))
        for number in range(count)
    ]
    assert summary.of_left_behind(left) == [
        'Left behind: list 1 (list-0): somebody else removes it.',
        'Left behind: route 6 (route-0, route-1, route-2, route-3 and 2 more): somebody else removes it.',
    ]
    assert summary.of_left_behind([]) == []


@pytest.mark.parametrize(
    ('told', 'line'),
    [
        ({'unused': 'its network is gone'}, 'Left behind: route 1 (r1): its network is gone.'),
        ({}, 'Left behind: route 1 (r1).'),
    ],
)
def test_what_is_left_behind_is_told_though_nobody_says_who_is_to_remove_it(told, line):
    assert summary.of_left_behind([Resource(Ref('route', 'r1'), **told)]) == [line]
