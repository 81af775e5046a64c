import dataclasses

import pytest

from orphancleanup.judging.plan import Unresolved
from orphancleanup.outcome import Result
from orphancleanup.report import exit_code
from orphancleanup.results import Applied
from tests.unit import samples

REMOVED, LEFT, _ = samples.OUTCOMES


def test_a_dry_run_that_finds_nothing_is_clean():
    assert exit_code.of_dry_run(dataclasses.replace(samples.PLAN, entries=(), unread=())) == 0


UNRESOLVED = Unresolved(samples.KEPT.ref, 'it waits for itself')


@pytest.mark.parametrize(
    'rest', [{'entries': ()}, {'unread': ()}, {'entries': (), 'unread': (), 'unresolved': (UNRESOLVED,)}]
)
def test_a_dry_run_that_finds_something_or_could_not_look_leaves_work(rest):
    assert exit_code.of_dry_run(dataclasses.replace(samples.PLAN, **rest)) == 4


def applied(*outcomes, **fields):
    plan = dataclasses.replace(
        samples.PLAN, unread=fields.pop('unread', ()), unresolved=fields.pop('unresolved', ())
    )
    return Applied('run', plan, outcomes, samples.NOW, samples.NOW, **fields)


@pytest.mark.parametrize('result', list(Result))
def test_an_apply_is_clean_only_when_everything_is_gone(result):
    outcome = dataclasses.replace(LEFT, result=result)
    expected = 0 if result in (Result.REMOVED, Result.ALREADY_GONE) else 4
    assert exit_code.of_apply(applied(REMOVED, outcome)) == expected


def test_an_apply_that_could_not_read_a_scope_leaves_work():
    assert exit_code.of_apply(applied(REMOVED, unread=(samples.UNREAD,))) == 4


def test_an_apply_that_leaves_something_to_a_person_leaves_work():
    assert exit_code.of_apply(applied(REMOVED, unresolved=(UNRESOLVED,))) == 4


def test_a_role_that_could_not_be_taken_back_is_work_left():
    assert exit_code.of_apply(applied(REMOVED, warnings=('a role is left',))) == 4


def test_what_stays_for_somebody_else_to_remove_is_no_work_of_ours():
    assert exit_code.of_apply(applied(REMOVED, left_behind=(samples.KEPT,))) == 0


def test_an_interrupted_apply_says_so():
    assert exit_code.of_apply(applied(REMOVED, interrupted=True)) == 130
