"""Right before a step every reason is judged again, and what changed is left alone."""

import dataclasses
import datetime

import pytest

from orphancleanup.judging import rules
from orphancleanup.judging.guards import KEEP_TAG
from orphancleanup.judging.rules import Facts
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import Condition, Part, Ref, Resource

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
OLD = NOW - datetime.timedelta(days=2)
HOUR, HOURS = datetime.timedelta(hours=1), datetime.timedelta(hours=6)
MOMENT = datetime.timedelta(microseconds=1)
PARENT, OTHER = Ref('thing', 'parent'), Ref('thing', 'other')
BROKEN = Resource(
    Ref('bit', 'one'),
    name='tempest-1',
    project_id='ghost',
    status='error',
    created_at=OLD,
    updated_at=OLD,
    condition=Condition.CREATION_FAILED,
    parents=(PARENT,),
)
FACTS = Facts(project_exists=False, gone=frozenset({PARENT}), stuck=HOURS, now=NOW, is_ours=False)
CODES = (
    'not-in-baseline',
    'project-missing',
    'parent-missing',
    'stuck',
    'named',
    'prefix',
    'everything',
    'part-of',
)


def standing(fresh: Resource, **facts: object) -> set[str]:
    reasons = tuple(Reason(code, code) for code in CODES)
    known = dataclasses.replace(FACTS, **facts)  # type: ignore[arg-type]
    return {reason.code for reason in rules.standing(reasons, BROKEN, fresh, known)}


def fresh(**fields: object) -> Resource:
    return dataclasses.replace(BROKEN, **fields)  # type: ignore[arg-type]


def test_each_reason_stands_while_nothing_has_changed() -> None:
    assert standing(BROKEN) == set(CODES)


@pytest.mark.parametrize(
    ('facts', 'lost'),
    [({'project_exists': True}, {'project-missing'}), ({'gone': frozenset()}, {'parent-missing'})],
)
def test_a_project_or_a_parent_that_is_back_takes_its_reason_along(
    facts: dict[str, object], lost: set[str]
) -> None:
    assert set(CODES) - standing(BROKEN, **facts) == lost


def test_a_parent_that_it_no_longer_has_is_not_missing() -> None:
    assert 'parent-missing' not in standing(fresh(parents=(OTHER,)))


def test_another_project_is_not_the_one_that_was_missing() -> None:
    assert 'project-missing' not in standing(fresh(project_id='other'))


def test_another_name_takes_the_prefix_away() -> None:
    assert 'prefix' not in standing(fresh(name='production'))


def test_what_is_well_is_not_stuck_whoever_touched_it() -> None:
    well = fresh(status='available', condition=Condition.NORMAL)
    assert 'stuck' not in standing(well)
    assert 'stuck' not in standing(well, is_ours=True)


def test_what_has_moved_is_stuck_only_when_that_is_long_ago() -> None:
    assert 'stuck' not in standing(fresh(updated_at=NOW - HOURS + datetime.timedelta(seconds=1)))
    assert 'stuck' in standing(fresh(updated_at=NOW - HOURS))
    assert 'stuck' not in standing(fresh(updated_at=NOW - HOURS), stuck=None)


def test_what_a_step_of_ours_has_moved_is_still_stuck() -> None:
    leaving = fresh(status='deleting', condition=Condition.LEAVING, updated_at=NOW)
    assert 'stuck' in standing(leaving, is_ours=True)
    assert 'stuck' not in standing(leaving)


def test_what_a_step_of_ours_has_reset_is_still_stuck_whatever_its_status_means() -> None:
    reset = fresh(status='error', condition=Condition.NORMAL, updated_at=NOW)
    assert 'stuck' in standing(reset, is_ours=True)
    assert 'stuck' not in standing(reset)


@pytest.mark.parametrize('status', ['error_extending', 'error_restoring', 'UPDATE_FAILED', 'RESUME_FAILED'])
def test_what_is_broken_in_another_way_by_now_lives_whoever_touched_it(status: str) -> None:
    assert 'stuck' not in standing(fresh(status=status, condition=Condition.NORMAL), is_ours=True)


def test_without_a_time_nothing_is_stuck() -> None:
    assert 'stuck' not in standing(fresh(updated_at=None))


def test_a_reason_that_nobody_knows_does_not_hold() -> None:
    assert rules.standing((Reason('whim', 'a whim'),), BROKEN, BROKEN, FACTS) == ()


@pytest.mark.parametrize(
    ('fields', 'says'),
    [
        ({'project_id': 'other'}, 'it belongs to project other now'),
        ({'project_id': ''}, 'it belongs to no project now'),
        ({'created_at': NOW}, 'it was created again'),
        ({'created_at': None}, 'it was created again'),
        ({'name': 'production'}, 'it was renamed'),
        ({'tags': frozenset({'orphancleanup:keep'})}, 'it was tagged orphancleanup:keep'),
        ({'tags': frozenset({'orphancleanup:keep=until May'})}, 'it was tagged orphancleanup:keep'),
        ({'is_system': True}, 'it is used internally by a service now'),
        ({'protection': 'it is protected by its owner'}, 'it is protected by its owner'),
        ({'is_for_all': True}, 'every project may use it now'),
        ({'serves': frozenset({'alpha', 'beta'})}, 'it is used in project alpha now'),
    ],
)
def test_what_is_another_one_now_or_is_kept_now_is_left_alone(fields: dict[str, object], says: str) -> None:
    assert rules.changed_since(BROKEN, fresh(**fields), frozenset({OTHER, PARENT})) == says


@pytest.mark.parametrize(
    'fields', [{'is_system': True}, {'protection': 'it is protected'}, {'tags': frozenset({KEEP_TAG})}]
)
def test_what_must_stay_is_left_alone_even_when_the_plan_knew(fields: dict[str, object]) -> None:
    """No plan of ours names it; one that a script made may."""
    assert rules.changed_since(fresh(**fields), fresh(**fields), frozenset())


def test_whom_the_plan_knew_or_names_to_use_it_is_nobody_new() -> None:
    planned = fresh(serves=frozenset({'alpha'}), is_for_all=True)
    used = fresh(serves=frozenset({'alpha', 'going'}), is_for_all=True)
    assert rules.changed_since(planned, used, frozenset({Ref('keystone-project', 'going')})) is None
    assert rules.changed_since(planned, fresh(), frozenset()) is None


def test_another_status_and_later_changes_alone_are_no_change() -> None:
    moved = fresh(status='deleting', condition=Condition.LEAVING, updated_at=NOW, tags=frozenset({'mine'}))
    assert rules.changed_since(BROKEN, moved, frozenset()) is None


@pytest.mark.parametrize(
    ('field', 'says'),
    [
        ('blockers', 'it is in use by thing:other now'),
        ('holds', 'it holds thing:other now'),
        ('owners', 'it is a part of thing:other now'),
        ('alters', 'removing it would change thing:other now'),
    ],
)
def test_a_new_relation_that_is_not_in_the_plan_leaves_it_alone(field: str, says: str) -> None:
    changed = fresh(**{field: (OTHER,)})
    assert rules.changed_since(BROKEN, changed, frozenset()) == says
    known = rules.changed_since(BROKEN, changed, frozenset({OTHER}))
    # What the plan names for itself is not to be taken along by something else.
    assert known == (says if field == 'holds' else None)
    assert rules.changed_since(changed, changed, frozenset()) is None
    assert rules.changed_since(changed, BROKEN, frozenset()) is None


def test_a_new_part_of_an_unknown_kind_leaves_it_alone() -> None:
    changed = fresh(others=(Part('Invented::Alarm', 'a'),))
    assert rules.changed_since(BROKEN, changed, frozenset()) == 'it holds Invented::Alarm a now'
    assert rules.changed_since(changed, changed, frozenset()) is None


@pytest.mark.parametrize(
    ('fields', 'is_ours', 'stands'),
    [
        ({}, False, True),
        ({'unused': ''}, False, False),
        ({'unused': ''}, True, False),
        ({'updated_at': NOW - HOUR}, False, True),
        ({'updated_at': NOW - HOUR + MOMENT}, False, False),
        ({'updated_at': NOW - HOUR + MOMENT}, True, True),
        ({'updated_at': None}, False, True),
        ({'updated_at': None, 'created_at': None}, False, False),
    ],
)
def test_what_is_used_by_now_or_was_within_the_hour_is_no_longer_unused(
    fields: dict[str, object], is_ours: bool, stands: bool
) -> None:
    planned = fresh(unused='nobody has it')
    now = dataclasses.replace(planned, **fields)  # type: ignore[arg-type]
    facts = dataclasses.replace(FACTS, is_ours=is_ours)
    assert bool(rules.standing((Reason('unused', 'why'),), planned, now, facts)) is stands
