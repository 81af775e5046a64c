"""What an owner has got since the plan was made is not taken along, even if the plan names it for itself."""

from orphancleanup.judging import rules
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Ref, Resource
from orphancleanup.outcome import Result
from tests.unit.execute.applying import HOURS, OLD, apply, plan, results
from tests.unit.storehouse import Storehouse

BOX, THING = Resource(Ref('box', 'b')), Ref('thing', 't')


def test_what_an_owner_holds_now_changes_it_though_the_plan_names_that() -> None:
    holding = Resource(BOX.ref, holds=(THING,))
    assert rules.changed_since(BOX, holding, frozenset({THING})) == 'it holds thing:t now'
    assert rules.changed_since(holding, holding, frozenset()) is None


def test_a_user_and_an_owner_that_the_plan_names_do_no_harm() -> None:
    used = Resource(BOX.ref, blockers=(THING,), owners=(THING,), alters=(THING,))
    assert rules.changed_since(BOX, used, frozenset({THING})) is None
    assert rules.changed_since(BOX, used, frozenset()) == 'it is in use by thing:t now'


def test_what_recovered_and_was_put_into_an_owner_that_goes_keeps_it(house: Storehouse) -> None:
    broken = house.thing('t', status='error', updated_at=OLD)
    house.box('b', project_id='ghost')
    made = plan(house, Request(Selection(orphans=True, stuck=HOURS)))
    assert {entry.ref.id for entry in made.entries} == {'b', 't'}
    broken.update(status='in-use', updated_at='2026-02-28T23:59:00+00:00')
    house.contents['b'] = ['t']
    assert results(apply(house, made)) == {'b': Result.CHANGED, 't': Result.CHANGED}
    assert house.boxes.items
