"""Exactly the plan is removed, on its own cloud, by one run at a time."""

import dataclasses
import datetime
import math

import pytest

from orphancleanup import runs
from orphancleanup.errors import (
    CloudError,
    LockedError,
    PlanError,
    Unreachable,
)
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Ref
from orphancleanup.outcome import Result
from orphancleanup.settings import HttpSettings
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import clean, deletes, plan, results
from tests.unit.storehouse import FORCE, SERVICE, Storehouse


def test_everything_in_the_plan_goes(house: Storehouse) -> None:
    for number in range(12):
        house.thing(f'thing-{number}', deletion=Deletion(seconds=3))
    applied = clean(house)
    assert set(results(applied).values()) == {Result.REMOVED}
    assert not house.things.items


def test_nothing_that_the_plan_does_not_name_is_touched(house: Storehouse) -> None:
    house.thing('old')
    made = plan(house)
    house.thing('new')
    runs.apply(house.site(), made, house.folder())
    assert deletes(house) == ['/things/old']
    assert 'new' in house.things.items


@pytest.mark.parametrize(
    ('change', 'text'),
    [
        ({'project_id': 'beta'}, 'it belongs to project beta now'),
        ({'created_at': '2026-02-02T00:00:00+00:00'}, 'it was created again'),
        ({'name': 'production'}, 'it was renamed'),
        ({'used_by': ['other']}, 'it is in use by thing:other now'),
        ({'tags': ['orphancleanup:keep']}, 'it was tagged orphancleanup:keep'),
        ({'is_system': True}, 'it is used internally by a service now'),
    ],
)
def test_what_changed_since_the_plan_is_left_alone(
    house: Storehouse, change: dict[str, object], text: str
) -> None:
    item = house.thing('one')
    made = plan(house)
    item.update(change)
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.CHANGED}
    assert applied.outcomes[0].text == text
    assert deletes(house) == []


def test_a_project_that_came_back_keeps_its_things(house: Storehouse) -> None:
    house.thing('one', project_id='ghost')
    made = plan(house, Request(Selection(orphans=True)))
    house.project('ghost')
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.CHANGED}
    assert deletes(house) == []


def test_a_look_that_is_too_old_is_repeated_before_the_step(house: Storehouse) -> None:
    for number in range(40):
        house.thing(f'thing-{number}')
    made = plan(house)

    def slow(_: object) -> None:
        house.cloud.clock.advance(20)
        house.things.items['thing-39'].update(name='production')

    house.cloud.before((SERVICE, 'DELETE', '/things'), slow, times=math.inf)
    site = house.site()
    site = dataclasses.replace(
        site,
        settings=dataclasses.replace(site.settings, http=HttpSettings(workers=1, default_service_workers=1)),
    )
    applied = runs.apply(site, made, house.folder())
    assert results(applied)['thing-39'] is Result.CHANGED
    assert 'thing-39' in house.things.items


def test_what_moved_before_its_first_step_is_no_longer_stuck(house: Storehouse) -> None:
    item = house.thing('one', status='error', updated_at='2026-01-02T00:00:00+00:00')
    made = plan(house, Request(Selection(stuck=datetime.timedelta(hours=1))))
    item.update(status='available', updated_at='2026-02-28T23:59:00+00:00')
    applied = runs.apply(house.site(FORCE), made, house.folder())
    assert results(applied) == {'one': Result.CHANGED}
    assert deletes(house) == []


def test_what_somebody_else_removed_is_not_ours(house: Storehouse) -> None:
    house.thing('one')
    made = plan(house)
    house.things.remove('one')
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.ALREADY_GONE}


def test_a_removal_by_somebody_else_is_waited_for(house: Storehouse) -> None:
    item = house.thing('one')
    made = plan(house)
    house.things.leave(item, Deletion(seconds=30))
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.ALREADY_GONE}
    assert deletes(house) == []


def test_a_plan_of_another_cloud_is_refused(house: Storehouse, tmp_path: object) -> None:
    house.thing('one')
    made = plan(house)
    house.cloud.identity = type(house.cloud.identity)('http://other', 'RegionOne', 'user', 'project', 'other')
    with pytest.raises(PlanError, match='was made for the cloud at http://fake/identity'):
        runs.apply(house.site(), made, house.folder())
    assert deletes(house) == []


def test_two_runs_on_one_cloud_are_refused(house: Storehouse) -> None:
    house.thing('one')
    made, other = plan(house), house.folder()
    caught: list[str] = []

    def second(_: object) -> None:
        with pytest.raises(LockedError) as refusal:
            runs.apply(house.site(), made, other)
        caught.append(str(refusal.value))

    house.cloud.before((SERVICE, 'DELETE', '/things'), second)
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.run_id in caught[0]


def test_an_apply_whose_projects_cannot_be_read_begins_nothing(house: Storehouse) -> None:
    house.thing('one', project_id='ghost')
    made = plan(house, Request(Selection(orphans=True)))
    house.cloud.fail(('identity', 'GET', '/projects'), Unreachable('no keystone'), times=math.inf)
    with pytest.raises(CloudError):
        runs.apply(house.site(), made, house.folder())
    assert deletes(house) == []


def test_references_are_by_kind_and_id(house: Storehouse) -> None:
    assert Ref.parse('thing:one') == Ref('thing', 'one')
