"""A stack whose creator is disabled goes when the creator's trusts to Heat go, and only these."""

from pathlib import Path
from typing import Any

import pytest

from orphancleanup.errors import Forbidden
from orphancleanup.model import Level
from orphancleanup.outcome import NextStep, Result
from orphancleanup.testing.fake_cloud import ADMIN_USER
from tests.unit.plugins.fake_orchestration import PROJECT
from tests.unit.plugins.stacks import API, World

TRUSTS = '^/OS-TRUST/trusts'


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def stack_deletes(world: World) -> int:
    return len(world.cloud.sent('DELETE', 'orchestration'))


def trust_deletes(world: World) -> int:
    return len(world.cloud.sent('DELETE', 'identity'))


def test_the_creators_trusts_go_and_the_stack_after_one_refusal(world: World) -> None:
    stack = world.heat.add()
    world.disable()
    outcome = world.remove(stack)
    assert (outcome.result, outcome.steps) == (Result.REMOVED, ('delete', 'delete-trust'))
    assert not world.trusts('creator')
    assert len(world.trusts(ADMIN_USER)) == 1, 'each refusal leaves a trust'


def test_without_force_heat_is_asked_once_and_the_step_is_named(world: World) -> None:
    stack = world.heat.add()
    world.disable()
    outcome = world.remove(stack, levels=API)
    assert (outcome.result, outcome.next_step) == (Result.LEFT, NextStep('delete-trust', Level.FORCE))
    assert (stack_deletes(world), len(world.trusts('creator'))) == (1, 1)


def test_a_stack_that_goes_by_itself_costs_no_trust(world: World) -> None:
    stack = world.heat.add()
    world.creator['enabled'] = False
    world.keystone.add_trust('creator', 'heat', project_id=PROJECT)
    assert world.remove(stack).steps == ('delete',)
    assert len(world.trusts('creator')) == 1


def test_a_deletion_that_failed_for_another_cause_costs_no_trust(world: World) -> None:
    stack = world.heat.add(stack_status='DELETE_FAILED')
    world.creator['enabled'] = False
    world.keystone.add_trust('creator', 'heat', project_id=PROJECT)
    world.heat.ends_in('DELETE_FAILED')
    assert 'delete-trust' not in world.remove(stack).steps
    assert len(world.trusts('creator')) == 1


def test_a_403_while_the_creator_is_enabled_is_about_something_else(world: World) -> None:
    stack = world.heat.add()
    world.keystone.add_trust('creator', 'heat', project_id=PROJECT)
    world.cloud.fail(('orchestration', 'DELETE', '^/stacks/'), Forbidden(403, 'policy', 'req-7'), times=9)
    outcome = world.remove(stack)
    assert outcome.result is Result.LEFT
    assert outcome.text.endswith('policy'), 'the refusal is why it is left'
    assert any('about something else' in each.text for each in outcome.evidence)
    assert (stack_deletes(world), len(world.trusts('creator'))) == (1, 1)


def test_a_stack_that_is_refused_without_its_trusts_too_is_not_tried_again(world: World) -> None:
    stack = world.heat.add()
    world.disable()
    world.cloud.fail(('orchestration', 'DELETE', '^/stacks/'), Forbidden(403, 'policy', 'req-7'), times=9)
    assert world.remove(stack).result is Result.LEFT
    assert stack_deletes(world) == 2


@pytest.mark.parametrize(
    'fields',
    [
        {'trustor': 'other'},
        {'trustee': 'other'},
        {'project_id': 'another'},
    ],
)
def test_trusts_of_others_to_others_and_for_other_projects_stay(world: World, fields: dict[str, Any]) -> None:
    stack = world.heat.add()
    world.disable()
    world.keystone.add_user(id='other', name='other')
    given = {'trustor': 'creator', 'trustee': 'heat', 'project_id': PROJECT} | fields
    foreign = world.keystone.add_trust(given.pop('trustor'), given.pop('trustee'), **given)
    listed = list(world.keystone.trusts.items.values())
    # A Keystone, or a proxy, that ignores what it is asked for.
    world.cloud.override('identity', 'GET', '/OS-TRUST/trusts', lambda *_: {'trusts': listed})
    world.remove(stack)
    assert foreign['id'] in world.keystone.trusts.items


def test_a_creator_who_comes_back_keeps_the_trusts(world: World) -> None:
    stack = world.heat.add()
    world.disable()
    world.disable()

    def come_back(_: object) -> None:
        world.creator['enabled'] = True

    world.cloud.before(('identity', 'DELETE', TRUSTS), come_back)
    outcome = world.remove(stack)
    assert len(world.trusts('creator')) == 1
    assert any('is enabled by now' in each.text for each in outcome.evidence)
    assert outcome.steps == ('delete', 'delete-trust')


def test_an_enabled_user_of_the_same_name_does_not_stand_for_the_creator(world: World) -> None:
    stack = world.heat.add()
    world.disable()
    world.keystone.add_user(id='namesake', name='somebody', domain_id='elsewhere')
    assert world.remove(stack).result is Result.REMOVED


def test_of_two_users_of_the_same_name_neither_loses_trusts(world: World) -> None:
    stack = world.heat.add()
    world.disable()
    world.keystone.add_user(id='namesake', name='somebody', domain_id='elsewhere', enabled=False)
    world.keystone.add_trust('namesake', 'heat', project_id=PROJECT)
    outcome = world.remove(stack)
    assert any("2 users are called 'somebody'" in each.text for each in outcome.evidence)
    assert (len(world.trusts('creator')), len(world.trusts('namesake'))) == (1, 1)


def test_another_stack_of_the_creator_that_stays_keeps_the_trusts(world: World) -> None:
    stack, other = world.heat.add(), world.heat.add()
    world.disable()
    outcome = world.remove(stack)
    assert outcome.result is Result.LEFT
    assert any(f'heat-stack:{other["id"]}, which stays' in each.text for each in outcome.evidence)
    assert (stack_deletes(world), len(world.trusts('creator'))) == (1, 1)


def test_another_stack_of_the_creator_that_goes_too_keeps_nothing(world: World) -> None:
    stacks = world.heat.add(), world.heat.add()
    world.disable()
    assert world.remove(*stacks).result is Result.REMOVED
    assert not world.heat.stacks.items


@pytest.mark.parametrize('fields', [{'project': 'another'}, {'stack_owner': 'else'}])
def test_stacks_of_others_do_not_matter(world: World, fields: dict[str, str]) -> None:
    stack = world.heat.add()
    world.heat.add(**fields)
    world.disable()
    assert world.remove(stack).result is Result.REMOVED


@pytest.mark.parametrize('method', ['GET', 'DELETE'])
def test_an_account_that_may_not_manage_trusts_is_told_so_and_nothing_goes(world: World, method: str) -> None:
    stack = world.heat.add()
    world.disable()
    refusal = Forbidden(403, 'Delegated tokens cannot manage trusts.', 'req-9')
    world.cloud.fail(('identity', method, TRUSTS), refusal, times=9)
    outcome = world.remove(stack)
    assert outcome.result is Result.LEFT
    assert '(Delegated tokens cannot manage trusts)' in outcome.text
    assert 'not with an application credential' in outcome.text
    assert (stack_deletes(world), len(world.trusts('creator'))) == (1, 1)


def test_a_list_of_trusts_that_cannot_be_read_is_no_empty_one(world: World) -> None:
    stack = world.heat.add()
    world.disable()
    world.cloud.override('identity', 'GET', '/OS-TRUST/trusts', lambda *_: {'trusts': [], 'truncated': True})
    outcome = world.remove(stack)
    assert outcome.result is Result.LEFT
    assert stack_deletes(world) == 1
    assert set(outcome.steps) == {'delete', 'delete-trust'}


def test_a_stack_whose_creators_name_heat_does_not_tell_costs_no_trust(world: World) -> None:
    stack = world.heat.add(stack_owner=None)
    world.disable()
    assert world.remove(stack).result is Result.LEFT
    assert (stack_deletes(world), len(world.trusts('creator')), trust_deletes(world)) == (1, 1, 0)
