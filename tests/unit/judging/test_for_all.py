"""What every project may use is no orphan only because its own project is gone."""

import dataclasses

import pytest

from orphancleanup import runs
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.outcome import Result
from orphancleanup.storing.run_folder import RunFolder
from tests.unit.inventories import EVERYTHING, inventory, judge, thing
from tests.unit.leaky import Leaky, site

ORPHANS = Request(Selection(orphans=True))


def test_the_end_of_its_project_does_not_select_it_and_anything_else_does() -> None:
    found = inventory(thing('one', project_id='ghost', is_for_all=True), thing('two', project_id='ghost'))
    orphans = judge(found, ORPHANS)
    assert [name for name, each in orphans.items() if each.decision is Decision.REMOVE] == ['two']
    assert {each.decision for each in judge(found, EVERYTHING).values()} == {Decision.REMOVE}
    named = dataclasses.replace(ORPHANS, selection=Selection(prefixes=('on',)))
    assert judge(found, named)['one'].decision is Decision.REMOVE


@pytest.mark.parametrize('visibility', ['public', 'community'])
def test_an_image_that_all_may_use_outlives_its_project(visibility: str) -> None:
    leaky = Leaky()
    leaky.glance.image(1, owner='gone', visibility=visibility)
    leaky.glance.image(2, owner='gone', visibility='private')
    leaky.glance.image(3, owner='gone', visibility='shared')
    plan = runs.review(site(leaky.cloud), ORPHANS).plan
    assert {entry.ref.id for entry in plan.entries} == {'image-2', 'image-3'}


def test_an_image_that_was_opened_to_all_since_the_plan_was_made_is_left_alone() -> None:
    leaky = Leaky()
    image = leaky.glance.image(1, owner='gone')
    ours = site(leaky.cloud)
    plan = runs.review(ours, ORPHANS).plan
    image['visibility'] = 'public'
    (outcome,) = runs.apply(ours, plan, RunFolder.create(leaky.cloud.clock)).outcomes
    assert (outcome.result, outcome.text) == (Result.CHANGED, 'every project may use it now')


@pytest.mark.parametrize('field', ['shared', 'router:external'])
def test_a_network_that_all_may_use_outlives_its_project_with_its_subnets(field: str) -> None:
    leaky = Leaky()
    for name, is_for_all in (('mine', False), ('everybodys', True)):
        network = leaky.neutron.add('networks', id=name, project_id='gone', **{field: is_for_all})
        subnet = leaky.neutron.add('subnets', id=f'{name}-subnet', network_id=name, project_id='gone')
        network['subnets'] = [subnet['id']]
    plan = runs.review(site(leaky.cloud), ORPHANS).plan
    assert {entry.ref.id for entry in plan.entries} == {'mine', 'mine-subnet'}


def test_a_network_that_does_not_tell_whether_it_is_shared_is_not_read() -> None:
    leaky = Leaky()
    del leaky.neutron.add('networks', id='mine', project_id='gone')['shared']
    review = runs.review(site(leaky.cloud), ORPHANS)
    assert 'neutron-network' in review.inventory.incomplete
    assert review.plan.entries == ()
