"""Owners and what goes with them."""

import datetime
import math

from orphancleanup import runs
from orphancleanup.errors import (
    Conflict,
    Unreachable,
)
from orphancleanup.judging.selection import Protection, Request, Selection
from orphancleanup.model import Ref
from orphancleanup.outcome import Result
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import clean, deletes, plan, results
from tests.unit.storehouse import FORCE, SERVICE, Storehouse


def test_parts_go_with_their_owner_and_are_not_deleted_twice(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    house.cloud.before((SERVICE, 'DELETE', '/boxes'), lambda _: house.things.remove('part'))
    applied = clean(house)
    assert deletes(house) == ['/boxes/box']
    assert applied.outcomes[1].text == 'it went with box:box'


def test_a_part_that_follows_its_owner_late_is_not_deleted_twice(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')

    def follow(_: object) -> None:
        house.things.leave(house.things.items['part'], Deletion(seconds=3, status='available'))

    house.cloud.before((SERVICE, 'DELETE', '/boxes'), follow)
    applied = clean(house)
    assert deletes(house) == ['/boxes/box']
    assert applied.outcomes[1].text == 'it went with box:box'


def test_a_part_that_outlives_its_owner_is_removed_by_itself(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    applied = clean(house)
    assert deletes(house) == ['/boxes/box', '/things/part']
    assert set(results(applied).values()) == {Result.REMOVED}


def test_a_part_that_outlives_its_owner_stays_when_nothing_else_selects_it(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    applied = clean(house, request=Request(Selection(refs=frozenset({Ref('box', 'box')}))))
    assert results(applied) == {'box': Result.REMOVED, 'part': Result.LEFT}
    assert 'to remove it, name it with --resource' in applied.outcomes[1].text
    assert deletes(house) == ['/boxes/box']


def test_a_part_without_an_age_that_outlives_its_owner_stays(house: Storehouse) -> None:
    """Its owner was old enough; of the part itself nobody tells."""
    house.thing('part', created_at=None)
    house.box('box', 'part')
    old_enough = Protection(older_than=datetime.timedelta(days=1))
    applied = clean(house, request=Request(Selection(everything=True), protection=old_enough))
    assert results(applied) == {'box': Result.REMOVED, 'part': Result.LEFT}
    assert deletes(house) == ['/boxes/box']


def test_an_owner_is_left_alone_when_its_part_was_tagged_since(house: Storehouse) -> None:
    part = house.thing('part')
    house.box('box', 'part')
    made = plan(house)
    part['tags'] = ['orphancleanup:keep']
    applied = runs.apply(house.site(FORCE), made, house.folder())
    assert results(applied) == {'box': Result.CHANGED, 'part': Result.CHANGED}
    assert deletes(house) == []


def test_an_owner_whose_part_cannot_be_looked_at_is_left_alone(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    made = plan(house)
    house.cloud.fail((SERVICE, 'GET', '/things'), Unreachable('no answer'), times=math.inf)
    applied = runs.apply(house.site(FORCE), made, house.folder())
    assert results(applied)['box'] is Result.CHANGED
    assert deletes(house) == []


def test_many_owners_are_each_looked_at_with_their_parts(house: Storehouse) -> None:
    for number in range(150):
        house.thing(f'part-{number}')
        house.box(f'box-{number}', f'part-{number}')
    house.cloud.before(
        (SERVICE, 'DELETE', '/boxes'),
        lambda request: house.things.remove(request.path.replace('/boxes/box', 'part')),
        math.inf,
    )
    made = plan(house)
    before = len(house.cloud.sent('GET', SERVICE))
    applied = runs.apply(house.site(), made, house.folder())
    assert set(results(applied).values()) == {Result.REMOVED}
    assert len(house.cloud.sent('GET', SERVICE)) - before < 150 * 2 + 30


def test_parts_stay_when_their_owner_fails_and_say_so(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part', refuse=lambda: Conflict(409, 'nailed shut'))
    applied = clean(house)
    assert results(applied) == {'box': Result.LEFT, 'part': Result.LEFT}
    assert applied.outcomes[1].text == 'it is a part of box:box, which was not removed'
    assert '/things/part' not in deletes(house)


def nail(house: Storehouse, part: str, **fields: object) -> None:
    """Make a box that does not go while one of its things is there."""
    house.thing(part, **fields)
    house.thing('sound')
    house.box('box', part, 'sound')
    stuck = house.boxes.items['box']
    stuck['refuse'] = lambda: Conflict(409, 'nailed shut') if part in house.things.items else None
    house.cloud.before(
        (SERVICE, 'DELETE', '/boxes'),
        lambda _: part in house.things.items or house.things.remove('sound'),
        math.inf,
    )


def test_a_broken_part_that_keeps_its_owner_is_removed_by_itself_when_forced(house: Storehouse) -> None:
    nail(house, 'rotten', status='error')
    applied = clean(house, FORCE)
    assert set(results(applied).values()) == {Result.REMOVED}
    assert '/things/sound' not in deletes(house)
    assert {outcome.ref.id: outcome.text for outcome in applied.outcomes}['sound'] == 'it went with box:box'


def test_without_force_a_broken_part_stays_with_its_owner(house: Storehouse) -> None:
    nail(house, 'rotten', status='error')
    applied = clean(house)
    assert set(results(applied).values()) == {Result.LEFT}
    assert deletes(house) == ['/boxes/box', '/boxes/box']


def test_a_broken_part_that_stays_leaves_its_owner(house: Storehouse) -> None:
    nail(house, 'rotten', status='error', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    house.things.items['rotten']['refuse_force'] = lambda: Conflict(409, 'rusty')
    applied = clean(house, FORCE)
    assert set(results(applied).values()) == {Result.LEFT}
    assert set(house.things.items) == {'rotten', 'sound'}


def test_an_owner_that_holds_something_new_is_left_alone(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    made = plan(house)
    house.thing('newcomer')
    house.contents['box'].append('newcomer')
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied)['box'] is Result.CHANGED
    assert deletes(house) == []
