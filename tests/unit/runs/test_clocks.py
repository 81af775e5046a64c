"""Ages are told by the clock by which things are younger: ours, or Keystone's."""

import datetime

import pytest

from orphancleanup import runs
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.selection import Protection, Request, Selection
from orphancleanup.outcome import Result
from tests.unit.execute.applying import HOURS, STUCK, apply, results
from tests.unit.storehouse import Storehouse

HOUR = datetime.timedelta(hours=1)
OLD_ENOUGH = Request(Selection(everything=True), protection=Protection(older_than=HOUR))


def at(house: Storehouse, age: datetime.timedelta) -> str:
    """Return when something was that is so old by the clock of the cloud."""
    return (house.cloud.clock.now() + (house.cloud.ahead or datetime.timedelta()) - age).isoformat()


def planned(house: Storehouse, request: Request) -> Plan:
    return runs.review(house.site(), request).plan


@pytest.mark.parametrize('ahead', [-3 * HOUR, 3 * HOUR])
def test_what_is_young_by_either_clock_is_kept(house: Storehouse, ahead: datetime.timedelta) -> None:
    house.cloud.ahead = ahead
    house.thing('old', created_at=at(house, 5 * HOUR))
    house.thing('young', created_at=at(house, HOUR / 60))
    assert [entry.ref.id for entry in planned(house, OLD_ENOUGH).entries] == ['old']


def test_what_has_just_failed_is_not_stuck_although_our_clock_is_ahead(house: Storehouse) -> None:
    house.cloud.ahead = -2 * HOURS
    house.thing('fresh', status='error', updated_at=at(house, HOUR))
    house.thing('old', status='error', updated_at=at(house, 2 * HOURS))
    assert [entry.ref.id for entry in planned(house, STUCK).entries] == ['old']


def test_what_failed_anew_since_the_plan_is_not_stuck_before_its_step_either(house: Storehouse) -> None:
    item = house.thing('one', status='error', updated_at=at(house, 4 * HOURS))
    made = planned(house, STUCK)
    house.cloud.ahead = -2 * HOURS
    item['updated_at'] = at(house, HOUR)
    assert results(apply(house, made)) == {'one': Result.CHANGED}


def test_a_saved_state_is_dated_by_the_clock_of_the_cloud(house: Storehouse) -> None:
    house.cloud.ahead = -3 * HOUR
    house.thing('before')
    saved = runs.save_state(house.site()).baseline
    house.thing('after', created_at=at(house, -HOUR / 60))
    assert [entry.ref.id for entry in planned(house, Request(Selection(baseline=saved))).entries] == ['after']
