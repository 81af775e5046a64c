"""What the whole cloud shares is selected only by the reasons that its kind names."""

import dataclasses
import datetime
from pathlib import Path
from typing import ClassVar

import pytest

from orphancleanup import runs
from orphancleanup.errors import UsageError
from orphancleanup.installed import registry
from orphancleanup.judging.reasons import CODES, reasons_for
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Condition, Ref, Resource
from tests.unit.inventories import NOW, OLD, baseline, inventory, thing
from tests.unit.storehouse import Boxes, Storehouse, Things

#: selects a resource by every reason there is
ALL = Selection(
    baseline=baseline(),
    orphans=True,
    stuck=datetime.timedelta(hours=1),
    prefixes=('tempest',),
    refs=frozenset({Ref('thing', 'one')}),
    everything=True,
)


def one() -> Resource:
    return thing(
        'one',
        name='tempest-1',
        project_id='ghost',
        status='error',
        updated_at=OLD,
        parents=(Ref('bit', 'lost'),),
        condition=Condition.DELETION_FAILED,
        unused='nobody has it',
    )


def codes(selection: Selection) -> set[str]:
    return {reason.code for reason in reasons_for(one(), inventory(one()), selection, NOW)}


def test_the_codes_are_those_of_all_reasons() -> None:
    assert codes(ALL) == CODES


@pytest.mark.parametrize('code', sorted(CODES))
def test_a_kind_is_selected_by_nothing_but_the_reasons_that_it_names(code: str) -> None:
    limited = dataclasses.replace(ALL, selected_by={'thing': frozenset({code})})
    assert codes(limited) == {code}
    assert codes(dataclasses.replace(ALL, selected_by={'bit': frozenset({code})})) == CODES
    assert codes(dataclasses.replace(ALL, selected_by={'thing': frozenset()})) == set()


class Flavors(Things):
    """Shared by the whole cloud."""

    after = ()
    selected_by: ClassVar[frozenset[str] | None] = frozenset({'named', 'prefix'})


def flavors(house: Storehouse) -> runs.Site:
    found = registry.build(registry.Loaded(each, 'x', 'tests 1.0') for each in (Flavors(), Boxes()))
    return dataclasses.replace(house.site(), registry=found)


def test_a_run_goes_by_what_the_handlers_say(tmp_path: Path) -> None:
    house = Storehouse(tmp_path)
    house.thing('one')
    site = flavors(house)
    assert runs.review(site, Request(Selection(everything=True))).plan.entries == ()
    assert [e.ref.id for e in runs.review(site, Request(Selection(prefixes=('o',)))).plan.entries] == ['one']


def test_what_is_named_and_never_goes_by_name_is_no_clean_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = Storehouse(tmp_path)
    house.thing('one')
    named = Request(Selection(refs=frozenset({Ref('thing', 'one')})))
    assert [e.ref.id for e in runs.review(flavors(house), named).plan.entries] == ['one']
    monkeypatch.setattr(Flavors, 'selected_by', frozenset({'not-in-baseline'}))
    with pytest.raises(UsageError, match='thing never goes by name: it is selected by not-in-baseline only'):
        runs.review(flavors(house), named)


def test_an_owner_takes_along_what_it_would_be_selected_for_by_nothing_else(tmp_path: Path) -> None:
    house = Storehouse(tmp_path)
    house.box('box', 'one')
    house.thing('one')
    plan = runs.review(flavors(house), Request(Selection(everything=True))).plan
    assert {entry.ref.id for entry in plan.entries} == {'box', 'one'}
