"""What an apply costs, in requests: it depends on what changes, not on how much there is."""

from orphancleanup import runs
from orphancleanup.execute.engine import Engine
from orphancleanup.execute.events import Reply
from orphancleanup.execute.jobs import Answer, Reading, Sight, Task
from orphancleanup.execute.policy import Policy, Start
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


def test_while_steps_are_under_way_nothing_is_read_about_those_that_were_answered(house: Storehouse) -> None:
    """Three deletions are on their way, and are answered one after the other: one reading tells of all of them."""
    for name in ('one', 'two', 'three'):
        house.thing(name)
    made, site = plan(house), house.site()
    start = Start(house.cloud.clock.now(), 0.0)
    named = frozenset(entry.ref for entry in made.entries)
    engine = Engine(made, Policy(site.registry, site.settings.execution, named, start))
    engine.begin(0.0)
    (looking,) = engine.jobs(0.0, lambda service: 8)
    assert isinstance(looking, Reading)
    found = {entry.ref: entry.resource for entry in made.entries}
    engine.was_read(looking, Sight(0.0, found, total=3), 0.1)
    sent = engine.jobs(0.1, lambda service: 8)
    assert len(sent) == 3
    for number, task in enumerate(sent):
        assert isinstance(task, Task)
        assert engine.jobs(1.0 + number / 3, lambda service: 8) == []
        engine.answered(Answer(task.ref, Reply.ACCEPTED), 1.0 + number / 3)
    (reading,) = engine.jobs(1.92, lambda service: 8)
    assert isinstance(reading, Reading)
    assert len(reading.questions) == 3
