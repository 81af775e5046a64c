"""A plan tells what it does beyond its entries, what is left, and hangs together."""

import dataclasses
import datetime

import pytest

from orphancleanup.errors import PlanError
from orphancleanup.judging import classify, planning
from orphancleanup.judging.plan import Entry, Plan
from orphancleanup.judging.planning import Header
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import Part, Ref, Resource, Scope, Unread
from orphancleanup.settings import Limits
from tests.unit.inventories import (
    ALPHA,
    EVERYTHING,
    HERE,
    LISTED,
    NOW,
    REGISTRY,
    SERVICE,
    inventory,
    thing,
)

HOURS = datetime.timedelta(hours=6)
ONE, TWO, THREE = (Ref('thing', name) for name in ('one', 'two', 'three'))


def plan(*entries: Entry) -> Plan:
    return Plan(HERE, NOW, entries, has_baseline=True)


def entry(ref: Ref, owners: tuple[Ref, ...] = (), waits_for: tuple[Ref, ...] = ()) -> Entry:
    return Entry(Resource(ref), (Reason('named', 'named'),), owners, waits_for)


@pytest.mark.parametrize(
    'entries',
    [
        (entry(ONE, waits_for=(ONE,)), entry(TWO), entry(THREE)),
        (entry(ONE, waits_for=(TWO,)), entry(TWO, waits_for=(ONE,)), entry(THREE)),
        (entry(ONE, owners=(TWO,)), entry(TWO, owners=(ONE,)), entry(THREE)),
        (entry(ONE, waits_for=(TWO,)), entry(TWO, owners=(THREE,)), entry(THREE, waits_for=(ONE,))),
    ],
)
def test_a_plan_that_goes_in_a_circle_is_refused(entries: tuple[Entry, ...]) -> None:
    with pytest.raises(PlanError, match=r'thing:one.* wait for one another in a circle'):
        planning.check(plan(*entries), LISTED)


def test_a_plan_that_has_an_end_is_not_refused() -> None:
    planning.check(plan(entry(ONE, waits_for=(TWO,)), entry(TWO, owners=(THREE,)), entry(THREE)), LISTED)


def test_parts_that_no_handler_knows_count_towards_the_limit_once() -> None:
    parts = tuple(Part('Invented::Alarm', str(number)) for number in range(3))
    box = dataclasses.replace(entry(ONE), resource=Resource(ONE, others=parts))
    nested = dataclasses.replace(entry(TWO, owners=(ONE,)), resource=Resource(TWO, others=parts[:2]))
    (sentence,) = planning.breaches(plan(box, nested), Limits(max_removals=4))
    assert sentence.startswith('2 resources and 3 parts that no handler knows would be removed, more than 4:')
    assert sentence.endswith('--max-removals 5')
    assert not planning.breaches(plan(box, nested), Limits(max_removals=5))


def test_a_circle_and_an_unknown_kind_are_work_left() -> None:
    found = inventory(
        thing('one', blockers=(TWO,)),
        thing('two', blockers=(ONE,)),
        thing('three', owners=(Ref('gizmo', 'g'),)),
        thing('four'),
    )
    verdicts = classify.classify(found, EVERYTHING, REGISTRY.before, NOW)
    made = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    assert [each.ref for each in made.unresolved] == [ONE, TWO, THREE]
    assert 'gizmo:g' in made.unresolved[2].why
    nothing = Request(Selection(refs=frozenset({Ref('thing', 'four')})))
    verdicts = classify.classify(found, nothing, REGISTRY.before, NOW)
    assert not planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False)).unresolved


def test_a_part_that_was_not_asked_for_itself_is_work_left_when_an_owner_was() -> None:
    """The owner cannot go before a person has looked at the part, however deep in it that is."""
    unknown = (Ref('gizmo', 'g'),)
    found = inventory(
        thing('box', 'box', holds=(ONE, THREE)),
        thing('one', blockers=unknown),
        thing('two', blockers=unknown),
        thing('three', holds=(Ref('bit', 'deep'),)),
        thing('deep', 'bit', blockers=unknown),
    )
    request = Request(Selection(everything=True), Reach(frozenset({'box'})))
    verdicts = classify.classify(found, request, REGISTRY.before, NOW)
    made = planning.make_plan(verdicts, found, REGISTRY.order, Header.of(HERE, NOW, request))
    assert made.entries == ()
    assert [each.ref for each in made.unresolved] == [ONE, Ref('bit', 'deep')]


def test_the_header_tells_what_is_judged_again_before_a_step() -> None:
    request = Request(
        Selection(stuck=HOURS, refs=frozenset({Ref('bit', 'b')})), Reach(frozenset({'thing', 'bit'}))
    )
    header = Header.of(HERE, NOW, request)
    assert header == Header(HERE, NOW, False, HOURS, frozenset({'thing', 'bit'}))
    found = inventory(thing('one'))
    verdicts = classify.classify(found, request, REGISTRY.before, NOW)
    assert planning.make_plan(verdicts, found, REGISTRY.order, header).stuck == HOURS


def test_a_plan_tells_all_that_was_found_and_that_was_not() -> None:
    one, two = (thing(name, project_id='svc') for name in ('b', 'a'))
    bit, stays = thing('z', 'bit', project_id='ghost'), thing('stays', tags=frozenset({'orphancleanup:keep'}))
    found = inventory(
        thing('c', blockers=(bit.ref,)),
        one,
        two,
        stays,
        bit,
        unread=(Unread(Scope('crate'), 'HTTP 500'),),
        absent={'box': 'it has no service', 'gizmo': 'nobody asked for it'},
        requests={'thing': 2},
    )
    asked = frozenset({'box', 'crate', 'thing'})
    verdicts = classify.classify(found, EVERYTHING, REGISTRY.before, NOW)
    made = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, True, HOURS, asked))
    everything = Reason('everything', 'selected by --everything')
    assert made == Plan(
        cloud=HERE,
        created_at=NOW,
        entries=(
            Entry(bit, (everything,)),
            Entry(found.resources[Ref('thing', 'c')], (everything,), waits_for=(bit.ref,)),
            Entry(two, (everything,)),
            Entry(one, (everything,)),
        ),
        seen={'thing': 4, 'bit': 1},
        projects={'alpha': ALPHA, 'svc': SERVICE},
        has_baseline=True,
        unread=(Unread(Scope('crate'), 'HTTP 500'), Unread(Scope('box'), 'it has no service')),
        stuck=HOURS,
        requests={'thing': 2},
    )


@pytest.mark.parametrize(
    ('entries', 'sentence'),
    [
        (
            [entry(Ref('gizmo', 'g'))],
            'The plan names gizmo:g, and no installed handler knows its kind; install the plugin.',
        ),
        (
            [entry(ONE, waits_for=(TWO,))],
            'In the plan thing:one depends on thing:two, which is not in it; make a new plan.',
        ),
        (
            [entry(ONE, owners=(TWO,))],
            'In the plan thing:one depends on thing:two, which is not in it; make a new plan.',
        ),
        (
            [
                entry(Ref('thing', f't{place}'), waits_for=(Ref('thing', f't{(place + 1) % 5}'),))
                for place in range(5)
            ],
            'In the plan thing:t0, thing:t1, thing:t2 wait for one another in a circle; make a new plan.',
        ),
    ],
)
def test_a_plan_that_does_not_hang_together_is_refused(entries: list[Entry], sentence: str) -> None:
    with pytest.raises(PlanError) as caught:
        planning.check(plan(*entries), LISTED)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ('going', 'seen', 'told'),
    [
        (10, {'thing': 20}, ''),
        (11, {'thing': 20}, '11 of 20 thing (55.0 %)'),
        (19, {'thing': 19}, ''),
        (20, {'thing': 40}, ''),
        (21, {'thing': 40, 'bit': 100}, '21 of 40 thing (52.5 %)'),
        (1, {'thing': 1}, ''),
        # What was seen is at least what goes, whatever the plan says of it.
        (20, {}, '20 of 20 thing (100.0 %)'),
        (20, {'thing': 0}, '20 of 20 thing (100.0 %)'),
        (30, {'thing': 19}, '30 of 30 thing (100.0 %)'),
        (30, {'bit': 1000}, '30 of 30 thing (100.0 %)'),
    ],
)
def test_no_more_than_half_of_twenty_or_more_goes(going: int, seen: dict[str, int], told: str) -> None:
    entries = tuple(entry(Ref('thing', str(number))) for number in range(going))
    large = dataclasses.replace(plan(*entries), seen=seen, has_baseline=False)
    assert [sentence.partition(' would')[0] for sentence in planning.breaches(large, Limits())] == (
        [told] if told else []
    )
    for sentence in planning.breaches(large, Limits()):
        option, _, share = sentence.rpartition(' ')
        assert option.endswith('narrow the selection or give --max-share')
        assert not planning.breaches(large, Limits(max_share=float(share)))
        assert planning.breaches(large, Limits(max_share=float(share) - 1))
    assert planning.breaches(dataclasses.replace(large, has_baseline=True), Limits()) == ()


def test_one_resource_and_one_part_are_told_as_one() -> None:
    box = dataclasses.replace(entry(ONE), resource=Resource(ONE, others=(Part('Invented::Alarm', 'a'),)))
    (sentence,) = planning.breaches(plan(box), Limits(max_removals=0))
    assert sentence.startswith('1 resource and 1 part that no handler knows would be removed, more than 0: ')
    (sentence,) = planning.breaches(plan(entry(ONE)), Limits(max_removals=0))
    assert sentence.startswith('1 resource would be removed')
    assert sentence.endswith('--max-removals 1')


def test_limits_are_broken_by_number_and_by_share() -> None:
    found = inventory(*(thing(f't{number}') for number in range(40)))
    verdicts = classify.classify(found, EVERYTHING, REGISTRY.before, NOW)
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    sentences = planning.breaches(plan, Limits(max_removals=39))
    assert [sentence.split(':')[0] for sentence in sentences] == [
        '40 resources would be removed, more than 39',
        '40 of 40 thing (100.0 %) would be removed, more than 50 %',
    ]
    assert planning.breaches(plan, Limits(max_share=100)) == ()


def test_the_share_counts_neither_few_nor_with_a_baseline() -> None:
    few = inventory(*(thing(f't{number}') for number in range(19)))
    verdicts = classify.classify(few, EVERYTHING, REGISTRY.before, NOW)
    assert not planning.breaches(
        planning.make_plan(verdicts, few, REGISTRY.order, Header(HERE, NOW, False)), Limits()
    )
    many = inventory(*(thing(f't{number}') for number in range(40)))
    verdicts = classify.classify(many, EVERYTHING, REGISTRY.before, NOW)
    assert not planning.breaches(
        planning.make_plan(verdicts, many, REGISTRY.order, Header(HERE, NOW, True)), Limits()
    )
