"""Who goes and who stays, whatever the inventory."""

import datetime
from collections import Counter

import hypothesis.strategies as st
from hypothesis import given, settings

from orphancleanup.judging import classify, links, planning
from orphancleanup.judging.circles import circles
from orphancleanup.judging.planning import Header
from orphancleanup.judging.selection import KeepPattern, Protection, Reach, Request, Selection
from orphancleanup.model import Condition, Inventory, Ref, Scope, Unread
from tests.unit import linked
from tests.unit.inventories import (
    HERE,
    LISTED,
    NOW,
    OLD,
    REGISTRY,
    baseline,
    inventory,
)

REFS = [Ref(kind, f'r{number}') for kind in sorted(LISTED) for number in range(4)]
SOME_REFS = st.lists(st.sampled_from(REFS), max_size=3).map(tuple)
#: what differs from a plain resource
SAID = st.sampled_from(
    [
        *[{}] * 10,
        *[{'created_at': None}] * 3,
        {'name': 'prod'},
        {'name': ''},
        {'project_id': 'svc'},
        {'project_id': 'ghost'},
        {'project_id': ''},
        {'created_at': NOW},
        {'tags': frozenset({'orphancleanup:keep'})},
        {'is_system': True},
        *[{'condition': condition, 'updated_at': OLD} for condition in Condition],
    ]
).map(lambda said: {'name': 'tempest-a', 'project_id': 'alpha', 'created_at': OLD, **said})
UNREAD = st.sampled_from(
    [*[()] * 6, (Unread(Scope('bit'), 'x'),), (Unread(Scope('box', 'alpha', Ref('box', 'r0')), 'x'),)]
)
INVENTORIES = st.builds(
    lambda found, unread, listed, known: inventory(
        *found, unread=unread, listed=listed, known_projects=known
    ),
    linked.resources(REFS, SAID, Ref('thing', 'lost')),
    UNREAD,
    st.sampled_from([*[LISTED] * 6, LISTED - {'thing'}, LISTED - {'box'}]),
    st.sampled_from([*[True] * 9, False]),
)
BASELINES = st.one_of(
    st.none(),
    st.builds(
        lambda refs, complete, only: baseline(
            *refs, complete=complete, in_new_projects=only, projects={'alpha': 'a'}
        ),
        SOME_REFS,
        st.sampled_from([LISTED, LISTED, LISTED - {'bit'}]),
        st.sampled_from([frozenset[str](), frozenset[str](), frozenset({'box'})]),
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
        refs=st.frozensets(st.sampled_from(REFS), max_size=6),
        everything=st.booleans(),
    ),
    reach=st.sampled_from([Reach(), Reach(), Reach(frozenset({'thing'})), Reach(None, frozenset({'alpha'}))]),
    protection=st.builds(
        Protection,
        older_than=st.sampled_from([None, datetime.timedelta(days=1)]),
        patterns=st.sampled_from([(), (KeepPattern('*', 'prod'),)]),
        own_ids=st.sampled_from([frozenset[str](), frozenset({'r1'})]),
        service_projects=st.just(frozenset({'service'})),
    ),
)


@given(INVENTORIES, REQUESTS)
def test_no_reason_selects_what_its_kind_was_not_said_to_be_selected_by(
    found: Inventory, request: Request
) -> None:
    for verdict in classify.classify(found, request, REGISTRY.before, NOW):
        own = {reason.code for reason in verdict.reasons} - {'part-of'}
        assert own <= request.selection.codes(verdict.resource.kind)


@given(INVENTORIES, REQUESTS)
def test_nothing_that_is_guarded_or_in_the_baseline_is_ever_in_a_plan(
    found: Inventory, request: Request
) -> None:
    verdicts = classify.classify(found, request, REGISTRY.before, NOW)
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    going = {entry.ref: entry for entry in plan.entries}
    protection = request.protection
    for ref in going:
        resource = found.resources[ref]
        assert found.known_projects
        assert not resource.tags
        assert not resource.is_system
        assert resource.project_id != 'svc'
        assert resource.id not in protection.own_ids
        assert not (protection.patterns and resource.name == 'prod')
        assert not (request.selection.baseline and request.selection.baseline.has(ref))
        assert not (protection.older_than and resource.created_at == NOW)
        assert not (protection.older_than and resource.created_at is None and not going[ref].owners)
        assert ref.kind != 'bit' or not any(unread.scope.kind == 'bit' for unread in found.unread)


@given(INVENTORIES, REQUESTS)
def test_nothing_goes_from_under_something_that_stays(found: Inventory, request: Request) -> None:
    verdicts = classify.classify(found, request, REGISTRY.before, NOW)
    plan = planning.make_plan(verdicts, found, REGISTRY.order, Header(HERE, NOW, False))
    going = {entry.ref: entry for entry in plan.entries}
    graph = links.link(found)
    for ref, entry in going.items():
        resource = found.resources[ref]
        owners = graph.owners.get(ref, frozenset())
        assert set(entry.owners) == owners & going.keys()
        assert all((ref, 'owned') not in graph.keeps[owner] for owner in owners - going.keys())
        assert not graph.parts.get(ref, frozenset()) - going.keys()
        assert (
            not {other for other in graph.hindrances.get(ref, ()) if other in found.resources} - going.keys()
        )
        assert entry.reasons
        assert set(entry.waits_for) <= going.keys()
        assert resource.kind in LISTED
    planning.check(plan, LISTED)
    assert not circles({ref: entry.waits_for for ref, entry in going.items()})


@given(INVENTORIES, REQUESTS)
def test_without_a_selection_nothing_goes(found: Inventory, request: Request) -> None:
    verdicts = classify.classify(
        found, Request(Selection(), request.reach, request.protection), REGISTRY.before, NOW
    )
    assert not classify.selected(verdicts)


def test_in_many_of_these_inventories_something_goes_and_what_is_linked_with_it_stays() -> None:
    """What is said of all of them would be said of nothing, else."""
    counts: Counter[str] = Counter()

    @settings(derandomize=True, max_examples=100, database=None)
    @given(INVENTORIES, REQUESTS)
    def look(found: Inventory, request: Request) -> None:
        going = classify.selected(classify.classify(found, request, REGISTRY.before, NOW))
        linked_with = {victim for ref in going for victim, _ in links.link(found).keeps.get(ref, {})}
        counts['something goes'] += bool(going)
        counts['something else stays'] += not linked_with <= going.keys()

    look()
    assert counts['something goes'] > 25
    assert counts['something else stays'] > 5
