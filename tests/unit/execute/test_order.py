"""What goes before what, and what is tried again after something else went."""

import math

from orphancleanup import runs
from orphancleanup.errors import (
    Conflict,
)
from orphancleanup.outcome import Result
from orphancleanup.storing import journal
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import clean, deletes, plan, results
from tests.unit.storehouse import FORCE, SERVICE, Storehouse


def test_kinds_go_in_order_within_a_project_and_projects_side_by_side(house: Storehouse) -> None:
    house.project('beta')
    house.thing('thing-alpha')
    house.thing('thing-beta', project_id='beta')
    house.bit('bit-alpha', deletion=Deletion(seconds=5))
    clean(house)
    sent = deletes(house)
    assert sent.index('/bits/bit-alpha') < sent.index('/things/thing-alpha')
    assert sent.index('/things/thing-beta') < sent.index('/things/thing-alpha')


def test_children_go_before_what_they_hang_on(house: Storehouse) -> None:
    house.project('beta')
    house.thing('parent', project_id='beta')
    house.bit('child', hangs_on=['parent'], deletion=Deletion(seconds=2))
    clean(house)
    assert deletes(house) == ['/bits/child', '/things/parent']


def test_a_parent_is_blocked_by_a_child_that_will_not_go(house: Storehouse) -> None:
    house.thing('parent')
    house.bit('child', hangs_on=['parent'], refuse=lambda: Conflict(409, 'busy'))
    applied = clean(house, FORCE)
    assert results(applied) == {'child': Result.LEFT, 'parent': Result.BLOCKED}
    assert '/things/parent' not in deletes(house)


def test_a_second_pass_picks_up_what_the_first_could_not(house: Storehouse) -> None:
    slow = house.thing('slow', deletion=Deletion(seconds=20))
    quick = house.thing('quick')
    quick['refuse'] = lambda: Conflict(409, 'slow still leans on it')
    house.cloud.before(
        (SERVICE, 'GET', '/things'),
        lambda _: slow['id'] in house.things.items or quick.pop('refuse', None),
        math.inf,
    )
    made, folder = plan(house), house.folder()
    applied = runs.apply(house.site(), made, folder)
    assert results(applied) == {'slow': Result.REMOVED, 'quick': Result.REMOVED}
    told = [
        r['result'] for r in journal.read(folder.journal) if r['event'] == 'outcome' and r['id'] == 'quick'
    ]
    assert told == ['not-removed', 'removed']


def test_nothing_harsher_follows_a_refusal_while_what_goes_before_it_is_still_going(
    house: Storehouse,
) -> None:
    """A box that nobody connects with the thing may be why the thing is refused: it hangs, then goes."""
    house.box('slow', deletion=Deletion(seconds=40))
    item = house.thing('thing')
    item['refuse'] = lambda: Conflict(409, 'something is in the way') if 'slow' in house.boxes.items else None
    applied = clean(house, FORCE)
    assert results(applied) == {'slow': Result.REMOVED, 'thing': Result.REMOVED}
    assert set(applied.outcomes[1].steps) == {'delete'}


def test_what_goes_before_may_fail_and_the_harsher_step_comes_all_the_same(house: Storehouse) -> None:
    house.box('hanging', deletion=Deletion(seconds=1e9))
    house.thing('thing', refuse=lambda: Conflict(409, 'something is in the way'))
    applied = clean(house, FORCE)
    assert results(applied) == {'hanging': Result.LEFT, 'thing': Result.REMOVED}
    assert 'force-delete' in applied.outcomes[1].steps
