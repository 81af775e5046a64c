"""Why each resource goes, and why it stays, judged by itself and with its baseline."""

import datetime

import pytest

from orphancleanup.judging import planning
from orphancleanup.judging.planning import Header
from orphancleanup.judging.selection import KeepPattern, Protection, Reach, Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Condition, Project, Ref, Scope, Unread
from tests.unit.inventories import (
    ALPHA,
    HERE,
    LISTED,
    NOW,
    OLD,
    REGISTRY,
    baseline,
    codes,
    inventory,
    judge,
    thing,
)


def test_what_is_not_in_the_baseline_goes_and_the_rest_stays() -> None:
    request = Request(Selection(baseline=baseline(Ref('thing', 'old'))))
    verdicts = judge(inventory(thing('old'), thing('new')), request)
    assert verdicts['old'].decision is Decision.KEEP
    assert verdicts['new'].decision is Decision.REMOVE


def test_the_baseline_protects_against_every_other_reason() -> None:
    selection = Selection(
        baseline=baseline(Ref('thing', 'old')),
        everything=True,
        orphans=True,
        refs=frozenset({Ref('thing', 'old')}),
    )
    verdict = judge(inventory(thing('old', project_id='ghost')), Request(selection))['old']
    assert codes(verdict) == ({'everything', 'project-missing', 'named'}, {'in-baseline'})
    assert verdict.decision is Decision.KEEP


def test_a_kind_that_the_baseline_does_not_cover_is_kept_whole() -> None:
    request = Request(Selection(baseline=baseline(complete=frozenset({'box'})), everything=True))
    assert codes(judge(inventory(thing('one')), request)['one'])[1] == {'not-covered'}


def test_a_baseline_of_new_projects_says_nothing_about_those_it_knew() -> None:
    known = baseline(projects={'alpha': 'alpha'}, in_new_projects=frozenset({'thing'}))
    found = inventory(
        thing('before'),
        thing('after', project_id='beta'),
        thing('dead', project_id='ghost'),
        projects={'alpha': ALPHA, 'beta': Project('beta', 'beta')},
    )
    verdicts = judge(found, Request(Selection(baseline=known)))
    assert {name for name, verdict in verdicts.items() if verdict.decision is Decision.REMOVE} == {'after'}


def test_only_a_project_that_is_provably_gone_makes_an_orphan() -> None:
    request = Request(Selection(orphans=True))
    assert judge(inventory(thing('one', project_id='ghost')), request)['one'].decision is Decision.REMOVE
    assert judge(inventory(thing('one', project_id='')), request)['one'].decision is Decision.KEEP
    blind = inventory(thing('one', project_id='ghost'), known_projects=False, projects={})
    assert judge(blind, request)['one'].decision is Decision.KEEP


def test_nothing_goes_while_the_projects_are_not_known() -> None:
    verdict = judge(inventory(thing('one'), known_projects=False))['one']
    assert codes(verdict)[1] == {'projects-unread'}


def test_a_missing_parent_counts_only_when_its_kind_was_read() -> None:
    request = Request(Selection(orphans=True))
    bit = thing('bit', 'bit', parents=(Ref('thing', 'lost'),))
    assert codes(judge(inventory(bit), request)['bit'])[0] == {'parent-missing'}
    outage = Unread(Scope('thing'), '503')
    assert codes(judge(inventory(bit, unread=(outage,)), request)['bit'])[0] == set()
    assert codes(judge(inventory(bit, listed=frozenset({'bit'})), request)['bit'])[0] == set()


def test_stuck_needs_a_failed_or_hanging_state_and_its_age() -> None:
    request = Request(Selection(stuck=datetime.timedelta(hours=1)))
    ago = NOW - datetime.timedelta(minutes=59)
    failed, leaving = {'condition': Condition.DELETION_FAILED}, {'condition': Condition.LEAVING}
    verdicts = judge(
        inventory(
            thing('hung', status='deleting', updated_at=OLD, **leaving),
            thing('failed', status='error_deleting', updated_at=OLD, **failed),
            thing('recent', status='error', updated_at=ago, **failed),
            thing('well', status='available', updated_at=OLD),
            thing('extending', status='error_extending', updated_at=OLD),
            thing('ageless', status='error', created_at=OLD, **failed),
        ),
        request,
    )
    assert {name for name, verdict in verdicts.items() if verdict.decision is Decision.REMOVE} == {
        'hung',
        'failed',
    }


def test_prefix_and_name_select_and_add_up() -> None:
    selection = Selection(prefixes=('tempest-',), refs=frozenset({Ref('thing', 'tempest-1')}))
    verdicts = judge(
        inventory(thing('tempest-1'), thing('contempt-1'), thing('x', name='')), Request(selection)
    )
    assert codes(verdicts['tempest-1'])[0] == {'named', 'prefix'}
    assert verdicts['contempt-1'].decision is Decision.KEEP


def test_guards_keep() -> None:
    protection = Protection(
        older_than=datetime.timedelta(days=1),
        patterns=(
            KeepPattern('thing', 'prod-*'),
            KeepPattern('*', 'id-7'),
            KeepPattern('bit', '*'),
            KeepPattern('thing', 'PLAIN'),
        ),
        own_ids=frozenset({'me'}),
        service_projects=frozenset({'service'}),
    )
    found = inventory(
        thing('young', created_at=NOW - datetime.timedelta(hours=23, minutes=59, seconds=59)),
        thing('of-age', created_at=NOW - datetime.timedelta(days=1)),
        thing('ageless', created_at=None),
        thing('prod-db'),
        thing('id-7'),
        thing('me'),
        thing('of-nova', project_id='svc'),
        thing('works-for-nova', project_id='', serves=frozenset({'alpha', 'svc'})),
        thing('works-elsewhere', project_id='', serves=frozenset({'alpha', 'gone'})),
        thing('tagged', tags=frozenset({'orphancleanup:keep'})),
        thing('tagged-with-value', tags=frozenset({'orphancleanup:keep=forever'})),
        thing('cache', is_system=True),
        thing('image', protection='it is protected by its owner'),
        thing('plain'),
    )
    verdicts = judge(found, Request(Selection(everything=True), protection=protection))
    assert verdicts['image'].guards[0].text == 'it is protected by its owner'
    assert {name: codes(verdict)[1] for name, verdict in verdicts.items()} == {
        'young': {'too-young'},
        'of-age': set(),
        'ageless': {'age-unknown'},
        'prod-db': {'kept'},
        'id-7': {'kept'},
        'me': {'own'},
        'of-nova': {'service-project'},
        'works-for-nova': {'service-project'},
        'works-elsewhere': set(),
        'tagged': {'tagged'},
        'tagged-with-value': {'tagged'},
        'image': {'protected'},
        'cache': {'system'},
        'plain': set(),
    }


def test_an_empty_word_names_no_project_of_the_services() -> None:
    """``service_projects = service,`` has one."""
    protection = Protection(service_projects=frozenset({'service', ''}))
    found = inventory(thing('nobodys', project_id=''), thing('of-nova', project_id='svc'))
    verdicts = judge(found, Request(Selection(everything=True), protection=protection))
    assert codes(verdicts['nobodys'])[1] == set()
    assert codes(verdicts['of-nova'])[1] == {'service-project'}


@pytest.mark.parametrize(
    ('selection', 'place', 'is_kept'),
    [
        (Selection(everything=True), 'alpha', True),
        (Selection(everything=True), 'beta', False),
        (Selection(everything=True), '', False),
        (Selection(everything=True, prefixes=('one',)), 'alpha', False),
        (Selection(refs=frozenset({Ref('thing', 'one')})), 'alpha', False),
    ],
)
def test_what_nothing_but_everything_selects_in_the_own_project_is_kept(
    selection: Selection, place: str, is_kept: bool
) -> None:
    request = Request(selection, protection=Protection(own_project='alpha'))
    verdict = judge(inventory(thing('one', project_id=place)), request)['one']
    assert codes(verdict)[1] == ({'own-project'} if is_kept else set())


def test_without_an_own_project_nothing_is_kept_for_it() -> None:
    """What is in no project is in none of the caller's, either."""
    assert judge(inventory(thing('nobodys', project_id='')))['nobodys'].decision is Decision.REMOVE


def test_what_goes_with_its_owner_has_its_own_reasons_first() -> None:
    box = thing('box', 'box', holds=(Ref('thing', 'part'),))
    verdict = judge(inventory(box, thing('part')))['part']
    assert [reason.code for reason in verdict.reasons] == ['everything', 'part-of']
    assert verdict.reasons[1].text == 'it goes with box:box (box)'


def test_outside_the_reach_nothing_is_selected() -> None:
    request = Request(Selection(everything=True), Reach(frozenset({'thing'}), frozenset({'alpha'})))
    verdicts = judge(inventory(thing('in'), thing('other', project_id='beta'), thing('bit', 'bit')), request)
    assert [verdict.decision for verdict in verdicts.values()] == [
        Decision.REMOVE,
        Decision.KEEP,
        Decision.KEEP,
    ]


def test_an_owner_whose_creation_failed_is_kept_while_a_part_is_well() -> None:
    request = Request(Selection(stuck=datetime.timedelta(hours=1)))
    failed = {'status': 'CREATE_FAILED', 'updated_at': OLD, 'condition': Condition.CREATION_FAILED}
    part, broken = Ref('thing', 'part'), Ref('thing', 'broken')
    found = inventory(
        thing('well'),
        thing('box', 'box', holds=(part, broken), **failed),
        thing('part'),
        thing('broken', condition=Condition.CREATION_FAILED),
        thing('lone', 'box', holds=(broken,), **failed),
    )
    verdicts = judge(found, request)
    assert codes(verdicts['box'])[1] == {'healthy-parts'}
    assert verdicts['box'].guards[0].text == 'its creation failed, but its part thing:part (part) works'
    only_broken = judge(inventory(found.resources[Ref('box', 'lone')], found.resources[broken]), request)
    assert only_broken['lone'].decision is Decision.REMOVE


def test_a_part_that_somebody_has_set_to_error_is_not_said_to_work() -> None:
    request = Request(Selection(stuck=datetime.timedelta(hours=1)))
    failed = {'status': 'CREATE_FAILED', 'updated_at': OLD, 'condition': Condition.CREATION_FAILED}
    box = thing('box', 'box', holds=(Ref('thing', 'part'),), **failed)
    (guard,) = judge(inventory(box, thing('part', status='error')), request)['box'].guards
    assert guard.text == 'its creation failed, but its part thing:part (part) is error and may have its data'


@pytest.mark.parametrize('condition', [Condition.DELETION_FAILED, Condition.LEAVING])
def test_an_owner_that_was_asked_to_go_goes_whatever_its_parts(condition: Condition) -> None:
    request = Request(Selection(stuck=datetime.timedelta(hours=1)))
    box = thing('box', 'box', holds=(Ref('thing', 'part'),), updated_at=OLD, condition=condition)
    assert judge(inventory(box, thing('part')), request)['box'].decision is Decision.REMOVE


def test_an_owner_that_is_selected_otherwise_goes_with_its_healthy_parts_for_that_alone() -> None:
    """So that it stays when that no longer holds right before its step."""
    request = Request(Selection(stuck=datetime.timedelta(hours=1), refs=frozenset({Ref('box', 'box')})))
    failed = {'updated_at': OLD, 'condition': Condition.CREATION_FAILED}
    box = thing('box', 'box', holds=(Ref('thing', 'part'),), **failed)
    verdict = judge(inventory(box, thing('part')), request)['box']
    assert (verdict.decision, codes(verdict)) == (Decision.REMOVE, ({'named'}, set()))
    empty = judge(inventory(thing('box', 'box', **failed)), request)['box']
    assert codes(empty) == ({'named', 'stuck'}, set())


def test_a_part_that_the_baseline_does_not_cover_keeps_its_owner() -> None:
    known = baseline(complete=frozenset({'box'}))
    box = thing('box', 'box', holds=(Ref('thing', 'part'),))
    verdicts = judge(inventory(box, thing('part')), Request(Selection(baseline=known)))
    assert codes(verdicts['part'])[1] == {'not-covered'}
    assert codes(verdicts['box'])[1] == {'holds-kept'}


def test_a_part_that_depends_on_its_owner_is_as_new_as_it() -> None:
    known = baseline(complete=frozenset({'box'}))
    box = thing('box', 'box')
    part = thing('part', 'bit', owners=(box.ref,), parents=(box.ref,))
    verdicts = judge(inventory(box, part), Request(Selection(baseline=known)))
    assert verdicts['part'].decision is Decision.HELD


def test_a_part_that_may_go_by_itself_is_not_as_new_as_an_owner_that_stays() -> None:
    """Of its kind the saved state tells nothing, and its network was there."""
    box = thing('box', 'box')
    part = thing('part', 'bit', goes_with=(box.ref,), parents=(box.ref,))
    known = baseline(box.ref, complete=frozenset({'box'}))
    verdicts = judge(inventory(box, part), Request(Selection(baseline=known, everything=True)))
    assert codes(verdicts['part']) == ({'everything'}, {'not-covered'})


def test_what_is_older_than_the_baseline_that_lacks_it_is_kept_and_named() -> None:
    made = NOW - datetime.timedelta(days=10)
    margin = datetime.timedelta(seconds=60)
    request = Request(Selection(baseline=baseline(created_at=made)))
    found = inventory(
        thing('older', created_at=made - margin - datetime.timedelta(seconds=1)),
        thing('as-old', created_at=made - margin),
        thing('ageless', created_at=None),
        thing('box', 'box', created_at=NOW, holds=(Ref('thing', 'part'),)),
        thing('part', created_at=OLD),
    )
    verdicts = judge(found, request)
    assert {name for name, verdict in verdicts.items() if verdict.decision is Decision.KEEP} == {
        'older',
        'box',
        'part',
    }
    assert codes(verdicts['older']) == ({'not-in-baseline'}, {'older-than-baseline'})
    assert 'the saved state is incomplete, take a new one' in verdicts['older'].guards[0].text
    plan = planning.make_plan(tuple(verdicts.values()), found, REGISTRY.order, Header(HERE, NOW, True))
    assert [each.ref.id for each in plan.unresolved] == ['older', 'part']


def test_a_project_that_could_not_be_listed_keeps_what_is_in_it_and_nothing_else() -> None:
    """Of its own kind, and of the kinds that go after it."""
    unread = (Unread(Scope('bit', 'alpha'), 'no role there'),)
    resources = [
        thing(f'{place}-{kind}', kind, project_id=place)
        for kind, place in (('bit', 'alpha'), ('bit', 'beta'), ('thing', 'alpha'), ('thing', 'beta'))
    ]
    found = inventory(*resources, unread=unread, listed=LISTED - {'bit'})
    told = {name: codes(verdict)[1] & {'unread'} for name, verdict in judge(found).items()}
    assert told == {
        'alpha-bit': {'unread'},
        'beta-bit': set(),
        'alpha-thing': {'unread'},
        'beta-thing': set(),
    }


def test_a_project_that_could_not_be_listed_keeps_what_is_in_no_project() -> None:
    unread = (Unread(Scope('bit', 'alpha'), 'no role there'),)
    found = inventory(thing('nobodys', project_id=''), unread=unread, listed=LISTED - {'bit'})
    assert 'unread' in codes(judge(found)['nobodys'])[1]
