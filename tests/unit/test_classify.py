"""Who goes and who stays, whatever the inventory."""

import datetime
import time

import hypothesis.strategies as st
import pytest
from hypothesis import given

from orphancleanup import classify, links, planning
from orphancleanup.baseline import Baseline, Known
from orphancleanup.model import (
    CloudIdentity,
    Condition,
    Decision,
    Inventory,
    Ref,
    Resource,
    Scope,
    Tenant,
    Unread,
    Verdict,
)
from orphancleanup.planning import Header
from orphancleanup.selection import KeepPattern, Protection, Reach, Request, Selection
from tests.unit.things import registry

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
OLD = NOW - datetime.timedelta(days=30)
HERE = CloudIdentity('http://cloud', 'RegionOne', 'user', 'project', 'print')
ALPHA = Tenant('alpha', 'alpha')
SERVICE = Tenant('svc', 'service')
LISTED = frozenset({'thing', 'bit', 'box'})
REGISTRY = registry()
EVERYTHING = Request(Selection(everything=True))


def thing(identifier: str, kind: str = 'thing', **fields: object) -> Resource:
    basic = {'name': identifier, 'project_id': 'alpha', 'status': 'available', 'created_at': OLD}
    return Resource(Ref(kind, identifier), **{**basic, **fields})  # type: ignore[arg-type]


def inventory(*resources: Resource, **fields: object) -> Inventory:
    basic = {'tenants': {'alpha': ALPHA, 'svc': SERVICE}, 'listed': LISTED}
    return Inventory({resource.ref: resource for resource in resources}, **{**basic, **fields})  # type: ignore[arg-type]


def judge(found: Inventory, request: Request = EVERYTHING) -> dict[str, Verdict]:
    verdicts = classify.classify(found, request, REGISTRY.before, NOW)
    assert len(verdicts) == len(found.resources)
    return {verdict.resource.id: verdict for verdict in verdicts}


def codes(verdict: Verdict) -> tuple[set[str], set[str]]:
    return {reason.code for reason in verdict.reasons}, {guard.code for guard in verdict.guards}


def baseline(*known: Ref, **fields: object) -> Baseline:
    basic = {'complete': LISTED, 'cloud': HERE}
    return Baseline({ref: Known() for ref in known}, **{**basic, **fields})  # type: ignore[arg-type]


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
    assert codes(verdict) == ({'everything', 'tenant-missing', 'named'}, {'in-baseline'})
    assert verdict.decision is Decision.KEEP


def test_a_kind_that_the_baseline_does_not_cover_is_kept_whole() -> None:
    request = Request(Selection(baseline=baseline(complete=frozenset({'box'})), everything=True))
    assert codes(judge(inventory(thing('one')), request)['one'])[1] == {'not-covered'}


def test_a_baseline_of_new_tenants_says_nothing_about_those_it_knew() -> None:
    known = baseline(tenants={'alpha': 'alpha'}, only_new_tenants=True)
    found = inventory(
        thing('before'),
        thing('after', project_id='beta'),
        thing('dead', project_id='ghost'),
        tenants={'alpha': ALPHA, 'beta': Tenant('beta', 'beta')},
    )
    verdicts = judge(found, Request(Selection(baseline=known)))
    assert {name for name, verdict in verdicts.items() if verdict.decision is Decision.REMOVE} == {'after'}


def test_only_a_tenant_that_is_provably_gone_makes_an_orphan() -> None:
    request = Request(Selection(orphans=True))
    assert judge(inventory(thing('one', project_id='ghost')), request)['one'].decision is Decision.REMOVE
    assert judge(inventory(thing('one', project_id='')), request)['one'].decision is Decision.KEEP
    blind = inventory(thing('one', project_id='ghost'), known_tenants=False, tenants={})
    assert judge(blind, request)['one'].decision is Decision.KEEP


def test_nothing_goes_while_the_tenants_are_not_known() -> None:
    verdict = judge(inventory(thing('one'), known_tenants=False))['one']
    assert codes(verdict)[1] == {'tenants-unread'}


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
        patterns=(KeepPattern('thing', 'prod-*'), KeepPattern('*', 'id-7')),
        own_ids=frozenset({'me'}),
        service_projects=frozenset({'service'}),
    )
    found = inventory(
        thing('young', created_at=NOW),
        thing('ageless', created_at=None),
        thing('prod-db'),
        thing('id-7'),
        thing('me'),
        thing('of-nova', project_id='svc'),
        thing('tagged', tags=frozenset({'orphancleanup:keep'})),
        thing('tagged-with-value', tags=frozenset({'orphancleanup:keep=forever'})),
        thing('cache', is_system=True),
        thing('plain'),
    )
    verdicts = judge(found, Request(Selection(everything=True), protection=protection))
    assert {name: codes(verdict)[1] for name, verdict in verdicts.items()} == {
        'young': {'too-young'},
        'ageless': {'age-unknown'},
        'prod-db': {'kept'},
        'id-7': {'kept'},
        'me': {'own'},
        'of-nova': {'service-tenant'},
        'tagged': {'tagged'},
        'tagged-with-value': {'tagged'},
        'cache': {'system'},
        'plain': set(),
    }


def test_outside_the_reach_nothing_is_selected() -> None:
    request = Request(Selection(everything=True), Reach(frozenset({'thing'}), frozenset({'alpha'})))
    verdicts = judge(inventory(thing('in'), thing('other', project_id='beta'), thing('bit', 'bit')), request)
    assert [verdict.decision for verdict in verdicts.values()] == [
        Decision.REMOVE,
        Decision.KEEP,
        Decision.KEEP,
    ]


def test_parts_are_held_by_their_owner() -> None:
    found = inventory(thing('box', 'box', holds=(Ref('thing', 'part'),)), thing('part'))
    verdict = judge(found, Request(Selection(refs=frozenset({Ref('box', 'box')}))))['part']
    assert (verdict.decision, verdict.owner) == (Decision.HELD, Ref('box', 'box'))


def test_an_owner_stays_when_a_part_must_stay() -> None:
    part = thing('part', tags=frozenset({'orphancleanup:keep'}))
    verdicts = judge(inventory(thing('box', 'box', holds=(part.ref,)), part))
    assert codes(verdicts['box'])[1] == {'holds-kept'}
    assert 'thing:part (part)' in verdicts['box'].guards[0].text


def test_a_part_stays_when_its_owner_stays() -> None:
    box = thing('box', 'box', holds=(Ref('thing', 'part'),))
    verdicts = judge(
        inventory(box, thing('part')), Request(Selection(refs=frozenset({Ref('thing', 'part')})))
    )
    assert codes(verdicts['part'])[1] == {'owned'}


def test_what_an_owner_retains_is_no_part_of_it_and_stays_as_long_as_it() -> None:
    box, kept = thing('box', 'box', retains=(Ref('thing', 'kept'),)), thing('kept')
    found = inventory(box, kept)
    named = judge(found, Request(Selection(refs=frozenset({box.ref}))))
    assert [verdict.decision for verdict in named.values()] == [Decision.REMOVE, Decision.KEEP]
    alone = judge(found, Request(Selection(refs=frozenset({kept.ref}))))
    assert codes(alone['kept'])[1] == {'in-use'}
    both = judge(found)
    assert [verdict.decision for verdict in both.values()] == [Decision.REMOVE, Decision.REMOVE]


def test_a_part_without_an_age_is_as_old_as_its_owner() -> None:
    protection = Protection(older_than=datetime.timedelta(days=1))
    box = thing('box', 'box')
    part = thing('part', created_at=None, owners=(box.ref,))
    verdicts = judge(inventory(box, part), Request(Selection(everything=True), protection=protection))
    assert verdicts['part'].decision is Decision.HELD


def test_what_is_in_use_by_something_that_stays_is_kept_and_names_it() -> None:
    user = thing('user', name='db-1', tags=frozenset({'orphancleanup:keep'}))
    verdict = judge(inventory(thing('used', blockers=(user.ref,)), user))['used']
    assert verdict.guards[0].text == 'thing:user (db-1) needs it and stays'


def test_what_is_in_use_by_a_part_and_its_owner_names_the_owner() -> None:
    user = thing('user', 'thing')
    part = thing('part', 'bit', parents=(Ref('thing', 'used'),), owners=(user.ref,))
    used = thing('used', blockers=(user.ref,))
    verdicts = judge(inventory(user, part, used), Request(Selection(refs=frozenset({used.ref}))))
    assert verdicts['used'].guards[0].text == 'thing:user (user) needs it and stays'


def test_what_is_in_use_by_something_unread_is_kept() -> None:
    used = thing('used', blockers=(Ref('bit', 'x'),))
    uncertain = judge(inventory(used, uncertain={Ref('bit', 'x'): '504'}))
    assert codes(uncertain['used'])[1] == {'in-use-unknown'}
    verdicts = judge(inventory(used, listed=frozenset({'thing', 'box'})))
    assert codes(verdicts['used'])[1] == {'unknown-kind'}
    assert judge(inventory(used))['used'].decision is Decision.REMOVE


def test_a_kind_whose_predecessors_could_not_be_read_is_kept() -> None:
    found = inventory(thing('one'), unread=(Unread(Scope('bit'), '503'),))
    assert codes(judge(found)['one'])[1] == {'unread'}


def test_what_may_be_a_part_of_an_unread_owner_is_kept() -> None:
    outage = Unread(Scope('box', 'alpha', Ref('box', 'box')), '500')
    found = inventory(thing('box', 'box'), thing('near'), thing('far', project_id='ghost'), unread=(outage,))
    verdicts = judge(found)
    assert codes(verdicts['near'])[1] == {'owner-unknown'}
    assert verdicts['far'].decision is Decision.REMOVE
    assert codes(verdicts['box'])[1] == {'parts-unknown'}


def test_an_owner_does_not_wait_for_its_own_part() -> None:
    box = thing('box', 'box')
    part = thing('part', owners=(box.ref,), parents=(box.ref,))
    verdicts = judge(inventory(box, part))
    assert verdicts['box'].decision is Decision.REMOVE
    assert verdicts['part'].owner == box.ref


def test_an_owner_waits_for_what_stands_in_the_way_of_its_part() -> None:
    box, part = thing('box', 'box', holds=(Ref('thing', 'part'),)), thing('part')
    found = inventory(box, part, thing('bit', 'bit', parents=(part.ref,)))
    verdicts = classify.classify(found, EVERYTHING, REGISTRY.before, NOW)
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    waits = {entry.ref.id: [ref.id for ref in entry.waits_for] for entry in plan.entries}
    assert waits == {'bit': [], 'box': ['bit'], 'part': ['bit']}


def test_what_waits_for_itself_in_a_circle_is_kept() -> None:
    one, two = thing('one', blockers=(Ref('thing', 'two'),)), thing('two', blockers=(Ref('thing', 'one'),))
    verdicts = judge(inventory(one, two, thing('three')))
    assert codes(verdicts['one'])[1] == {'cycle'}
    assert verdicts['two'].guards[0].text == 'it and thing:one (one) wait for one another'
    assert verdicts['three'].decision is Decision.REMOVE


def test_owners_in_a_circle_are_kept() -> None:
    one = thing('one', 'box', holds=(Ref('box', 'two'),))
    two = thing('two', 'box', holds=(Ref('box', 'one'),))
    verdicts = judge(inventory(one, two))
    assert [codes(verdict)[1] for verdict in verdicts.values()] == [{'cycle'}, {'cycle'}]


def plan_of(found: Inventory) -> dict[str, list[str]]:
    verdicts = classify.classify(found, EVERYTHING, REGISTRY.before, NOW)
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    planning.check(plan, LISTED)
    return {entry.ref.id: [ref.id for ref in entry.waits_for] for entry in plan.entries}


def test_owners_whose_parts_stand_in_each_others_way_are_planned() -> None:
    refs = {name: Ref('thing', name) for name in ('sa', 'va', 'sb', 'vb')}
    found = inventory(
        thing('A', 'box', holds=(refs['sa'], refs['va'])),
        thing('B', 'box', holds=(refs['sb'], refs['vb'])),
        thing('sa'),
        thing('sb'),
        thing('va', blockers=(refs['sb'],)),
        thing('vb', blockers=(refs['sa'],)),
        thing('u', blockers=(refs['sa'],)),
        thing('bit', 'bit', parents=(refs['va'],)),
    )
    assert plan_of(found) == {
        'A': ['bit'],
        'B': [],
        'sa': [],
        'sb': [],
        'va': ['bit', 'sb'],
        'vb': ['sa'],
        'u': ['sa'],
        'bit': [],
    }


def test_users_that_take_each_others_things_along_are_planned() -> None:
    one, two = Ref('thing', 's1'), Ref('thing', 's2')
    found = inventory(
        thing('s1', holds=(Ref('thing', 'v1'),)),
        thing('s2', holds=(Ref('thing', 'v2'),)),
        thing('v1', blockers=(one, two)),
        thing('v2', blockers=(one, two)),
        thing('a', 'bit', owners=(two,), parents=(two, Ref('thing', 'v1'))),
    )
    waits = plan_of(found)
    assert (waits['s1'], waits['s2']) == ([], [])
    assert waits['v1'] == ['a', 's1', 's2']


def test_an_owner_whose_creation_failed_is_kept_while_a_part_is_well() -> None:
    request = Request(Selection(stuck=datetime.timedelta(hours=1)))
    failed = {'status': 'CREATE_FAILED', 'updated_at': OLD, 'condition': Condition.CREATION_FAILED}
    part, broken = Ref('thing', 'part'), Ref('thing', 'broken')
    found = inventory(
        thing('box', 'box', holds=(part, broken), **failed),
        thing('part'),
        thing('broken', condition=Condition.CREATION_FAILED),
        thing('lone', 'box', holds=(broken,), **failed),
    )
    verdicts = judge(found, request)
    assert codes(verdicts['box'])[1] == {'healthy-parts'}
    assert 'thing:part (part)' in verdicts['box'].guards[0].text
    only_broken = judge(inventory(found.resources[Ref('box', 'lone')], found.resources[broken]), request)
    assert only_broken['lone'].decision is Decision.REMOVE


@pytest.mark.parametrize('condition', [Condition.DELETION_FAILED, Condition.LEAVING])
def test_an_owner_that_was_asked_to_go_goes_whatever_its_parts(condition: Condition) -> None:
    request = Request(Selection(stuck=datetime.timedelta(hours=1)))
    box = thing('box', 'box', holds=(Ref('thing', 'part'),), updated_at=OLD, condition=condition)
    assert judge(inventory(box, thing('part')), request)['box'].decision is Decision.REMOVE


def test_an_owner_that_is_selected_otherwise_goes_with_its_healthy_parts() -> None:
    request = Request(Selection(stuck=datetime.timedelta(hours=1), refs=frozenset({Ref('box', 'box')})))
    failed = {'updated_at': OLD, 'condition': Condition.CREATION_FAILED}
    box = thing('box', 'box', holds=(Ref('thing', 'part'),), **failed)
    assert judge(inventory(box, thing('part')), request)['box'].decision is Decision.REMOVE


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
    plan = planning.make_plan(tuple(verdicts.values()), found, REGISTRY.order, Header(HERE, NOW, True))
    assert [each.ref.id for each in plan.unresolved] == ['older', 'part']


def test_a_part_of_one_owner_is_no_part_of_another_of_its_kind_but_may_be_of_any_other() -> None:
    outage = Unread(Scope('box', 'alpha', Ref('box', 'unread')), '500')
    found = inventory(
        thing('unread', 'box'),
        thing('box', 'box', project_id='beta', holds=(Ref('thing', 'held'),)),
        thing('held', holds=(Ref('thing', 'deep'),)),
        thing('deep'),
        thing('group', holds=(Ref('thing', 'grouped'),)),
        thing('grouped'),
        unread=(outage,),
    )
    verdicts = judge(found)
    assert codes(verdicts['grouped'])[1] == {'owner-unknown'}
    assert verdicts['held'].decision is verdicts['deep'].decision is Decision.HELD


def test_a_sentence_names_what_stays_by_itself_and_not_what_stays_because_of_it() -> None:
    box = thing('box', 'box', holds=(Ref('thing', 'a'), Ref('thing', 'b')))
    tagged = thing('b', tags=frozenset({'orphancleanup:keep'}))
    verdicts = judge(inventory(box, thing('a'), tagged))
    assert verdicts['box'].guards[0].text == 'it holds thing:b (b), which stays'
    assert verdicts['a'].guards[0].text == 'it is a part of box:box (box), which stays'


@pytest.mark.parametrize('shape', ['chain', 'pairs', 'nested', 'unread'])
def test_thirty_thousand_are_judged_in_seconds(shape: str) -> None:
    found = large(shape, 30_000)
    started = time.process_time()
    verdicts = classify.classify(found, EVERYTHING, REGISTRY.before, NOW)
    planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    assert time.process_time() - started < 15


def large(shape: str, count: int) -> Inventory:
    """Return an inventory whose links are as long, or whose unread owners are as many, as can be."""
    keep = frozenset({'orphancleanup:keep'})
    kind = 'box' if shape == 'nested' else 'thing'
    refs = [Ref(kind, f'{number:05}') for number in range(count)]
    resources = []
    for number, ref in enumerate(refs):
        following = refs[(number + 1) % count]
        fields: dict[str, object] = {
            'chain': {'parents': (following,), 'tags': keep if number == count - 1 else frozenset()},
            'pairs': {'blockers': (refs[number ^ 1],)},
            'nested': {'holds': (following,) if number < count - 1 else ()},
            'unread': {'project_id': f'p{number % 100}'},
        }[shape]
        resources.append(thing(ref.id, ref.kind, **fields))
    owners = [Ref('box', f'b{number}') for number in range(count // 5)] if shape == 'unread' else []
    unread = tuple(Unread(Scope('box', 'other', ref), '500') for ref in owners)
    return inventory(*resources, unread=unread)


NAMES = [f'r{number}' for number in range(8)]
REFS = [Ref(kind, name) for kind in sorted(LISTED) for name in NAMES[:4]]
SOME_REFS = st.lists(st.sampled_from(REFS), max_size=3).map(tuple)
RESOURCES = st.builds(
    Resource,
    ref=st.sampled_from(REFS),
    name=st.sampled_from(['tempest-a', 'prod', '']),
    project_id=st.sampled_from(['alpha', 'svc', 'ghost', '']),
    status=st.sampled_from(['available', 'error', 'deleting']),
    created_at=st.sampled_from([None, OLD, NOW]),
    updated_at=st.sampled_from([None, OLD]),
    parents=SOME_REFS,
    blockers=SOME_REFS,
    owners=SOME_REFS,
    holds=SOME_REFS,
    retains=SOME_REFS,
    alters=SOME_REFS,
    condition=st.sampled_from(Condition),
    tags=st.sampled_from([frozenset[str](), frozenset({'orphancleanup:keep'})]),
    is_system=st.booleans(),
)
UNREAD = st.sampled_from(
    [(), (Unread(Scope('bit'), 'x'),), (Unread(Scope('box', 'alpha', Ref('box', 'r0')), 'x'),)]
)
INVENTORIES = st.builds(
    lambda found, unread, listed, known: inventory(*found, unread=unread, listed=listed, known_tenants=known),
    st.lists(RESOURCES, max_size=10),
    UNREAD,
    st.frozensets(st.sampled_from(sorted(LISTED))),
    st.booleans(),
)
BASELINES = st.one_of(
    st.none(),
    st.builds(
        lambda refs, complete, only: baseline(
            *refs, complete=complete, only_new_tenants=only, tenants={'alpha': 'a'}
        ),
        SOME_REFS,
        st.frozensets(st.sampled_from(sorted(LISTED))),
        st.booleans(),
    ),
)
REQUESTS = st.builds(
    Request,
    selection=st.builds(
        Selection,
        baseline=BASELINES,
        orphans=st.booleans(),
        stuck=st.sampled_from([None, datetime.timedelta(hours=1)]),
        prefixes=st.sampled_from([(), ('tempest-',)]),
        refs=st.frozensets(st.sampled_from(REFS), max_size=2),
        everything=st.booleans(),
    ),
    reach=st.builds(
        Reach, st.sampled_from([None, frozenset({'thing'})]), st.sampled_from([None, frozenset({'alpha'})])
    ),
    protection=st.builds(
        Protection,
        older_than=st.sampled_from([None, datetime.timedelta(days=1)]),
        patterns=st.sampled_from([(), (KeepPattern('*', 'prod'),)]),
        own_ids=st.sampled_from([frozenset[str](), frozenset({'r1'})]),
        service_projects=st.just(frozenset({'service'})),
    ),
)


@given(INVENTORIES, REQUESTS)
def test_nothing_that_is_guarded_or_in_the_baseline_is_ever_in_a_plan(
    found: Inventory, request: Request
) -> None:
    verdicts = classify.classify(found, request, REGISTRY.before, NOW)
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    going = {entry.ref for entry in plan.entries}
    protection = request.protection
    for ref in going:
        resource = found.resources[ref]
        assert found.known_tenants
        assert not resource.tags
        assert not resource.is_system
        assert resource.project_id != 'svc'
        assert resource.id not in protection.own_ids
        assert not (protection.patterns and resource.name == 'prod')
        assert not (request.selection.baseline and request.selection.baseline.has(ref))
        assert not (protection.older_than and resource.created_at == NOW)
        assert ref.kind != 'bit' or not any(unread.scope.kind == 'bit' for unread in found.unread)


@given(INVENTORIES, REQUESTS)
def test_nothing_goes_from_under_something_that_stays(found: Inventory, request: Request) -> None:
    verdicts = classify.classify(found, request, REGISTRY.before, NOW)
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    going = {entry.ref: entry for entry in plan.entries}
    graph = links.link(found)
    for ref, entry in going.items():
        resource = found.resources[ref]
        assert not graph.owners.get(ref, frozenset()) - going.keys()
        assert not graph.parts.get(ref, frozenset()) - going.keys()
        assert (
            not {other for other in graph.hindrances.get(ref, ()) if other in found.resources} - going.keys()
        )
        assert (entry.owner is None) == (ref not in graph.owners)
        assert entry.reasons
        assert set(entry.waits_for) <= going.keys()
        assert resource.kind in LISTED
    planning.check(plan, LISTED)
    assert not links.cycle({ref: set(entry.waits_for) for ref, entry in going.items()})


@given(INVENTORIES, REQUESTS)
def test_without_a_selection_nothing_goes(found: Inventory, request: Request) -> None:
    verdicts = classify.classify(
        found, Request(Selection(), request.reach, request.protection), REGISTRY.before, NOW
    )
    assert not classify.selected(verdicts)
