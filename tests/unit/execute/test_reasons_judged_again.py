"""What lost its reasons is kept: at its first look, after a refusal, after a resume."""

import math

from orphancleanup import runs
from orphancleanup.errors import Conflict, Forbidden
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.outcome import Result
from orphancleanup.storing import journal, plan_file
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import HOURS, OLD, ORPHANS, STUCK, apply, deletes, plan, results, texts
from tests.unit.storehouse import FORCE, SERVICE, Storehouse

NIGHTLY = Request(Selection(orphans=True, stuck=HOURS))


def test_what_is_healthy_again_and_has_its_project_back_is_kept_though_either_had_selected_it(
    house: Storehouse,
) -> None:
    item = house.thing('one', project_id='ghost', status='error', updated_at=OLD)
    made = plan(house, NIGHTLY)
    assert {reason.code for reason in made.entries[0].reasons} == {'project-missing', 'stuck'}
    house.project('ghost')
    item.update(status='available', updated_at='2026-02-28T00:00:00+00:00')
    applied = apply(house, made)
    assert results(applied) == {'one': Result.CHANGED}
    assert texts(applied)['one'] == ('its project ghost exists now; it was error and is available now')
    assert deletes(house) == []


def test_an_owner_whose_creation_failed_is_kept_for_its_healthy_part_when_its_project_is_back(
    house: Storehouse,
) -> None:
    house.box('box', 'part', project_id='ghost', status='error', updated_at=OLD)
    house.thing('part')
    made = plan(house, NIGHTLY)
    assert [entry.ref.id for entry in made.entries] == ['box', 'part']
    house.project('ghost')
    applied = apply(house, made)
    assert results(applied)['box'] is Result.CHANGED
    assert deletes(house) == []


def test_what_keeps_one_of_its_reasons_goes(house: Storehouse) -> None:
    item = house.thing('one', project_id='ghost', status='error', updated_at=OLD)
    made = plan(house, NIGHTLY)
    item.update(status='available', updated_at='2026-02-28T00:00:00+00:00')
    assert results(apply(house, made)) == {'one': Result.REMOVED}


def test_what_was_repaired_between_a_refusal_and_the_next_try_is_kept(house: Storehouse) -> None:
    item = house.thing('one', status='error', updated_at=OLD)

    def refuse() -> Conflict:
        item.update(status='available', updated_at='2026-03-01T00:00:00+00:00')
        return Conflict(409, 'still has a snapshot')

    item['refuse'] = refuse
    applied = apply(house, plan(house, STUCK), FORCE)
    assert results(applied) == {'one': Result.CHANGED}
    assert deletes(house) == ['/things/one']


def test_what_was_repaired_before_a_killed_run_is_resumed_is_kept(house: Storehouse) -> None:
    item = house.thing('one', status='error', updated_at=OLD)
    made, folder = plan(house, STUCK), house.folder()
    folder.plan.write_text(plan_file.dump(made))
    with journal.Journal.open(folder.journal, house.cloud.clock) as written:
        start = {'event': 'start', 'run_id': folder.run_id, 'digest': plan_file.digest(made)}
        written.write(start, {'event': 'intent', 'kind': 'thing', 'id': 'one', 'step': 'delete'})
    item.update(status='available', updated_at='2026-03-05T00:00:00+00:00')
    house.cloud.clock.advance(10 * 86400)
    applied = runs.resume(house.site(), folder)
    assert results(applied) == {'one': Result.CHANGED}
    assert deletes(house) == []


def test_a_project_that_only_its_id_finds_again_keeps_its_things(house: Storehouse) -> None:
    """The listing of projects may be that of a stale replica."""
    house.thing('one', project_id='ghost')
    made = plan(house, ORPHANS)
    house.project('ghost')
    house.cloud.unlisted.add('ghost')
    applied = apply(house, made)
    assert results(applied) == {'one': Result.CHANGED}
    assert deletes(house) == []


def test_a_project_that_cannot_be_asked_for_keeps_its_things(house: Storehouse) -> None:
    house.thing('one', project_id='ghost')
    made = plan(house, ORPHANS)
    house.cloud.fail(('identity', 'GET', '/projects/ghost'), Forbidden(403, 'no'), times=math.inf)
    applied = apply(house, made)
    assert results(applied) == {'one': Result.LEFT}
    assert 'it could not be read' in texts(applied)['one']
    assert deletes(house) == []


def test_a_project_is_asked_for_once_for_all_its_things(house: Storehouse) -> None:
    for number in range(60):
        house.thing(f'thing-{number}', project_id='ghost')
    made = plan(house, ORPHANS)
    before = len(house.cloud.sent('GET', 'identity'))
    apply(house, made)
    asked = house.cloud.sent('GET', 'identity')[before:]
    assert asked.count('/projects/ghost') <= 3


def test_what_depends_on_something_that_is_there_again_is_kept(house: Storehouse) -> None:
    house.bit('child', hangs_on=['parent'])
    made = plan(house, ORPHANS)
    assert [entry.ref.id for entry in made.entries] == ['child']
    house.thing('parent')
    applied = apply(house, made)
    assert results(applied) == {'child': Result.CHANGED}
    assert texts(applied)['child'] == 'what it depends on exists now'
    assert deletes(house) == []


def test_what_its_own_step_has_broken_is_still_stuck(house: Storehouse) -> None:
    item = house.thing('one', status='error', updated_at=OLD)
    item['deletion'] = Deletion(seconds=1, ends_in='error_deleting')
    made = plan(house, STUCK)

    def stamp(_: object) -> None:
        item.update(updated_at='2026-03-01T00:00:05+00:00')

    house.cloud.before((SERVICE, 'DELETE', '/things'), stamp)
    applied = apply(house, made, FORCE)
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.outcomes[0].steps == ('delete', 'reset', 'force-delete')


def test_a_tag_that_is_set_while_others_go_slowly_is_seen_in_time(house: Storehouse) -> None:
    """At 30 s a DELETE the tenth goes five minutes after the listing that the first one was judged by."""
    for number in range(10):
        house.thing(f't{number:02}')
    made = plan(house)
    house.cloud.rooms[SERVICE] = 1

    def slow(request: object) -> None:
        house.cloud.clock.advance(30)
        house.things.items['t09']['tags'] = ['orphancleanup:keep']

    house.cloud.before((SERVICE, 'DELETE', '/things'), slow, times=math.inf)
    applied = apply(house, made)
    assert results(applied)['t09'] is Result.CHANGED
    assert 't09' in house.things.items


def test_what_its_own_preparing_step_has_moved_is_still_stuck(house: Storehouse) -> None:
    item = house.thing('one', status='error_deleting', updated_at=OLD, refuse=lambda: Conflict(409, 'busy'))
    made = plan(house, STUCK)

    def stamp(_: object) -> None:
        item.update(updated_at='2026-03-01T00:00:00+00:00')

    house.cloud.before((SERVICE, 'POST', '/things/one/action'), stamp)
    applied = apply(house, made, FORCE)
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.outcomes[0].steps == ('delete', 'delete', 'reset', 'force-delete')
