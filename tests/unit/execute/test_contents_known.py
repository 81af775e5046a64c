"""Which listings tell what is in a project, and which have to be made anew."""

import pytest

from orphancleanup.execute.contents import ROUNDS, Contents
from orphancleanup.execute.item import Item, State, begin
from orphancleanup.execute.jobs import Sight
from orphancleanup.execute.schedule import Schedule
from orphancleanup.judging.plan import Entry
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import Ref, Resource
from tests.unit.estate import registry

HOME, OTHER, INSIDE = Ref('plot', 'home'), Ref('plot', 'other'), Ref('key', 'inside')
REGISTRY = registry()
FULL = {'home': (INSIDE,)}


@pytest.fixture
def items() -> dict[Ref, Item]:
    found = (begin(Entry(Resource(ref), (Reason('named', 'x'),)), is_ours=False) for ref in (HOME, OTHER))
    return {item.ref: item._replace(state=State.READY, touched=100.0, looked=100.0) for item in found}


@pytest.fixture
def contents(items: dict[Ref, Item]) -> Contents:
    return Contents(items, Schedule(items, REGISTRY.before, REGISTRY.last), REGISTRY, 60.0)


def read(contents: Contents, at: float, inside: dict[str, tuple[Ref, ...]] | None = None) -> list[Ref]:
    """Have every kind listed; return what waited for that."""
    free = []
    for kind in REGISTRY.order:
        free += contents.was_read(kind, Sight(at, contents=inside or {} if kind == 'key' else {}))
    return free


def test_every_kind_is_awaited_and_then_what_waited_goes_on(contents: Contents) -> None:
    assert contents.await_listings(HOME, 100.0)
    assert contents.awaited == frozenset(REGISTRY.order)
    assert read(contents, 100.0) == [HOME]
    assert contents.awaited == frozenset()
    assert not contents.await_listings(HOME, 101.0)
    assert contents.found(HOME) is None
    assert contents.oldest(HOME) == 100.0


def test_a_listing_from_before_its_turn_tells_that_a_project_is_empty(contents: Contents) -> None:
    read(contents, 80.0)
    assert not contents.await_listings(HOME, 100.0)
    assert contents.oldest(HOME) == 80.0


def test_a_listing_from_before_its_turn_does_not_tell_that_something_is_in_it(contents: Contents) -> None:
    read(contents, 80.0, FULL)
    assert contents.await_listings(HOME, 100.0)
    assert contents.awaited == {'key'}
    assert not contents.await_listings(OTHER, 100.0)


def test_a_listing_from_its_turn_does(contents: Contents) -> None:
    read(contents, 100.0, FULL)
    assert not contents.await_listings(HOME, 101.0)
    assert contents.found(HOME) == (HOME, INSIDE)
    assert contents.found(OTHER) is None


def test_half_of_what_a_listing_may_be_old_is_left_for_the_others_to_come(contents: Contents) -> None:
    read(contents, 69.0)
    assert contents.await_listings(HOME, 100.0)
    read(contents, 69.0)
    assert not contents.await_listings(HOME, 129.0)
    assert contents.await_listings(HOME, 130.0)


def test_after_a_step_only_listings_that_began_after_its_answer_count(
    contents: Contents, items: dict[Ref, Item]
) -> None:
    read(contents, 100.0)
    contents.was_sent(HOME)
    items[HOME] = items[HOME]._replace(steps=('delete',), touched=110.0)
    read(contents, 109.0)
    assert contents.await_listings(HOME, 111.0)
    assert not contents.await_listings(OTHER, 111.0)
    read(contents, 111.0)
    assert not contents.await_listings(HOME, 112.0)


def test_listings_that_come_too_late_again_and_again_are_given_up_and_begun_anew(contents: Contents) -> None:
    now = 100.0
    for _ in range(ROUNDS):
        assert contents.await_listings(HOME, now)
        assert not contents.is_late(HOME)
        read(contents, now)
        now += 61.0
    assert contents.await_listings(HOME, now)
    assert contents.is_late(HOME)
    assert contents.awaited == frozenset()
    assert contents.await_listings(HOME, now)
    assert not contents.is_late(HOME)


def test_a_kind_that_cannot_be_listed_is_told_once_and_forgets_nothing(contents: Contents) -> None:
    read(contents, 95.0)
    contents.await_listings(HOME, 130.0)
    for kind in REGISTRY.order:
        contents.was_read(kind, Sight(130.0, failed='HTTP 500' if kind == 'key' else ''))
    assert contents.failure(HOME) == 'whether any key is in it could not be read: HTTP 500'
    assert contents.failure(HOME) == ''
    assert contents.await_listings(HOME, 131.0)
    assert contents.awaited == {'key'}


def test_what_is_no_project_waits_for_nothing(items: dict[Ref, Item], contents: Contents) -> None:
    thing = Ref('thing', 'one')
    items[thing] = begin(Entry(Resource(thing), (Reason('named', 'x'),)), is_ours=False)
    assert not contents.await_listings(thing, 100.0)
    assert contents.found(thing) is None
    assert contents.oldest(thing) == float('inf')
