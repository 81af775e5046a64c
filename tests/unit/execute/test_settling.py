"""What becomes of a step that was accepted: it is waited for, and unknown is not gone."""

import math

import pytest

from orphancleanup import runs
from orphancleanup.errors import CloudError, NotFound, Unreachable
from orphancleanup.outcome import Result
from orphancleanup.testing.collection import Deletion
from orphancleanup.testing.fake_cloud import Request as Sent
from tests.unit.execute.applying import apply, clean, deletes, plan, results
from tests.unit.storehouse import FORCE, SERVICE, Storehouse, Things


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


def test_a_removal_that_its_service_gave_up_has_failed_before_its_deadline(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=4, ends_in='available'))
    applied = clean(house)
    assert results(applied) == {'one': Result.LEFT}
    assert 'its service gave it up: it is available again' in applied.outcomes[0].text
    assert (applied.ended - applied.started).total_seconds() < 25


def test_a_removal_that_was_given_up_unseen_has_failed_where_all_would_have_been_seen(
    house: Storehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cinder shows that a volume is leaving before it answers, and its backend may say no in no time."""
    monkeypatch.setattr(Things, 'leaves_at_once', True)
    house.thing('one', deletion=Deletion(seconds=0.1, ends_in='available'))
    applied = clean(house)
    assert 'it is available again' in applied.outcomes[0].text
    assert (applied.ended - applied.started).total_seconds() < 25


def test_what_was_never_seen_leaving_is_awaited(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=30, status='available'))
    assert results(clean(house)) == {'one': Result.REMOVED}


@pytest.mark.parametrize(
    'answer', [Unreachable('no answer'), NotFound(404, 'not here')], ids=['none', 'gone, and it is not']
)
def test_a_step_without_a_usable_answer_was_not_given_up(
    house: Storehouse, monkeypatch: pytest.MonkeyPatch, answer: CloudError
) -> None:
    monkeypatch.setattr(Things, 'leaves_at_once', True)
    house.thing('one', refuse=lambda: answer)
    applied = clean(house, FORCE)
    assert results(applied) == {'one': Result.LEFT}
    assert set(applied.outcomes[0].steps) == {'delete'}
    assert 'gave it up' not in applied.outcomes[0].text


@pytest.mark.parametrize(
    ('at_once', 'seconds', 'is_answered', 'readings'),
    [
        (False, 0, True, 2),
        (True, 0, True, 1),
        # An answer that did not come says nothing.
        (True, 0, False, 2),
        # It said more than was true.
        (True, 0.5, True, 2),
    ],
)
def test_what_its_service_says_is_gone_one_reading_confirms(
    house: Storehouse,
    monkeypatch: pytest.MonkeyPatch,
    at_once: bool,
    seconds: float,
    is_answered: bool,
    readings: int,
) -> None:
    monkeypatch.setattr(Things, 'answers_when_gone', at_once)
    for number in range(10):
        house.thing(f'thing-{number}', deletion=Deletion(seconds=seconds))
    made, sent = plan(house), len(house.cloud.requests)

    def lose(request: Sent) -> None:
        """Do it, and lose the answer."""
        house.things.remove(request.path.rpartition('/')[2])
        raise Unreachable('no answer')

    if not is_answered:
        house.cloud.before((SERVICE, 'DELETE', '/things/'), lose, times=math.inf)
    assert set(results(apply(house, made)).values()) == {Result.REMOVED}
    asked = [(each.method, each.path) for each in house.cloud.requests[sent:]]
    last = max(number for number, (method, _) in enumerate(asked) if method == 'DELETE')
    assert asked[last:].count(('GET', '/things')) == readings


def test_one_reading_that_is_out_of_date_gives_nothing_up(house: Storehouse) -> None:
    item = house.thing('one', deletion=Deletion(seconds=20))
    made = plan(house)
    seen: list[str] = []

    def stale(_: object) -> None:
        """Show the third reading of the removal as a replica would that knows nothing of it yet."""
        if 'one' in house.things.items and (seen or item['status'] == 'deleting'):
            seen.append(item['status'])
            item['status'] = 'available' if len(seen) == 3 else 'deleting'

    house.cloud.before((SERVICE, 'GET', '/things'), stale, times=math.inf)
    assert results(apply(house, made)) == {'one': Result.REMOVED}
    assert deletes(house) == ['/things/one']
    assert len(seen) > 3


def test_what_was_given_up_is_tried_again_once_something_else_is_gone(house: Storehouse) -> None:
    item = house.thing('one', deletion=Deletion(seconds=2, ends_in='available'))
    house.thing('other', deletion=Deletion(seconds=20))
    made = plan(house)

    def freed(_: object) -> None:
        if 'other' not in house.things.items:
            item['deletion'] = Deletion(seconds=1)

    house.cloud.before((SERVICE, 'DELETE', '/things/one'), freed, times=math.inf)
    assert results(apply(house, made)) == {'one': Result.REMOVED, 'other': Result.REMOVED}
