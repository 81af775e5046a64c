"""What the end of a removal is taken from: two readings that agree, and never an answer about something else."""

import math

import pytest

from orphancleanup.errors import ApiError, Conflict, NotFound
from orphancleanup.outcome import Result
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import apply, deletes, plan, results, texts
from tests.unit.storehouse import FORCE, SERVICE, Storehouse


def test_one_false_404_for_something_is_not_its_end(house: Storehouse) -> None:
    house.thing('one')
    made = plan(house)
    house.cloud.fail((SERVICE, 'GET', '/things/one'), NotFound(404, 'not found'))
    assert results(apply(house, made)) == {'one': Result.REMOVED}
    assert deletes(house) == ['/things/one']


def test_404_for_something_again_and_again_is_not_its_end_while_it_is_listed(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    made = plan(house)
    house.cloud.fail((SERVICE, 'GET', '/things/one'), NotFound(404, 'not found'), times=math.inf)
    applied = apply(house, made)
    assert results(applied) == {'one': Result.LEFT}
    assert 'one' in house.things.items


def test_one_empty_listing_is_not_the_end_of_all(house: Storehouse) -> None:
    for number in range(20):
        house.thing(f't{number}', deletion=Deletion(seconds=20, ends_in='error_deleting'))
    made = plan(house)
    hidden: dict[str, dict[str, object]] = {}

    def hide(_: object) -> None:
        hidden.update(house.things.items)
        house.things.items.clear()

    def show(_: object) -> None:
        house.things.items.update(hidden)

    house.cloud.before((SERVICE, 'GET', '/things$'), hide, after=1)
    house.cloud.before((SERVICE, 'GET', '/things/t'), show)
    applied = apply(house, made)
    assert set(results(applied).values()) == {Result.LEFT}
    assert len(house.things.items) == 20


def test_a_404_for_what_an_owner_holds_is_not_the_end_of_the_owner(house: Storehouse) -> None:
    house.thing('v')
    house.box('b', 'v')
    made = plan(house)
    missing = NotFound(404, 'raw template with id 7 not found')
    house.cloud.fail((SERVICE, 'GET', '/boxes/b/content'), missing, times=math.inf)
    applied = apply(house, made)
    assert results(applied) == {'b': Result.LEFT, 'v': Result.LEFT}
    assert 'it could not be read' in texts(applied)['b']
    assert deletes(house) == []


@pytest.mark.parametrize('status', [401, 404, 405, 408, 413, 429, 500, 503])
def test_an_answer_that_says_nothing_about_the_resource_is_no_reason_to_climb(
    house: Storehouse, status: int
) -> None:
    house.thing('one', refuse=lambda: ApiError.of(status, 'not about this resource'))
    applied = apply(house, plan(house), FORCE)
    assert results(applied) == {'one': Result.LEFT}
    assert applied.outcomes[0].steps == ('delete', 'delete', 'delete')
    assert house.cloud.sent('POST', SERVICE) == []


@pytest.mark.parametrize('status', [400, 403, 409])
def test_a_refusal_is_one(house: Storehouse, status: int) -> None:
    house.thing('one', refuse=lambda: ApiError.of(status, 'not like this'))
    assert results(apply(house, plan(house), FORCE)) == {'one': Result.REMOVED}


def test_a_part_that_went_with_an_owner_that_stays_is_gone_in_the_report(house: Storehouse) -> None:
    house.thing('part')
    house.thing('other')
    house.box('box', 'part', 'other', refuse=lambda: Conflict(409, 'DELETE_FAILED'))
    house.cloud.before((SERVICE, 'DELETE', '/boxes'), lambda _: house.things.remove('part'))
    applied = apply(house, plan(house))
    assert results(applied) == {'box': Result.LEFT, 'part': Result.REMOVED, 'other': Result.LEFT}
    assert texts(applied)['part'] == 'it went with box:box'
    assert texts(applied)['other'] == 'it is a part of box:box, which was not removed'


def test_a_part_of_two_owners_is_looked_at_for_each_of_them(house: Storehouse) -> None:
    house.thing('v')
    house.box('A', 'v')
    house.box('B', 'v')
    made = plan(house)
    house.things.items['v']['tags'] = ['orphancleanup:keep']
    applied = apply(house, made)
    assert set(results(applied).values()) == {Result.CHANGED}
    assert deletes(house) == []


def test_what_comes_back_after_it_was_gone_for_a_moment_is_looked_at_again(house: Storehouse) -> None:
    item = house.thing('one')
    made = plan(house)
    house.cloud.fail((SERVICE, 'GET', '/things/one'), NotFound(404, 'not found'))
    house.cloud.before((SERVICE, 'GET', '/things$'), lambda _: item.update(name='production'))
    assert results(apply(house, made)) == {'one': Result.CHANGED}
    assert deletes(house) == []
