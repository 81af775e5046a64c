"""What stays keeps what hangs together with it, and what waits in a circle does not go."""

import datetime
import time

import pytest

from orphancleanup.judging import classify, planning
from orphancleanup.judging.planning import Header
from orphancleanup.judging.selection import Protection, Reach, Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Inventory, Ref, Scope, Unread
from tests.unit.inventories import (
    EVERYTHING,
    HERE,
    LISTED,
    NOW,
    REGISTRY,
    baseline,
    codes,
    inventory,
    judge,
    thing,
)


def test_parts_are_held_by_their_owner() -> None:
    found = inventory(thing('box', 'box', holds=(Ref('thing', 'part'),)), thing('part'))
    verdict = judge(found, Request(Selection(refs=frozenset({Ref('box', 'box')}))))['part']
    assert (verdict.decision, verdict.owner) == (Decision.HELD, Ref('box', 'box'))


def test_an_owner_stays_when_a_part_must_stay() -> None:
    part = thing('part', tags=frozenset({'orphancleanup:keep'}))
    verdicts = judge(inventory(thing('box', 'box', holds=(part.ref,)), part))
    assert codes(verdicts['box'])[1] == {'holds-kept'}
    assert 'thing:part (part)' in verdicts['box'].guards[0].text


def test_nothing_of_an_excluded_kind_goes_with_its_owner() -> None:
    part = thing('part')
    found = inventory(thing('box', 'box', holds=(part.ref,)), part, thing('other', 'box'))
    reach = Reach(kinds=frozenset({'box'}))
    judged = judge(found, Request(EVERYTHING.selection, reach))
    assert {ref for ref, each in judged.items() if each.decision is not Decision.KEEP} == {
        'box',
        'part',
        'other',
    }
    judged = judge(found, Request(EVERYTHING.selection, reach, Protection(excluded=frozenset({'thing'}))))
    assert {ref for ref, each in judged.items() if each.decision is not Decision.KEEP} == {'other'}
    assert codes(judged['part'])[1] == {'excluded'}
    assert codes(judged['box'])[1] == {'holds-kept'}


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
    assert codes(verdicts['part'])[0] == {'part-of'}, 'so that it stays when its owner stays after all'


A_DAY = Protection(older_than=datetime.timedelta(days=1))


@pytest.mark.parametrize(
    ('box', 'selection'),
    [
        ({'created_at': NOW}, Selection(everything=True)),
        ({'tags': frozenset({'orphancleanup:keep'})}, Selection(everything=True)),
        ({'blockers': (Ref('box', 'box2'),)}, Selection(everything=True)),
        ({}, Selection(refs=frozenset({Ref('thing', 'part'), Ref('bit', 'pool')}))),
    ],
)
def test_a_part_without_an_age_that_would_go_by_itself_is_kept(
    box: dict[str, object], selection: Selection
) -> None:
    """When its network stays, for whatever reason, nobody tells how old a subnet is."""
    owner = thing('box', 'box', **box)
    part = thing('part', created_at=None, goes_with=(owner.ref,), parents=(Ref('bit', 'pool'),))
    circle = thing('box2', 'box', blockers=(owner.ref,))
    verdicts = judge(
        inventory(owner, circle, part, thing('pool', 'bit')), Request(selection, protection=A_DAY)
    )
    assert codes(verdicts['part'])[1] == {'age-unknown'}
    assert codes(verdicts['pool'])[1] == {'in-use'}


def test_an_age_that_is_not_told_is_said_only_where_nothing_else_keeps_a_part() -> None:
    box = thing('box', 'box', created_at=NOW)
    part = thing('part', created_at=None, owners=(box.ref,))
    found = inventory(box, part)
    judged = judge(found, Request(Selection(everything=True), protection=A_DAY))
    assert codes(judged['part']) == ({'everything'}, {'owned'})
    judged = judge(found, Request(Selection(refs=frozenset({box.ref})), protection=A_DAY))
    assert codes(judged['part']) == (set(), set())


def test_a_part_without_an_age_is_kept_when_another_one_keeps_its_owner() -> None:
    kept = thing('kept', 'box', tags=frozenset({'orphancleanup:keep'}))
    first = thing('first', created_at=None, goes_with=(kept.ref,))
    box = thing('box', 'box', blockers=(first.ref,))
    second = thing('second', created_at=None, goes_with=(box.ref,))
    found = inventory(kept, first, box, second)
    verdicts = judge(found, Request(Selection(everything=True), protection=A_DAY))
    assert codes(verdicts['first'])[1] == codes(verdicts['second'])[1] == {'age-unknown'}
    assert judge(found)['second'].decision is Decision.HELD


def test_another_owner_does_not_answer_for_the_one_that_a_part_depends_on() -> None:
    """Of the kind of the part the saved state tells nothing; the owner that it cannot be older than stays after all."""
    kept = thing('kept', 'box', tags=frozenset({'orphancleanup:keep'}))
    first = thing('first', created_at=None, goes_with=(kept.ref,))
    older = thing('older', 'box', blockers=(first.ref,))
    other = thing('other', 'box')
    part = thing('part', 'bit', goes_with=(older.ref, other.ref), parents=(older.ref,))
    known = baseline(complete=LISTED - {'bit'})
    request = Request(Selection(baseline=known, everything=True), protection=A_DAY)
    verdicts = judge(inventory(kept, first, older, other, part), request)
    assert codes(verdicts['part'])[1] == {'not-covered'}
    assert codes(verdicts['other'])[1] == {'holds-kept'}


@pytest.mark.parametrize(
    'fields',
    [
        {'tags': frozenset({'orphancleanup:keep'})},
        {'is_system': True},
        {'protection': 'its owner protects it'},
        {'created_at': NOW},
        {'project_id': 'svc'},
    ],
)
def test_an_owner_answers_for_nothing_but_what_is_not_told_of_a_part(fields: dict[str, object]) -> None:
    protection = Protection(older_than=A_DAY.older_than, service_projects=frozenset({'svc'}))
    box = thing('box', 'box')
    part = thing('part', **{'owners': (box.ref,), 'parents': (box.ref,), **fields})
    verdicts = judge(inventory(box, part), Request(Selection(everything=True), protection=protection))
    assert codes(verdicts['box'])[1] == {'holds-kept'}
    assert verdicts['part'].decision is Decision.KEEP


@pytest.mark.parametrize('relation', ['goes_with', 'owners'])
def test_what_only_an_owner_selected_stays_with_it_and_keeps_what_it_needs(relation: str) -> None:
    """A network stays; so does its subnet, that nobody named, and the pool that this is of."""
    box = thing('box', 'box', tags=frozenset({'orphancleanup:keep'}))
    part = thing('part', **{relation: (box.ref,)})
    inner = thing('inner', goes_with=(part.ref,), parents=(Ref('bit', 'pool'),))
    found = inventory(box, part, inner, thing('pool', 'bit'))
    named = Request(Selection(refs=frozenset({box.ref, Ref('bit', 'pool')})))
    verdicts = judge(found, named)
    assert codes(verdicts['pool'])[1] == {'in-use'}
    assert codes(verdicts['part']) == codes(verdicts['inner']) == (set(), set())
    assert judge(found)['pool'].decision is Decision.REMOVE


def test_a_part_that_is_in_use_itself_says_so_beside_its_owner() -> None:
    user = thing('user', tags=frozenset({'orphancleanup:keep'}))
    box = thing('box', 'box', blockers=(user.ref,), holds=(Ref('thing', 'part'),))
    part = thing('part', blockers=(user.ref,))
    verdicts = judge(inventory(user, box, part), Request(Selection(refs=frozenset({box.ref}))))
    assert codes(verdicts['box'])[1] == codes(verdicts['part'])[1] == {'in-use'}


def test_what_another_owner_takes_along_goes_with_that_one() -> None:
    kept = thing('kept', 'box', tags=frozenset({'orphancleanup:keep'}))
    box = thing('box', 'box', holds=(Ref('thing', 'part'),))
    part = thing('part', goes_with=(kept.ref,))
    named = Request(Selection(refs=frozenset({kept.ref, box.ref})))
    assert judge(inventory(kept, box, part), named)['part'].decision is Decision.HELD


def test_what_is_in_use_by_something_that_stays_is_kept_and_names_it() -> None:
    user = thing('user', name='db-1', tags=frozenset({'orphancleanup:keep'}))
    verdict = judge(inventory(thing('used', blockers=(user.ref,)), user))['used']
    assert verdict.guards[0].text == 'thing:user (db-1) needs it and stays'
    nameless = thing('user', name='', tags=frozenset({'orphancleanup:keep'}))
    verdict = judge(inventory(thing('used', blockers=(user.ref,)), nameless))['used']
    assert verdict.guards[0].text == 'thing:user needs it and stays'


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
    verdicts = judge(inventory(one, two, thing('three'), thing('used', blockers=(one.ref,))))
    assert codes(verdicts['one'])[1] == {'cycle'}
    assert codes(verdicts['used'])[1] == {'in-use'}
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


def test_an_owner_that_is_not_read_says_nothing_about_others_of_its_kind() -> None:
    found = inventory(unread=(Unread(Scope('box', 'alpha', Ref('box', 'box')), '500'),))
    assert found.is_gone(Ref('box', 'other'))
    assert not inventory(unread=(Unread(Scope('box', 'alpha'), '500'),)).is_gone(Ref('box', 'other'))


def test_a_sentence_names_what_stays_by_itself_and_not_what_stays_because_of_it() -> None:
    box = thing('box', 'box', holds=(Ref('thing', 'a'), Ref('thing', 'b')))
    tagged = thing('b', tags=frozenset({'orphancleanup:keep'}))
    verdicts = judge(inventory(box, thing('a'), tagged))
    assert verdicts['box'].guards[0].text == 'it holds thing:b (b), which stays'
    assert verdicts['a'].guards[0].text == 'it is a part of box:box (box), which stays'


def test_a_sentence_has_no_brackets_for_what_has_no_name() -> None:
    user = thing('user', name='', tags=frozenset({'orphancleanup:keep'}))
    verdicts = judge(inventory(thing('used', blockers=(user.ref,)), user))
    assert verdicts['used'].guards[0].text == 'thing:user needs it and stays'


def test_a_part_for_which_only_its_owner_spoke_is_no_more_selected_when_the_owner_stays() -> None:
    """It is not told to be kept: without its owner nobody asked for it."""
    boxes = [thing(name, 'box', holds=(Ref('thing', 'a'), Ref('thing', 'b'))) for name in ('one', 'two')]
    tagged = thing('b', tags=frozenset({'orphancleanup:keep'}))
    for found in (boxes[:1], boxes):
        asked = frozenset(box.ref for box in found)
        verdicts = judge(inventory(*found, thing('a'), tagged), Request(Selection(refs=asked)))
        assert [codes(verdicts[box.id]) for box in found] == [({'named'}, {'holds-kept'})] * len(found)
        assert codes(verdicts['a']) == (set(), set())
    also = Request(Selection(refs=frozenset({boxes[0].ref, Ref('thing', 'a')})))
    assert codes(judge(inventory(boxes[0], thing('a'), tagged), also)['a']) == ({'named'}, {'owned'})


def test_a_part_is_told_to_be_kept_while_another_owner_would_take_it_along() -> None:
    box, stays = (thing(name, 'box', holds=(Ref('thing', 'a'),)) for name in ('box', 'stays'))
    verdicts = judge(inventory(box, stays, thing('a')), Request(Selection(refs=frozenset({box.ref}))))
    assert codes(verdicts['a']) == (set(), {'owned'})
    assert codes(verdicts['box'])[1] == {'holds-kept'}
    assert verdicts['box'].guards[0].text == 'it holds thing:a (a), which stays'


def test_a_part_that_is_in_use_tells_so_though_only_its_owner_spoke_for_it() -> None:
    box = thing('box', 'box', holds=(Ref('thing', 'a'),))
    user = thing('user', tags=frozenset({'orphancleanup:keep'}))
    used = thing('a', blockers=(user.ref,))
    verdicts = judge(inventory(box, used, user), Request(Selection(refs=frozenset({box.ref}))))
    assert codes(verdicts['a']) == (set(), {'in-use'})
    assert codes(verdicts['box'])[1] == {'holds-kept'}


@pytest.mark.parametrize('shape', ['chain', 'pairs', 'nested', 'unread'])
def test_ten_thousand_are_judged_in_a_second_or_two(shape: str) -> None:
    found = large(shape, 10_000)
    started = time.process_time()
    verdicts = classify.classify(found, EVERYTHING, REGISTRY.before, NOW)
    planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    assert time.process_time() - started < 5


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
