"""Who goes and who stays, whatever the inventory."""

import datetime

import hypothesis.strategies as st
from hypothesis import given

from orphancleanup.judging import classify, links, planning
from orphancleanup.judging.circles import circles
from orphancleanup.judging.planning import Header
from orphancleanup.judging.selection import KeepPattern, Protection, Reach, Request, Selection
from orphancleanup.model import Condition, Inventory, Ref, Resource, Scope, Unread
from tests.unit.inventories import (
    HERE,
    LISTED,
    NOW,
    OLD,
    REGISTRY,
    baseline,
    inventory,
)

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
    goes_with=SOME_REFS,
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
    lambda found, unread, listed, known: inventory(
        *found, unread=unread, listed=listed, known_projects=known
    ),
    st.lists(RESOURCES, max_size=10),
    UNREAD,
    st.frozensets(st.sampled_from(sorted(LISTED))),
    st.booleans(),
)
BASELINES = st.one_of(
    st.none(),
    st.builds(
        lambda refs, complete, only: baseline(
            *refs, complete=complete, in_new_projects=only, projects={'alpha': 'a'}
        ),
        SOME_REFS,
        st.frozensets(st.sampled_from(sorted(LISTED))),
        st.frozensets(st.sampled_from(sorted(LISTED))),
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
        assert found.known_projects
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
    assert not circles({ref: entry.waits_for for ref, entry in going.items()})


@given(INVENTORIES, REQUESTS)
def test_without_a_selection_nothing_goes(found: Inventory, request: Request) -> None:
    verdicts = classify.classify(
        found, Request(Selection(), request.reach, request.protection), REGISTRY.before, NOW
    )
    assert not classify.selected(verdicts)
