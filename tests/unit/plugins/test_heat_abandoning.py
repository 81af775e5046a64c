"""A stack is abandoned when nothing else helps, and what Heat forgets by it is kept before."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from orphancleanup import runs
from orphancleanup.errors import ApiError, BadRequest, Conflict, Forbidden, Unreachable
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Level, Part, Ref
from orphancleanup.outcome import NextStep, Result
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.storing import files
from orphancleanup.testing.collection import Item
from tests.unit.plugins.fake_orchestration import SERVICE
from tests.unit.plugins.stacks import API, FORCE, World

ABANDON = (SERVICE, 'DELETE', '/abandon$')


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def failing(world: World, **fields: Any) -> Item:
    """Add a stack that Heat fails to delete."""
    world.heat.ends_in('DELETE_FAILED')
    return world.heat.add(**fields)


def kept(world: World) -> list[Path]:
    return sorted(world.folder.path.glob('kept-*'))


def abandonments(world: World) -> int:
    return len([path for path in world.cloud.sent('DELETE', SERVICE) if path.endswith('/abandon')])


def test_a_deletion_that_failed_is_followed_by_abandonment(world: World) -> None:
    stack = failing(world)
    outcome = world.remove(stack)
    assert (outcome.result, outcome.steps) == (Result.REMOVED, ('delete', 'delete', 'abandon'))


def test_a_deletion_that_hangs_is_followed_by_abandonment_when_its_time_is_over(world: World) -> None:
    stack = world.heat.add(stack_status='DELETE_IN_PROGRESS')
    world.heat.ends_in('DELETE_IN_PROGRESS')
    began = world.cloud.clock.monotonic()
    outcome = world.remove(stack)
    assert (outcome.result, outcome.steps) == (Result.REMOVED, ('delete', 'abandon'))
    assert world.cloud.clock.monotonic() - began > Stack.deadline


def test_without_force_nothing_is_abandoned_and_the_step_is_named(world: World) -> None:
    stack = failing(world)
    outcome = world.remove(stack, levels=API)
    assert (outcome.result, outcome.next_step) == (Result.LEFT, NextStep('abandon', Level.FORCE))
    assert not abandonments(world)


@pytest.mark.parametrize('status', [400, 403, 409])
def test_a_stack_that_heat_refuses_to_delete_is_not_abandoned(world: World, status: int) -> None:
    stack = world.heat.add()
    world.cloud.fail((SERVICE, 'DELETE', '^/stacks/[^/]+/[^/]+$'), ApiError.of(status, 'no'), times=9)
    outcome = world.remove(stack)
    assert outcome.result is Result.LEFT
    assert 'abandon' not in outcome.steps
    assert not abandonments(world)


def test_a_deletion_without_a_clear_answer_is_no_reason_to_abandon(world: World) -> None:
    stack = world.heat.add(stack_status='DELETE_FAILED')
    world.cloud.fail((SERVICE, 'DELETE', '^/stacks/[^/]+/[^/]+$'), Unreachable('reset'), times=9)
    assert world.remove(stack).result is Result.LEFT
    assert not abandonments(world)


def test_a_stack_that_is_well_again_is_not_abandoned(world: World) -> None:
    stack = world.heat.add(stack_status='DELETE_FAILED')
    victim = Stack().look(world.cloud, Ref('heat-stack', stack['id']))
    assert victim
    (step,) = (each for each in Stack().ladder(victim) if each.name == 'abandon')
    stack['stack_status'] = 'UPDATE_COMPLETE'
    world.cloud.allow_changes()
    with pytest.raises(Conflict, match='is UPDATE_COMPLETE by now'):
        step.run(world.cloud, victim)
    assert (abandonments(world), world.cloud.aside) == (0, {})


def test_what_heat_forgets_is_in_a_file_that_only_its_owner_may_read(world: World) -> None:
    stack = failing(world)
    world.heat.add_resource(stack, 'guest', 'user-1', resource_type='OS::Heat::WaitConditionHandle')
    world.remove(stack)
    (path,) = kept(world)
    assert path.name == f'kept-abandoned-{stack["id"]}.json'
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    told = json.loads(path.read_text())
    assert told['export']['resources']['guest']['resource_data'] == {'password': 'secret'}
    assert [each['physical_resource_id'] for each in told['resources']] == ['user-1']


def test_the_secrets_are_nowhere_else(world: World, caplog: pytest.LogCaptureFixture) -> None:
    stack = failing(world)
    world.heat.add_resource(stack, 'guest', 'user-1', resource_type='OS::Heat::WaitConditionHandle')
    caplog.set_level(0)
    outcome = world.remove(stack)
    others = [each for each in world.folder.path.iterdir() if each not in kept(world)]
    assert others
    assert not any('secret' in each.read_text() for each in others)
    assert 'secret' not in caplog.text
    assert 'secret' not in repr(outcome)


def test_what_cannot_be_kept_is_not_abandoned(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = failing(world)

    write = files.atomic_write

    def fail(path: Path, text: str) -> None:
        if 'kept' in path.name:
            raise OSError(28, 'No space left on device')
        write(path, text)

    monkeypatch.setattr(files, 'atomic_write', fail)
    outcome = world.remove(stack)
    assert outcome.result is Result.LEFT
    assert 'No space left on device' in outcome.text
    assert not abandonments(world)


def test_an_answer_that_is_lost_loses_nothing(world: World) -> None:
    stack = failing(world)

    def lose(_: object) -> None:
        world.heat.forget(stack['id'])
        raise Unreachable('reset by peer')

    world.cloud.before(ABANDON, lose)
    outcome = world.remove(stack)
    assert (outcome.result, outcome.steps[-1]) == (Result.REMOVED, 'abandon')
    assert len(kept(world)) == 1


def test_a_second_try_does_not_write_over_what_the_first_one_kept(world: World) -> None:
    stack = failing(world)
    world.heat.add_resource(stack, 'guest', 'user-1')

    def half(_: object) -> None:
        world.heat.resources[stack['id']].clear()
        raise BadRequest(400, 'try again')

    world.cloud.before(ABANDON, half)
    assert world.remove(stack).result is Result.REMOVED
    first, second = (json.loads(each.read_text())['export']['resources'] for each in reversed(kept(world)))
    assert sorted(map(len, (first, second))) == [0, 1]
    assert len(kept(world)) == 2


def test_a_run_that_is_killed_between_abandonment_and_record_finds_it_gone(world: World) -> None:
    stack = failing(world)
    world.remove(stack)
    lines = world.folder.journal.read_text().splitlines(keepends=True)
    (intent,) = (n for n, each in enumerate(lines) if '"intent"' in each and '"abandon"' in each)
    world.folder.journal.write_text(''.join(lines[: intent + 1]))
    applied = runs.resume(world.site(FORCE), world.folder)
    assert [each.result for each in applied.outcomes] == [Result.REMOVED]
    assert (abandonments(world), len(kept(world))) == (1, 1)


def test_what_heat_still_lists_for_a_moment_between_end_and_burial_is_awaited(world: World) -> None:
    stack = failing(world)
    shown = []

    def linger(_: object) -> None:
        if abandonments(world):
            world.heat.stacks.items.pop(stack['id'], None)
            shown.append(stack)
        if 1 <= len(shown) <= 3:
            world.heat.stacks.items[stack['id']] = {**stack, 'stack_status': 'DELETE_COMPLETE'}

    world.cloud.before((SERVICE, 'GET', '^/stacks$'), linger, times=99)
    assert world.remove(stack).result is Result.REMOVED
    assert len(shown) > 3


@pytest.mark.parametrize('is_policy', [False, True])
def test_a_cloud_that_abandons_no_stacks_says_so_and_what_failed_stays_the_reason(
    world: World, is_policy: bool
) -> None:
    stack = failing(world)
    world.heat.may_abandon = False
    if is_policy:
        world.cloud.fail((SERVICE, 'GET', '/export$'), Forbidden(403, 'policy'), times=9)
    outcome = world.remove(stack)
    assert outcome.result is Result.LEFT
    assert outcome.text == 'delete: its status is DELETE_FAILED'
    assert [each.reply for each in outcome.attempts] == ['accepted', 'accepted', 'unavailable']
    assert any('enable_stack_abandon in its heat.conf allows it' in each.text for each in outcome.evidence)
    assert not kept(world)


def test_an_export_of_another_stack_abandons_nothing(world: World) -> None:
    stack = failing(world)
    wrong = {'id': 'another', 'resources': {}}
    world.cloud.override(SERVICE, 'GET', '/stacks/[^/]+/[^/]+/export', lambda *_: wrong)
    assert world.remove(stack).result is Result.LEFT
    assert (abandonments(world), kept(world)) == (0, [])


def test_what_it_leaves_behind_is_told_and_goes_when_it_is_selected(world: World) -> None:
    stack = failing(world)
    named, other = world.cinder.add_volume(), world.cinder.add_volume()
    for each in (named, other):
        world.heat.add_resource(stack, each['id'], each['id'])
    world.heat.add_resource(stack, 'db', 'db-1', resource_type='OS::Trove::Instance')
    applied = world.clean(f'heat-stack:{stack["id"]}', f'cinder-volume:{named["id"]}')
    told = {each.ref.id: each for each in applied.outcomes}
    assert (
        told[stack['id']].text == 'abandon left behind, of types that no handler knows: 1 OS::Trove::Instance'
    )
    assert told[named['id']].result is Result.REMOVED
    assert told[other['id']].result is Result.LEFT
    assert f'heat-stack:{stack["id"]} was removed and it was not' in told[other['id']].text


def test_a_stack_that_went_as_a_whole_has_left_nothing_behind(world: World) -> None:
    stack = world.heat.add()
    world.heat.add_resource(stack, 'db', 'db-1', resource_type='OS::Trove::Instance')
    assert world.remove(stack).text == ''


def test_nested_stacks_are_deleted_once_theirs_is_given_up(world: World) -> None:
    stack = failing(world)
    child = world.heat.add_nested(stack)
    world.heat.add_nested(child)
    other = world.heat.add_nested(world.heat.add())
    world.cloud.before(ABANDON, lambda _: world.heat.ends_in(''))
    assert world.remove(stack).result is Result.REMOVED
    paths = [path.rpartition('/')[2] for path in world.cloud.sent('DELETE', SERVICE)]
    assert paths == [stack['id'], stack['id'], 'abandon', child['id']]
    assert other['id'] in world.heat.stacks.items


def test_a_nested_stack_that_would_not_go_does_not_undo_the_abandonment(world: World) -> None:
    stack = failing(world)
    child = world.heat.add_nested(stack)
    world.cloud.fail((SERVICE, 'DELETE', f'/{child["id"]}$'), ApiError.of(409, 'busy'))
    outcome = world.remove(stack)
    assert outcome.result is Result.REMOVED
    assert [each.reply for each in outcome.attempts] == ['accepted', 'accepted', 'accepted']


def orphans(world: World) -> dict[str, Decision]:
    review = runs.review(world.site(), Request(Selection(orphans=True)))
    return {each.resource.id: each.decision for each in review.verdicts if each.resource.kind == 'heat-stack'}


def test_a_nested_stack_whose_parent_is_gone_is_an_orphan_of_its_own(world: World) -> None:
    stack = world.heat.add()
    child = world.heat.add_nested(stack)
    before = len(world.cloud.requests)
    assert orphans(world) == {stack['id']: Decision.KEEP}
    asked = [each.query.get('id') for each in world.cloud.requests[before:] if each.path == '/stacks']
    assert asked == [None] * len(asked), 'what is listed is not asked for'
    world.heat.forget(stack['id'])
    assert orphans(world) == {child['id']: Decision.REMOVE}
    assert world.remove(child).result is Result.REMOVED


def test_what_is_nested_in_such_a_stack_is_none(world: World) -> None:
    stack = world.heat.add()
    child = world.heat.add_nested(stack)
    world.heat.add_nested(child)
    world.heat.forget(stack['id'])
    assert orphans(world) == {child['id']: Decision.REMOVE}


def test_a_nested_stack_of_a_backup_that_no_listing_shows_is_no_orphan(world: World) -> None:
    backup = world.heat.add()
    world.heat.add_nested(backup)
    world.heat.backups.add(backup['id'])
    world.heat.stacks.remove(backup['id'])
    assert orphans(world) == {}


def test_a_nested_stack_whose_parent_was_purged_is_an_orphan_too(world: World) -> None:
    child = world.heat.add_nested({'id': 'parent'})
    assert orphans(world) == {child['id']: Decision.REMOVE}


def test_a_nested_stack_whose_parent_cannot_be_told_to_be_gone_makes_the_listing_incomplete(
    world: World,
) -> None:
    child = world.heat.add_nested({'id': 'parent'})
    world.cloud.fail((SERVICE, 'GET', '^/stacks/parent$'), ApiError.of(500, 'oops'), times=99)
    assert child['id'] not in orphans(world)


def test_the_parts_of_what_lost_its_parent_are_its_own(world: World) -> None:
    child = world.heat.add_nested(world.heat.add())
    world.heat.add_resource(child, 'disk', 'v1')
    world.heat.forget(child['parent'])
    found = Stack().look(world.cloud, Ref('heat-stack', child['id']))
    assert found
    assert list(Stack().parts(world.cloud, found)) == [Part('OS::Cinder::Volume', 'v1')]


def needs(world: World, stack: Item, blocker: Item) -> None:
    """Have the deletion of a stack fail as long as something is there."""

    def fail(_: object) -> None:
        is_there = any(blocker['id'] in each.items for each in world.cloud.collections())
        world.heat.ends_in('DELETE_FAILED' if is_there else '')

    world.cloud.before((SERVICE, 'DELETE', f'/{stack["id"]}$'), fail, times=99)


def test_what_stood_in_the_way_and_is_in_the_plan_goes_first_and_nothing_is_abandoned(world: World) -> None:
    stack, blocker = world.heat.add(), world.cinder.add_volume()
    needs(world, stack, blocker)
    applied = world.clean(f'heat-stack:{stack["id"]}', f'cinder-volume:{blocker["id"]}')
    told = {each.ref.id: each for each in applied.outcomes}
    assert {each.result for each in told.values()} == {Result.REMOVED}
    assert told[stack['id']].steps == ('delete', 'delete')


def test_what_stands_in_the_way_and_is_not_in_the_plan_stays(world: World) -> None:
    stack, blocker = world.heat.add(), world.cinder.add_volume()
    needs(world, stack, blocker)
    assert world.remove(stack).steps == ('delete', 'delete', 'abandon')
    assert blocker['id'] in world.cinder.volumes.items


def test_a_snapshot_of_a_volume_of_the_stack_goes_before_the_stack_is_asked(world: World) -> None:
    stack, volume = world.heat.add(), world.cinder.add_volume()
    snapshot = world.cinder.add_snapshot(volume)
    world.heat.add_resource(stack, 'disk', volume['id'])
    needs(world, stack, snapshot)
    applied = world.clean(f'heat-stack:{stack["id"]}', f'cinder-snapshot:{snapshot["id"]}')
    told = {each.ref.id: each for each in applied.outcomes}
    assert (told[snapshot['id']].result, told[stack['id']].steps) == (Result.REMOVED, ('delete',))


def test_a_broken_part_goes_by_itself_before_its_stack_is_given_up(world: World) -> None:
    stack = world.heat.add(stack_status='DELETE_FAILED')
    volume = world.cinder.add_volume(status='error_deleting')
    world.heat.add_resource(stack, 'disk', volume['id'], resource_status='DELETE_FAILED')
    needs(world, stack, volume)
    applied = world.clean(f'heat-stack:{stack["id"]}')
    told = {each.ref.id: each for each in applied.outcomes}
    assert {each.result for each in told.values()} == {Result.REMOVED}
    assert told[stack['id']].steps == ('delete', 'delete')
