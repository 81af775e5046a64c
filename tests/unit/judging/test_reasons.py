"""Each reason is given to who asked for it, from the moment that it holds, and to the kinds that it may select."""

import dataclasses
import datetime

import pytest

from orphancleanup.judging.reasons import CODES, reasons_for
from orphancleanup.judging.selection import Recorded, Selection
from orphancleanup.model import Condition, Inventory, Project, Ref, Resource, Scope, Unread
from tests.unit.inventories import NOW, baseline

HOUR = datetime.timedelta(hours=1)
MOMENT = datetime.timedelta(microseconds=1)
LOST = Ref('thing', 'lost')
#: what each reason would select
ALL = Resource(
    Ref('thing', 'one'),
    name='tempest-1',
    project_id='ghost',
    status='ERROR',
    created_at=NOW - 2 * HOUR,
    updated_at=NOW - HOUR,
    condition=Condition.DELETION_FAILED,
    parents=(Ref('thing', 'there'), LOST),
    unused='no interface has it',
)
THERE = Resource(Ref('thing', 'there'), project_id='alpha')
FOUND = Inventory(
    {each.ref: each for each in (ALL, THERE)}, {'alpha': Project('alpha', 'alpha')}, frozenset({'thing'})
)
NAMED = {'named': 'named by --resource'}
RECORDED = {'named': 'named by the resource list of tempest'}
PREFIX = {'prefix': 'its name starts with tempest-'}
ORPHAN = {
    'project-missing': 'its project ghost no longer exists',
    'parent-missing': 'it depends on thing:lost, which no longer exists',
    'unused': 'nothing uses it: no interface has it',
}


def told(resource: Resource, selection: Selection, inventory: Inventory = FOUND) -> dict[str, str]:
    found = reasons_for(resource, inventory, selection, NOW)
    assert len(found) == len({reason.code for reason in found})
    return {reason.code: reason.text for reason in found}


def one(**fields: object) -> Resource:
    return dataclasses.replace(ALL, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ('selection', 'reasons'),
    [
        (Selection(), {}),
        (Selection(baseline=baseline()), {'not-in-baseline': 'it is not in the saved state'}),
        (Selection(baseline=baseline(ALL.ref)), {}),
        (Selection(orphans=True), ORPHAN),
        (Selection(stuck=HOUR), {'stuck': 'ERROR since 2026-02-28 23:00:00 UTC'}),
        (Selection(refs=frozenset({ALL.ref})), NAMED),
        (Selection(refs=frozenset({THERE.ref})), {}),
        (Selection(recorded=Recorded(frozenset({ALL.ref}))), RECORDED),
        (Selection(recorded=Recorded(names=frozenset({Ref('thing', 'tempest-1')}))), RECORDED),
        (Selection(recorded=Recorded(names=frozenset({Ref('thing', 'one')}))), {}),
        (Selection(recorded=Recorded(frozenset({Ref('box', 'one')}))), {}),
        (Selection(prefixes=('rally-', 'tempest-')), PREFIX),
        (Selection(prefixes=('empest-', '')), {}),
        (Selection(everything=True), {'everything': 'selected by --everything'}),
    ],
)
def test_only_what_was_asked_for_is_a_reason(selection: Selection, reasons: dict[str, str]) -> None:
    assert told(ALL, selection) == reasons
    assert reasons.keys() <= selection.codes('thing')


@pytest.mark.parametrize(
    ('selection', 'codes'),
    [
        (Selection(), set()),
        (Selection(baseline=baseline(ALL.ref)), {'not-in-baseline'}),
        (Selection(orphans=True), {'project-missing', 'parent-missing', 'unused'}),
        (Selection(stuck=HOUR), {'stuck'}),
        (Selection(refs=frozenset({THERE.ref})), {'named'}),
        (Selection(refs=frozenset({Ref('box', 'one')})), set()),
        (Selection(recorded=Recorded()), set()),
        (Selection(recorded=Recorded(names=frozenset({Ref('thing', 'x')}))), {'named'}),
        (Selection(recorded=Recorded(frozenset({Ref('box', 'one')}))), set()),
        (Selection(prefixes=('x',)), {'prefix'}),
        (Selection(everything=True), {'everything'}),
    ],
)
def test_what_was_not_asked_for_can_be_no_reason(selection: Selection, codes: set[str]) -> None:
    assert selection.codes('thing') == codes


@pytest.mark.parametrize('code', sorted(CODES))
def test_a_kind_is_selected_by_the_reasons_that_it_names_alone(code: str) -> None:
    selection = Selection(
        baseline=baseline(),
        orphans=True,
        stuck=HOUR,
        prefixes=('tempest-',),
        refs=frozenset({ALL.ref}),
        everything=True,
    )
    assert told(ALL, selection).keys() == CODES
    assert selection.codes('thing') == CODES
    narrow = dataclasses.replace(selection, selected_by={'thing': frozenset({code})})
    assert told(ALL, narrow).keys() == {code}
    assert narrow.codes('thing') == {code}
    other = dataclasses.replace(selection, selected_by={'box': frozenset({code})})
    assert told(ALL, other).keys() == CODES


@pytest.mark.parametrize(
    ('fields', 'known', 'orphan'),
    [
        ({}, {}, {'project-missing', 'parent-missing'}),
        ({'project_id': ''}, {}, {'parent-missing'}),
        ({'project_id': 'alpha'}, {}, {'parent-missing'}),
        ({'parents': (THERE.ref,)}, {}, {'project-missing'}),
        ({'parents': ()}, {}, {'project-missing'}),
        ({}, {'known_projects': False}, {'parent-missing'}),
        ({}, {'known_projects': False, 'projects': {}}, {'parent-missing'}),
        ({}, {'listed': frozenset()}, {'project-missing'}),
        ({}, {'uncertain': {LOST: 'HTTP 504'}}, {'project-missing'}),
        ({}, {'unread': (Unread(Scope('thing', 'alpha'), 'HTTP 500'),)}, {'project-missing'}),
    ],
)
def test_only_what_is_provably_gone_makes_an_orphan(
    fields: dict[str, object], known: dict[str, object], orphan: set[str]
) -> None:
    inventory = dataclasses.replace(FOUND, **known)  # type: ignore[arg-type]
    assert told(one(unused='', **fields), Selection(orphans=True), inventory).keys() == orphan


def test_of_a_project_that_it_knew_a_baseline_of_new_projects_tells_nothing() -> None:
    known = baseline(projects={'alpha': 'alpha'}, in_new_projects=frozenset({'thing'}))
    inventory = dataclasses.replace(FOUND, projects={name: Project(name, name) for name in ('alpha', 'beta')})
    for project, is_told in (('alpha', False), ('beta', True), ('ghost', False)):
        found = told(one(project_id=project), Selection(baseline=known), inventory)
        assert bool(found) is is_told


@pytest.mark.parametrize(
    ('fields', 'is_told'),
    [
        ({'updated_at': NOW - HOUR}, True),
        ({'updated_at': NOW - HOUR + MOMENT}, False),
        ({'updated_at': None, 'created_at': NOW - HOUR}, True),
        ({'updated_at': None, 'created_at': NOW - HOUR + MOMENT}, False),
        ({'updated_at': None, 'created_at': None}, False),
        ({'unused': ''}, False),
    ],
)
def test_what_nothing_uses_is_an_orphan_after_an_hour(fields: dict[str, object], is_told: bool) -> None:
    assert ('unused' in told(one(**fields), Selection(orphans=True))) is is_told


@pytest.mark.parametrize(
    ('fields', 'is_told'),
    [
        ({'condition': Condition.CREATION_FAILED}, True),
        ({'condition': Condition.LEAVING}, True),
        ({'condition': Condition.NORMAL}, False),
        ({'updated_at': NOW - HOUR + MOMENT}, False),
        ({'updated_at': None}, False),
    ],
)
def test_stuck_is_what_has_been_so_for_as_long_as_the_limit(fields: dict[str, object], is_told: bool) -> None:
    assert ('stuck' in told(one(**fields), Selection(stuck=HOUR))) is is_told
