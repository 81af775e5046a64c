"""The table of relations holds: for two resources as it stands there, and for any inventory."""

import dataclasses
import datetime

import hypothesis.strategies as st
import pytest
from hypothesis import given

from orphancleanup.judging import classify, links, planning
from orphancleanup.judging.planning import Header
from orphancleanup.judging.relations import (
    ALONG,
    ALTERS,
    CONTAINS,
    FIRST,
    ORPHAN,
    RELATIONS,
    TAKES,
    WAITS,
    End,
    Relation,
    end_of,
)
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision, Reason, Verdict
from orphancleanup.model import Inventory, Project, Ref, Resource, Scope, Unread
from tests.unit import linked
from tests.unit.estate import registry
from tests.unit.samples import CLOUD

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
REGISTRY = registry()
ONE, OTHER, STRANGER = Ref('plot', 'one'), Ref('thing', 'other'), Ref('gizmo', 'other')
KEEP = frozenset({'orphancleanup:keep'})
WORDS = [relation.words for relation in RELATIONS]
PLOTS = frozenset({'plot'})
LISTED = frozenset({'bit', 'thing', 'box', 'plot'})
EVERYTHING = Request(Selection(everything=True, orphans=True))


def world(relation: Relation, end: End) -> Inventory:
    """Return one resource that names another by a relation, the other as it is to be."""
    other = STRANGER if end is End.UNKNOWN else OTHER
    named = {relation.field: (other,)} if relation.field else {}
    one = Resource(ONE, project_id='alpha', **named)  # type: ignore[arg-type]
    home = 'one' if relation is CONTAINS else 'alpha'
    there = Resource(OTHER, project_id=home, tags=KEEP if end is End.STAYS else frozenset())
    is_read = relation is not CONTAINS or end is not End.UNKNOWN
    return inventory(
        (one, there) if end in (End.GOES, End.STAYS) else (one,),
        uncertain={OTHER: 'HTTP 504'} if end is End.UNREAD else {},
        listed=LISTED if is_read else LISTED - {'box'},
        project_kinds=PLOTS if relation is CONTAINS else frozenset(),
    )


def inventory(resources: tuple[Resource, ...], **fields: object) -> Inventory:
    projects = {name: Project(name, name) for name in ('alpha', 'one', '0', '1', '2')}
    found = Inventory({each.ref: each for each in resources}, projects)
    return dataclasses.replace(found, **{'listed': LISTED, **fields})  # type: ignore[arg-type]


def before(kind: str) -> frozenset[str]:
    return frozenset({'bit', 'thing', 'box'}) if kind in PLOTS else frozenset()


def judge(found: Inventory, request: Request = EVERYTHING) -> dict[Ref, Verdict]:
    verdicts = classify.classify(found, request, before, NOW)
    return {verdict.resource.ref: verdict for verdict in verdicts}


def waits(found: Inventory) -> dict[Ref, tuple[Ref, ...]]:
    verdicts = tuple(judge(found).values())
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(CLOUD, NOW, False))
    return {entry.ref: entry.waits_for for entry in plan.entries}


@pytest.mark.parametrize('relation', RELATIONS, ids=WORDS)
@pytest.mark.parametrize('end', End)
def test_what_the_table_says_follows_for_the_resource(relation: Relation, end: End) -> None:
    effect = relation.effect(end)
    verdict = judge(world(relation, end))[ONE]
    assert [guard.code for guard in verdict.guards] == ([effect.guard] if effect.guard else [])
    assert (verdict.decision is Decision.HELD) == (effect is ALONG)
    assert ('parent-missing' in {reason.code for reason in verdict.reasons}) == (effect is ORPHAN)


@pytest.mark.parametrize('relation', RELATIONS, ids=WORDS)
def test_what_the_table_says_follows_for_the_other_end_when_the_resource_stays(relation: Relation) -> None:
    found = world(relation, End.GOES)
    one = dataclasses.replace(found.resources[ONE], tags=KEEP)
    verdict = judge(dataclasses.replace(found, resources={**found.resources, ONE: one}))[OTHER]
    assert [guard.code for guard in verdict.guards] == (
        [relation.if_stays.guard] if relation.if_stays.guard else []
    )


@pytest.mark.parametrize('relation', RELATIONS, ids=WORDS)
def test_the_order_that_the_table_says_is_the_plans(relation: Relation) -> None:
    found = world(relation, End.GOES)
    order = waits(found)
    assert (OTHER in order[ONE]) == (relation.goes is WAITS)
    assert (ONE in order[OTHER]) == (relation.if_goes is WAITS) == (relation.goes is FIRST)
    held = judge(found)[OTHER].decision is Decision.HELD
    assert held == (relation.if_goes is ALONG) == (relation.goes is TAKES)


@pytest.mark.parametrize('relation', RELATIONS, ids=WORDS)
@pytest.mark.parametrize('end', [End.UNREAD, End.UNKNOWN])
def test_what_was_not_read_and_what_nobody_knows_always_keeps(relation: Relation, end: End) -> None:
    assert relation.effect(end).guard
    named = Request(Selection(everything=True, refs=frozenset({ONE})))
    assert judge(world(relation, end), named)[ONE].decision is Decision.KEEP


def test_what_changes_something_that_stays_goes_when_it_is_named() -> None:
    (alters,) = (relation for relation in RELATIONS if relation.stays is ALTERS)
    found = world(alters, End.STAYS)
    assert 'name it (--resource)' in judge(found)[ONE].guards[0].text
    named = Request(Selection(refs=frozenset({ONE})))
    assert judge(found, named)[ONE].decision is Decision.REMOVE


REFS = [Ref(kind, str(number)) for kind in ('bit', 'thing', 'box', 'plot') for number in range(3)]
PLACES = st.sampled_from(['alpha', 'alpha', 'alpha', 'alpha', '0', '1', '2'])
TAGS = st.sampled_from([*[frozenset[str]()] * 5, KEEP])
INVENTORIES = st.builds(
    lambda found, uncertain, unread: inventory(
        found, uncertain=dict.fromkeys(uncertain, 'HTTP 504'), unread=unread, project_kinds=PLOTS
    ),
    linked.resources(REFS, st.fixed_dictionaries({'project_id': PLACES, 'tags': TAGS}), STRANGER),
    st.sampled_from([(), (), (), (), (), *((ref,) for ref in REFS[::3])]),
    st.sampled_from([(), (), (), (), (), (Unread(Scope('box'), 'HTTP 500'),)]),
)
REQUESTS = st.builds(
    lambda everything, refs: Request(Selection(everything=everything, refs=refs)),
    st.booleans(),
    st.frozensets(st.sampled_from(REFS), min_size=2, max_size=8),
)


@given(INVENTORIES, REQUESTS)
def test_in_any_inventory_nothing_goes_that_the_table_keeps(found: Inventory, request: Request) -> None:
    verdicts = judge(found, request)
    going = set(classify.selected(tuple(verdicts.values())))
    for resource in found:
        for relation in RELATIONS:
            for other in relation.ends(resource, found):
                end = end_of(other, found) or (End.GOES if other in going else End.STAYS)
                effect = relation.effect(end)
                is_named = effect is ALTERS and resource.ref in request.selection.refs
                if resource.ref in going:
                    assert not effect.guard or is_named
                elif other in going:
                    assert not relation.if_stays.guard


@given(INVENTORIES, REQUESTS)
def test_in_any_inventory_no_project_goes_while_anything_may_be_in_it(
    found: Inventory, request: Request
) -> None:
    verdicts = tuple(judge(found, request).values())
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(CLOUD, NOW, False))
    going = {entry.ref: entry for entry in plan.entries}
    for ref in going:
        if ref.kind == 'plot':
            inside = {each.ref for each in found if each.project_id == ref.id} - {ref}
            inside -= links.link(found).all_parts(ref)
            assert inside <= set(going[ref].waits_for)
            assert not found.unread
            assert not found.uncertain


@given(INVENTORIES, REQUESTS)
def test_in_any_inventory_what_is_selected_and_stays_says_why(found: Inventory, request: Request) -> None:
    for verdict in judge(found, request).values():
        if verdict.reasons and verdict.decision is Decision.KEEP:
            assert verdict.guards
        assert verdict.guards == tuple(dict.fromkeys(verdict.guards))
        assert (verdict.decision is Decision.HELD) == any(
            isinstance(reason, Reason) and reason.code == 'part-of' for reason in verdict.reasons
        )
