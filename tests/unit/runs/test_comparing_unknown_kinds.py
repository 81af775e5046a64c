"""A saved state may have kinds that nobody knows here: whether these are as they were is not known."""

import dataclasses

from orphancleanup import runs
from orphancleanup.judging.baseline import Baseline, KnownResource
from orphancleanup.model import Ref
from tests.unit.storehouse import Storehouse


def saved(house: Storehouse, *refs: Ref, **complete: object) -> Baseline:
    found = runs.save_state(house.site()).baseline
    more = {ref: KnownResource(ref.id) for ref in refs}
    kinds = found.complete | {ref.kind for ref in refs}
    return dataclasses.replace(found, resources={**found.resources, **more}, complete=kinds)


def test_what_no_installed_handler_knows_is_not_told_to_be_as_it_was(house: Storehouse) -> None:
    house.thing('one')
    found = runs.diff(house.site(), saved(house, Ref('gadget', 'g1'), Ref('gadget', 'g2')))
    assert not found.is_same
    assert not found.differences
    assert 'no installed handler knows the kind' in found.absent['gadget']


def test_a_kind_of_which_there_was_nothing_is_no_difference(house: Storehouse) -> None:
    house.thing('one')
    before = saved(house)
    before = dataclasses.replace(before, complete=before.complete | {'gadget'})
    assert runs.diff(house.site(), before).is_same


def test_what_could_not_be_read_is_told_as_such_only(house: Storehouse) -> None:
    house.thing('one')
    before = saved(house)
    house.cloud.hide_service('storehouse')
    found = runs.diff(house.site(), before)
    assert not found.is_same
    assert not found.absent
    assert {each.scope.kind for each in found.unread} == {'thing', 'bit', 'box'}
