"""Temporary roles in projects: journalled, and taken back whatever happens."""

import dataclasses
from collections.abc import Sequence

from orphancleanup import runs
from orphancleanup.api import Cloud
from orphancleanup.errors import Unreachable
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.ladder import Step
from orphancleanup.model import Resource
from orphancleanup.outcome import Result
from orphancleanup.site import Site
from orphancleanup.storing import journal, plan_file
from orphancleanup.testing.fake_cloud import ADMIN_USER
from tests.unit.storehouse import SERVICE, Storehouse, Things

GRANTED = ('alpha', ADMIN_USER, 'role-member')


class Insiders(Things):
    """A kind that can only be removed from within its project."""

    after = ()

    def ladder(self, resource: Resource) -> Sequence[Step]:
        return (Step('delete', self.from_within),)

    def from_within(self, cloud: Cloud, resource: Resource) -> None:
        self.delete(cloud.project(resource.project_id), resource)


def site(house: Storehouse) -> Site:
    house.cloud.shut.add('alpha')
    return dataclasses.replace(house.site(), registry=build([Loaded(Insiders(), 'storehouse', 'tests 1.0')]))


def test_a_role_is_granted_for_the_step_and_taken_back(house: Storehouse) -> None:
    house.thing('one')
    folder, seen = house.folder(), []
    house.cloud.before((SERVICE, 'DELETE', '/things'), lambda _: seen.append(set(house.cloud.roles.assigned)))
    made = runs.review(site(house), Request(Selection(everything=True))).plan
    applied = runs.apply(site(house), made, folder)
    assert [outcome.result for outcome in applied.outcomes] == [Result.REMOVED]
    assert seen == [{GRANTED}]
    assert not house.cloud.roles.assigned
    events = [record['event'] for record in journal.read(folder.journal)]
    assert events == ['start', 'intent', 'grant', 'granted', 'answer', 'outcome', 'revoked', 'end']


def test_a_role_that_a_killed_run_left_is_taken_back_on_resume(house: Storehouse) -> None:
    house.thing('one')
    folder = house.folder()
    made = runs.review(site(house), Request(Selection(everything=True))).plan

    folder.plan.write_text(plan_file.dump(made))
    house.cloud.roles.assigned.add(GRANTED)
    with journal.Journal.open(folder.journal) as written:
        written.write(
            {'event': 'start', 'digest': plan_file.digest(made)},
            {'event': 'grant', 'project_id': 'alpha', 'user_id': ADMIN_USER, 'role_id': 'role-member'},
        )
    applied = runs.resume(site(house), folder)
    assert [outcome.result for outcome in applied.outcomes] == [Result.REMOVED]
    assert not house.cloud.roles.assigned


def test_a_role_that_was_there_before_stays(house: Storehouse) -> None:
    house.thing('one')
    house.cloud.roles.assigned.add(GRANTED)
    made = runs.review(site(house), Request(Selection(everything=True))).plan
    runs.apply(site(house), made, house.folder())
    assert house.cloud.roles.assigned == {GRANTED}


def test_a_role_that_cannot_be_taken_back_is_told(house: Storehouse) -> None:
    house.thing('one')
    made = runs.review(site(house), Request(Selection(everything=True))).plan
    house.cloud.fail(('identity', 'DELETE', '/projects'), Unreachable('no keystone'), times=9)
    applied = runs.apply(site(house), made, house.folder())
    assert 'role-member' in applied.warnings[0]
    assert house.cloud.roles.assigned == {GRANTED}
