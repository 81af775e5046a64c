"""What an apply costs, in requests: it depends on what changes, not on how much there is."""

from orphancleanup import runs
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.outcome import Result
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import apply, plan, results
from tests.unit.storehouse import SERVICE, Storehouse


def gets(house: Storehouse) -> int:
    return len(house.cloud.sent('GET', SERVICE))


def test_a_few_that_settle_in_a_big_cloud_are_looked_at_one_by_one(house: Storehouse) -> None:
    for number in range(5000):
        house.thing(f'other-{number}')
    for number in range(4):
        house.thing(f'x-{number}', deletion=Deletion(seconds=55))
    made = plan(house, Request(Selection(prefixes=('x-',))))
    before = gets(house)
    assert set(results(apply(house, made)).values()) == {Result.REMOVED}
    assert gets(house) - before < 70
    # Once they are gone, one listing (of six pages here) must say so, too.
    assert house.cloud.sent('GET', SERVICE)[before:].count('/things') <= 6


def test_many_that_settle_are_listed(house: Storehouse) -> None:
    for number in range(300):
        house.thing(f't{number}', deletion=Deletion(seconds=20))
    made = plan(house)
    before = gets(house)
    assert set(results(apply(house, made)).values()) == {Result.REMOVED}
    assert gets(house) - before < 30


def test_a_removal_costs_one_request_and_a_share_of_the_listings(house: Storehouse) -> None:
    for number in range(500):
        house.thing(f't{number}', deletion=Deletion(seconds=1))
    made = plan(house)
    house.cloud.requests.clear()
    applied = runs.apply(house.site(), made, house.folder())
    assert set(results(applied).values()) == {Result.REMOVED}
    assert len(house.cloud.requests) <= 1.05 * 500
