"""A run ends, with a sentence for each entry, however slow, circular or stuck things are."""

import dataclasses
import math

from orphancleanup.judging.plan import Plan
from orphancleanup.model import Level
from orphancleanup.outcome import Result
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import EVERYTHING, apply, deletes, plan, results, texts
from tests.unit.storehouse import SERVICE, Storehouse


def elapsed(house: Storehouse) -> float:
    return house.cloud.clock.monotonic()


def test_a_listing_that_is_out_of_date_when_it_arrives_is_replaced_by_looks(house: Storehouse) -> None:
    for number in range(8):
        house.thing(f't{number}')
    made = plan(house)
    house.cloud.before((SERVICE, 'GET', '/things$'), lambda _: house.cloud.clock.advance(61), times=math.inf)
    applied = apply(house, made)
    assert set(results(applied).values()) == {Result.REMOVED}
    assert elapsed(house) < 3600


def test_a_service_whose_every_look_is_out_of_date_is_given_up(house: Storehouse) -> None:
    for number in range(5):
        house.thing(f't{number}')
    made = plan(house)
    house.cloud.before((SERVICE, 'GET', '/things'), lambda _: house.cloud.clock.advance(61), times=math.inf)
    applied = apply(house, made)
    assert set(results(applied).values()) == {Result.LEFT}
    assert 'answers so slowly' in texts(applied)['t0']
    assert deletes(house) == []


def test_owners_whose_parts_are_always_out_of_date_are_given_up(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    made = plan(house)
    house.cloud.before((SERVICE, 'GET', '/things'), lambda _: house.cloud.clock.advance(61), times=math.inf)
    applied = apply(house, made)
    assert results(applied)['box'] is Result.LEFT
    assert deletes(house) == []


def in_a_circle(made: Plan) -> Plan:
    one, other = made.entries
    return dataclasses.replace(
        made,
        entries=(
            dataclasses.replace(one, waits_for=(other.ref,)),
            dataclasses.replace(other, waits_for=(one.ref,)),
        ),
    )


def test_what_waits_for_one_another_is_blocked_and_says_so(house: Storehouse) -> None:
    from orphancleanup.execute.engine import Engine
    from orphancleanup.execute.policy import Policy, Start

    house.thing('one')
    house.thing('two')
    made = in_a_circle(plan(house))
    site = house.site()
    start = Start(house.cloud.clock.now(), 0.0)
    engine = Engine(made, Policy(site.registry, site.settings.execution, frozenset(), start))
    engine.begin(0.0)
    assert engine.jobs(0.0, lambda service: 8) == []
    assert engine.is_finished
    assert {item.result for item in engine.items.values()} == {Result.BLOCKED}
    assert all('wait for one another' in item.text for item in engine.items.values())


def test_what_hangs_does_not_hold_up_what_does_not_depend_on_it(house: Storehouse) -> None:
    """A box goes before things of its project; one that hangs is passed by."""
    house.box('hanging', deletion=Deletion(seconds=1e9))
    for number in range(25):
        house.thing(f't{number}')
    made = plan(house)
    gone_at = []
    house.cloud.before((SERVICE, 'DELETE', '/things'), lambda _: gone_at.append(elapsed(house)), math.inf)
    applied = apply(house, made)
    assert results(applied)['hanging'] is Result.LEFT
    assert len(gone_at) == 25
    assert max(gone_at) < 30


def test_what_depends_on_what_hangs_waits_for_it(house: Storehouse) -> None:
    house.thing('parent')
    house.bit('hanging', hangs_on=['parent'], deletion=Deletion(seconds=1e9))
    applied = apply(house, plan(house))
    assert results(applied) == {'hanging': Result.LEFT, 'parent': Result.BLOCKED}
    assert deletes(house) == ['/bits/hanging']


def test_a_request_that_waits_for_long_is_not_sent_any_more(house: Storehouse) -> None:
    """Whatever made it late, a retry or a queue: the age of the look counts where the request leaves."""
    house.thing('one')
    made = plan(house)
    ages = []

    def late(_: object) -> None:
        ages.append(elapsed(house))

    house.cloud.before((SERVICE, 'DELETE', '/things'), late, math.inf)
    handler = house.site().registry.handler('thing')
    delete = type(handler).delete
    slept = []

    def delayed(self: object, cloud: object, resource: object) -> None:
        if not slept:
            slept.append(house.cloud.clock.advance(61))
            house.things.items['one']['tags'] = ['orphancleanup:keep']
        delete(self, cloud, resource)  # type: ignore[arg-type]

    type(handler).delete = delayed  # type: ignore[method-assign,assignment]
    try:
        applied = apply(house, made, frozenset({Level.API}))
    finally:
        type(handler).delete = delete  # type: ignore[method-assign]
    assert results(applied) == {'one': Result.CHANGED}
    assert ages == []
    assert EVERYTHING.selection.everything
