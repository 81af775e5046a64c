"""What becomes of a step that was accepted: it is waited for, and unknown is not gone."""

import math

from orphancleanup import runs
from orphancleanup.errors import (
    Unreachable,
)
from orphancleanup.outcome import Result
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import clean, plan, results
from tests.unit.storehouse import SERVICE, Storehouse


def test_settling_lists_and_does_not_ask_for_each(house: Storehouse) -> None:
    for number in range(50):
        house.thing(f'thing-{number}', deletion=Deletion(seconds=2))
    clean(house)
    # One that a listing does not show any more is asked for by its id, so that a cut listing is not believed.
    assert len([path for path in house.cloud.sent('GET', SERVICE) if path.startswith('/things/')]) < 4
    assert house.cloud.sent('GET', SERVICE).count('/things') < 10


def test_outage_after_delete_is_not_gone(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1))
    made = plan(house)
    outage = Unreachable('the storehouse does not answer')
    house.cloud.fail((SERVICE, 'GET', '/things'), outage, times=math.inf, after=1)
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.LEFT}
    assert 'could not be read' in applied.outcomes[0].text


def test_a_listing_that_fails_while_settling_leaves_the_items_pending(house: Storehouse) -> None:
    for number in range(5):
        house.thing(f'thing-{number}', deletion=Deletion(seconds=5))
    made = plan(house)
    house.cloud.fail((SERVICE, 'GET', '/things'), Unreachable('no answer'), times=3, after=1)
    applied = runs.apply(house.site(), made, house.folder())
    assert set(results(applied).values()) == {Result.REMOVED}


def test_a_listing_that_fails_is_no_proof_that_many_are_gone(house: Storehouse) -> None:
    for number in range(5):
        house.thing(f'thing-{number}', deletion=Deletion(seconds=20, ends_in='error_deleting'))
    made = plan(house)
    house.cloud.fail((SERVICE, 'GET', '/things'), Unreachable('no answer'), times=3, after=1)
    applied = runs.apply(house.site(), made, house.folder())
    assert set(results(applied).values()) == {Result.LEFT}
    assert len(house.things.items) == 5


def test_an_error_state_ends_the_waiting(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    applied = clean(house)
    assert (applied.ended - applied.started).total_seconds() < 15


def test_a_step_that_ends_in_another_state_is_followed_by_the_next_at_once(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=2, ends_in='resting'))
    applied = clean(house)
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.outcomes[0].steps == ('delete', 'finish')
    assert (applied.ended - applied.started).total_seconds() < 15


def test_an_error_state_from_before_the_step_is_no_failure_yet(house: Storehouse) -> None:
    item = house.thing('one', status='error', deletion=Deletion(seconds=5, status='error'))
    applied = clean(house)
    assert item['id'] not in house.things.items
    assert results(applied) == {'one': Result.REMOVED}


def test_a_removal_that_hangs_fails_at_its_deadline(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1e9))
    applied = clean(house)
    assert results(applied) == {'one': Result.LEFT}
    assert 'still deleting' in applied.outcomes[0].text
    assert 60 < (applied.ended - applied.started).total_seconds() < 90


def test_thousands_are_removed_in_bounded_batches(house: Storehouse) -> None:
    for number in range(1000):
        house.thing(f'thing-{number}', project_id=f'project-{number % 7}', deletion=Deletion(seconds=1))
    applied = clean(house)
    assert set(results(applied).values()) == {Result.REMOVED}
    assert len(house.cloud.requests) < 1000 + 60
