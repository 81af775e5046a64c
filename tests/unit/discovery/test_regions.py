"""A project that is empty here may be full in another region of the same Keystone: it stays until somebody says not."""

import dataclasses
import math
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.errors import Unreachable
from orphancleanup.judging.selection import Reach, Request, Selection
from orphancleanup.model import Part, Ref
from orphancleanup.results import Review
from orphancleanup.site import Site
from tests.unit.estate import SERVICE, Boxes, Estate

HOME = Ref('plot', 'home')
NAMED = Request(Selection(refs=frozenset({HOME})))


@pytest.fixture
def house(tmp_path: Path) -> Estate:
    found = Estate(tmp_path / 'runs')
    found.plot('home')
    return found


def with_empty(site: Site, *regions: str) -> Site:
    guards = dataclasses.replace(site.settings.guards, empty_regions=frozenset(regions))
    return dataclasses.replace(site, settings=dataclasses.replace(site.settings, guards=guards))


def guards(review: Review) -> list[tuple[str, str]]:
    (verdict,) = [each for each in review.verdicts if each.resource.ref == HOME]
    return [(guard.code, guard.text) for guard in verdict.guards]


def share(house: Estate) -> None:
    """Have a region with a key manager of its own use the service of the plots."""
    house.cloud.sharing['key-manager', SERVICE] = frozenset({'RegionTwo'})


def test_what_another_region_may_have_in_it_keeps_a_project_and_needs_a_person(house: Estate) -> None:
    share(house)
    review = runs.review(house.site(), NAMED)
    ((code, text),) = guards(review)
    assert code == 'other-region'
    assert text.startswith('RegionTwo may have something in it')
    assert review.plan.entries == ()
    assert [each.ref for each in review.plan.unresolved] == [HOME]


def test_it_goes_when_that_region_was_said_to_be_empty(house: Estate) -> None:
    share(house)
    plan = runs.review(with_empty(house.site(), 'RegionTwo'), NAMED).plan
    assert [entry.ref for entry in plan.entries] == [HOME]
    assert not runs.review(with_empty(house.site(), 'RegionThree'), NAMED).plan.entries


def test_other_things_go_whatever_other_regions_there_are(house: Estate) -> None:
    share(house)
    house.thing('one', project_id='home')
    plan = runs.review(house.site(), Request(Selection(everything=True))).plan
    assert [entry.ref.id for entry in plan.entries] == ['one']


def test_regions_that_cannot_be_read_keep_it_too(house: Estate) -> None:
    house.cloud.fail(('identity', 'GET', '/endpoints'), Unreachable('no answer came'), times=math.inf)
    ((code, text),) = guards(runs.review(house.site(), NAMED))
    assert code == 'other-region'
    assert text == 'whether another region has something in it could not be read: no answer came'


def test_nobody_asks_for_regions_when_no_project_can_go(house: Estate) -> None:
    house.thing('one')
    site = house.site()
    runs.survey(site, ['bit'])
    asked = house.cloud.sent('GET').count('/endpoints')
    runs.survey(site, ['plot'])
    assert (asked, house.cloud.sent('GET').count('/endpoints')) == (0, 1)


def test_one_that_would_go_with_what_is_asked_for_alone_stays_too(
    house: Estate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Boxes, 'parts', lambda *_: [Part('Invented::Plot', 'home')])
    share(house)
    house.box('crate')
    reach = Reach(kinds=frozenset({'box'}))
    review = runs.review(house.site(), Request(Selection(everything=True), reach))
    assert review.plan.entries == ()
    assert guards(review)
