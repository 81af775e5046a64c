"""The rules of an apply, each with the failure that it is for."""

import dataclasses
import datetime
import math

import pytest

from orphancleanup import journal, plan_file, runs
from orphancleanup.errors import (
    ApiError,
    AuthenticationFailed,
    CloudError,
    Conflict,
    Forbidden,
    IncompleteListing,
    LockedError,
    PlanError,
    Unreachable,
)
from orphancleanup.model import Level, Ref
from orphancleanup.outcome import Result
from orphancleanup.plan import Plan
from orphancleanup.results import Applied
from orphancleanup.selection import Request, Selection
from orphancleanup.settings import HttpSettings
from orphancleanup.testing.collection import Deletion
from tests.unit.things import FORCE, SERVICE, Storehouse

EVERYTHING = Request(Selection(everything=True))
API = frozenset({Level.API})


def plan(house: Storehouse, request: Request = EVERYTHING) -> Plan:
    return runs.review(house.site(), request).plan


def clean(house: Storehouse, levels: frozenset[Level] = API, request: Request = EVERYTHING) -> Applied:
    return runs.apply(house.site(levels), plan(house, request), house.folder())


def results(applied: Applied) -> dict[str, Result]:
    return {outcome.ref.id: outcome.result for outcome in applied.outcomes}


def deletes(house: Storehouse) -> list[str]:
    return house.cloud.sent('DELETE', SERVICE)


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


def test_settling_lists_and_does_not_ask_for_each(house: Storehouse) -> None:
    for number in range(50):
        house.thing(f'thing-{number}', deletion=Deletion(seconds=2))
    clean(house)
    assert len([path for path in house.cloud.sent('GET', SERVICE) if path.startswith('/things/')]) == 0
    assert house.cloud.sent('GET', SERVICE).count('/things') < 10


@pytest.mark.parametrize(
    ('change', 'text'),
    [
        ({'project_id': 'beta'}, 'it belongs to tenant beta now'),
        ({'created_at': '2026-02-02T00:00:00+00:00'}, 'it was created again'),
        ({'name': 'production'}, 'it was renamed'),
        ({'used_by': ['other']}, 'it is in use by thing:other now'),
        ({'tags': ['orphancleanup:keep']}, 'it was tagged orphancleanup:keep'),
        ({'is_system': True}, 'a service took it for itself'),
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
    assert applied.outcomes[0].text == f'it was left alone: {text}'
    assert deletes(house) == []


def test_a_tenant_that_came_back_keeps_its_things(house: Storehouse) -> None:
    house.thing('one', project_id='ghost')
    made = plan(house, Request(Selection(orphans=True)))
    house.tenant('ghost')
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.CHANGED}
    assert deletes(house) == []


def test_outage_after_delete_is_not_gone(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1))
    made = plan(house)
    outage = Unreachable('the storehouse does not answer')
    house.cloud.fail((SERVICE, 'GET', '/things'), outage, times=math.inf, after=1)
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.LEFT}
    assert 'could not be read' in applied.outcomes[0].text


def test_a_listing_that_fails_while_settling_leaves_the_items_pending(house: Storehouse) -> None:
    for number in range(5):
        house.thing(f'thing-{number}', deletion=Deletion(seconds=5))
    made = plan(house)
    house.cloud.fail((SERVICE, 'GET', '/things'), Unreachable('no answer'), times=3, after=1)
    applied = runs.apply(house.site(), made, house.folder())
    assert set(results(applied).values()) == {Result.REMOVED}


def test_a_listing_that_fails_is_no_proof_that_many_are_gone(house: Storehouse) -> None:
    for number in range(5):
        house.thing(f'thing-{number}', deletion=Deletion(seconds=20, ends_in='error_deleting'))
    made = plan(house)
    house.cloud.fail((SERVICE, 'GET', '/things'), Unreachable('no answer'), times=3, after=1)
    applied = runs.apply(house.site(), made, house.folder())
    assert set(results(applied).values()) == {Result.LEFT}
    assert len(house.things.items) == 5


def test_kinds_go_in_order_within_a_tenant_and_tenants_side_by_side(house: Storehouse) -> None:
    house.tenant('beta')
    house.thing('thing-alpha')
    house.thing('thing-beta', project_id='beta')
    house.bit('bit-alpha', deletion=Deletion(seconds=5))
    clean(house)
    sent = deletes(house)
    assert sent.index('/bits/bit-alpha') < sent.index('/things/thing-alpha')
    assert sent.index('/things/thing-beta') < sent.index('/things/thing-alpha')


def test_an_error_state_ends_the_waiting(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    applied = clean(house)
    assert (applied.ended - applied.started).total_seconds() < 15


def test_a_step_that_ends_in_another_state_is_followed_by_the_next_at_once(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=2, ends_in='resting'))
    applied = clean(house)
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.outcomes[0].steps == ('delete', 'finish')
    assert (applied.ended - applied.started).total_seconds() < 15


def test_an_error_state_from_before_the_step_is_no_failure_yet(house: Storehouse) -> None:
    item = house.thing('one', status='error', deletion=Deletion(seconds=5, status='error'))
    applied = clean(house)
    assert item['id'] not in house.things.items
    assert results(applied) == {'one': Result.REMOVED}


@pytest.mark.parametrize(
    'error',
    [
        Unreachable('reset by peer', 'req-7'),
        ApiError(500, 'a traceback', 'req-7'),
        AuthenticationFailed('Keystone gives us no token any more'),
        IncompleteListing('a cell does not answer'),
    ],
)
def test_unknown_is_no_reason_to_climb(house: Storehouse, error: CloudError) -> None:
    house.thing('one')
    made = plan(house)
    house.cloud.fail((SERVICE, 'DELETE', '/things'), error, times=math.inf)
    applied = runs.apply(house.site(FORCE), made, house.folder())
    outcome = applied.outcomes[0]
    assert outcome.result is Result.LEFT
    assert outcome.steps == ('delete', 'delete', 'delete')
    assert house.cloud.sent('POST', SERVICE) == []
    assert outcome.evidence[0].request_id == getattr(error, 'request_id', '')


def test_an_unknown_answer_that_worked_counts_as_removed(house: Storehouse) -> None:
    house.thing('one')
    made = plan(house)

    def vanish(_: object) -> None:
        house.things.remove('one')
        raise Unreachable('reset by peer')

    house.cloud.before((SERVICE, 'DELETE', '/things'), vanish)
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.outcomes[0].steps == ('delete',)


def test_the_harsher_step_comes_only_when_allowed(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    applied = clean(house)
    outcome = applied.outcomes[0]
    assert outcome.result is Result.LEFT
    assert outcome.next_step is not None
    assert (outcome.next_step.name, outcome.next_step.option) == ('reset', '--force')
    assert [evidence.source for evidence in outcome.evidence] == ['status', 'fault']
    assert 'one' in house.things.items


def test_the_ladder_is_climbed_when_the_gentler_step_failed(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    applied = clean(house, FORCE)
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.outcomes[0].steps == ('delete', 'reset', 'force-delete')


def test_a_removal_that_hangs_fails_at_its_deadline(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1e9))
    applied = clean(house)
    assert results(applied) == {'one': Result.LEFT}
    assert 'still deleting' in applied.outcomes[0].text
    assert 60 < (applied.ended - applied.started).total_seconds() < 90


def test_forbidden_is_not_tried_again_in_any_pass(house: Storehouse) -> None:
    house.thing('other')
    house.box('box', 'part', refuse=lambda: Forbidden(403, 'not yours', 'req-1'))
    house.thing('part', status='error')
    applied = clean(house, FORCE)
    assert results(applied) == {'box': Result.LEFT, 'other': Result.REMOVED, 'part': Result.LEFT}
    assert deletes(house).count('/boxes/box') == 1
    assert 'not yours' in applied.outcomes[0].text


def test_what_is_refused_is_tried_once_more(house: Storehouse) -> None:
    item = house.thing('one', refuse=lambda: Conflict(409, 'busy'))
    house.cloud.before((SERVICE, 'DELETE', '/things'), lambda _: item.pop('refuse'), after=1)
    applied = clean(house)
    assert results(applied) == {'one': Result.REMOVED}
    assert applied.outcomes[0].steps == ('delete', 'delete')


def test_children_go_before_what_they_hang_on(house: Storehouse) -> None:
    house.tenant('beta')
    house.thing('parent', project_id='beta')
    house.bit('child', hangs_on=['parent'], deletion=Deletion(seconds=2))
    clean(house)
    assert deletes(house) == ['/bits/child', '/things/parent']


def test_a_parent_is_blocked_by_a_child_that_will_not_go(house: Storehouse) -> None:
    house.thing('parent')
    house.bit('child', hangs_on=['parent'], refuse=lambda: Conflict(409, 'busy'))
    applied = clean(house, FORCE)
    assert results(applied) == {'child': Result.LEFT, 'parent': Result.BLOCKED}
    assert '/things/parent' not in deletes(house)


def test_a_second_pass_picks_up_what_the_first_could_not(house: Storehouse) -> None:
    slow = house.thing('slow', deletion=Deletion(seconds=20))
    quick = house.thing('quick')
    quick['refuse'] = lambda: Conflict(409, 'slow still leans on it')
    house.cloud.before(
        (SERVICE, 'GET', '/things'),
        lambda _: slow['id'] in house.things.items or quick.pop('refuse', None),
        math.inf,
    )
    made, folder = plan(house), house.folder()
    applied = runs.apply(house.site(), made, folder)
    assert results(applied) == {'slow': Result.REMOVED, 'quick': Result.REMOVED}
    told = [
        r['result'] for r in journal.read(folder.journal) if r['event'] == 'outcome' and r['id'] == 'quick'
    ]
    assert told == ['left', 'removed']


def test_parts_go_with_their_owner_and_are_not_deleted_twice(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    house.cloud.before((SERVICE, 'DELETE', '/boxes'), lambda _: house.things.remove('part'))
    applied = clean(house)
    assert deletes(house) == ['/boxes/box']
    assert applied.outcomes[1].text == 'it went with box:box'


def test_a_part_that_follows_its_owner_late_is_not_deleted_twice(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')

    def follow(_: object) -> None:
        house.things.leave(house.things.items['part'], Deletion(seconds=3, status='available'))

    house.cloud.before((SERVICE, 'DELETE', '/boxes'), follow)
    applied = clean(house)
    assert deletes(house) == ['/boxes/box']
    assert applied.outcomes[1].text == 'it went with box:box'


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


def test_a_part_that_outlives_its_owner_is_removed_by_itself(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    applied = clean(house)
    assert deletes(house) == ['/boxes/box', '/things/part']
    assert set(results(applied).values()) == {Result.REMOVED}


def test_a_part_that_outlives_its_owner_stays_when_nothing_else_selects_it(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    applied = clean(house, request=Request(Selection(refs=frozenset({Ref('box', 'box')}))))
    assert results(applied) == {'box': Result.REMOVED, 'part': Result.LEFT}
    assert 'nothing else selects it' in applied.outcomes[1].text
    assert deletes(house) == ['/boxes/box']


def test_an_owner_is_left_alone_when_its_part_was_tagged_since(house: Storehouse) -> None:
    part = house.thing('part')
    house.box('box', 'part')
    made = plan(house)
    part['tags'] = ['orphancleanup:keep']
    applied = runs.apply(house.site(FORCE), made, house.folder())
    assert results(applied) == {'box': Result.CHANGED, 'part': Result.CHANGED}
    assert deletes(house) == []


def test_an_owner_whose_part_cannot_be_looked_at_is_left_alone(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    made = plan(house)
    house.cloud.fail((SERVICE, 'GET', '/things'), Unreachable('no answer'), times=math.inf)
    applied = runs.apply(house.site(FORCE), made, house.folder())
    assert results(applied)['box'] is Result.CHANGED
    assert deletes(house) == []


def test_many_owners_are_each_looked_at_with_their_parts(house: Storehouse) -> None:
    for number in range(150):
        house.thing(f'part-{number}')
        house.box(f'box-{number}', f'part-{number}')
    house.cloud.before(
        (SERVICE, 'DELETE', '/boxes'),
        lambda request: house.things.remove(request.path.replace('/boxes/box', 'part')),
        math.inf,
    )
    made = plan(house)
    before = len(house.cloud.sent('GET', SERVICE))
    applied = runs.apply(house.site(), made, house.folder())
    assert set(results(applied).values()) == {Result.REMOVED}
    assert len(house.cloud.sent('GET', SERVICE)) - before < 150 * 2 + 30


def test_parts_stay_when_their_owner_fails_and_say_so(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part', refuse=lambda: Conflict(409, 'nailed shut'))
    applied = clean(house)
    assert results(applied) == {'box': Result.LEFT, 'part': Result.LEFT}
    assert applied.outcomes[1].text == 'it is a part of box:box, which is left'
    assert '/things/part' not in deletes(house)


def nail(house: Storehouse, part: str, **fields: object) -> None:
    """Make a box that does not go while one of its things is there."""
    house.thing(part, **fields)
    house.thing('sound')
    house.box('box', part, 'sound')
    stuck = house.boxes.items['box']
    stuck['refuse'] = lambda: Conflict(409, 'nailed shut') if part in house.things.items else None
    house.cloud.before(
        (SERVICE, 'DELETE', '/boxes'),
        lambda _: part in house.things.items or house.things.remove('sound'),
        math.inf,
    )


def test_a_broken_part_that_keeps_its_owner_is_removed_by_itself_when_forced(house: Storehouse) -> None:
    nail(house, 'rotten', status='error')
    applied = clean(house, FORCE)
    assert set(results(applied).values()) == {Result.REMOVED}
    assert '/things/sound' not in deletes(house)
    assert {outcome.ref.id: outcome.text for outcome in applied.outcomes}['sound'] == 'it went with box:box'


def test_without_force_a_broken_part_stays_with_its_owner(house: Storehouse) -> None:
    nail(house, 'rotten', status='error')
    applied = clean(house)
    assert set(results(applied).values()) == {Result.LEFT}
    assert deletes(house) == ['/boxes/box', '/boxes/box']


def test_a_broken_part_that_stays_leaves_its_owner(house: Storehouse) -> None:
    nail(house, 'rotten', status='error', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    house.things.items['rotten']['refuse_force'] = lambda: Conflict(409, 'rusty')
    applied = clean(house, FORCE)
    assert set(results(applied).values()) == {Result.LEFT}
    assert set(house.things.items) == {'rotten', 'sound'}


def test_an_owner_that_holds_something_new_is_left_alone(house: Storehouse) -> None:
    house.thing('part')
    house.box('box', 'part')
    made = plan(house)
    house.thing('newcomer')
    house.contents['box'].append('newcomer')
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied)['box'] is Result.CHANGED
    assert deletes(house) == []


def test_a_broken_handler_does_not_stop_the_others(house: Storehouse) -> None:
    house.thing('one')
    house.thing('two')
    made = plan(house)

    def stumble(request: object) -> None:
        raise KeyError('surprise')

    house.cloud.before((SERVICE, 'DELETE', '/things/one'), stumble, times=math.inf)
    applied = runs.apply(house.site(), made, house.folder())
    assert results(applied) == {'one': Result.LEFT, 'two': Result.REMOVED}


def test_intents_are_in_the_journal_before_the_request(house: Storehouse) -> None:
    house.thing('one')
    made, folder = plan(house), house.folder()
    seen: list[list[str]] = []
    house.cloud.before(
        (SERVICE, 'DELETE', '/things'),
        lambda _: seen.append([record['event'] for record in journal.read(folder.journal)]),
    )
    runs.apply(house.site(), made, folder)
    assert seen == [['start', 'intent']]
    events = [record['event'] for record in journal.read(folder.journal)]
    assert events == ['start', 'intent', 'answer', 'outcome', 'end']


def test_a_killed_run_is_resumed_by_looking(house: Storehouse) -> None:
    for number in range(4):
        house.thing(f'thing-{number}')
    made, folder = plan(house), house.folder()

    class Killed(BaseException):
        pass

    def kill(_: object) -> None:
        raise Killed

    site = house.site()
    house.cloud.clock.sleep = kill  # type: ignore[method-assign,assignment]
    house.cloud.before((SERVICE, 'DELETE', '/things/thing-2'), kill)
    with pytest.raises(BaseException):  # noqa: B017,PT011
        runs.apply(site, made, folder)
    del house.cloud.clock.sleep
    removed = set(made_ids(made)) - set(house.things.items)
    applied = runs.resume(house.site(), folder)
    assert removed
    assert set(results(applied).values()) == {Result.REMOVED}
    assert not house.things.items


def made_ids(made: Plan) -> list[str]:
    return [entry.ref.id for entry in made.entries]


@pytest.mark.parametrize('moved', [{'status': 'error'}, {'status': 'deleting'}])
def test_a_resumed_run_goes_on_with_what_its_own_steps_have_moved(
    house: Storehouse, moved: dict[str, str]
) -> None:
    item = house.thing('one', status='error_deleting', updated_at='2026-01-02T00:00:00+00:00')
    made, folder = plan(house, Request(Selection(stuck=datetime.timedelta(hours=1)))), house.folder()
    folder.plan.write_text(plan_file.dump(made))
    with journal.Journal.open(folder.journal) as written:
        written.write(
            {'event': 'start', 'digest': plan_file.digest(made)},
            {'event': 'intent', 'kind': 'thing', 'id': 'one', 'step': 'reset'},
        )
    item.update(moved, updated_at='2026-02-28T23:59:00+00:00')
    if moved['status'] == 'deleting':
        house.things.leave(item, Deletion(seconds=5))
    applied = runs.resume(house.site(FORCE), folder)
    assert results(applied) == {'one': Result.REMOVED}
    assert deletes(house) == ([] if moved['status'] == 'deleting' else ['/things/one'])


def test_what_moved_before_its_first_step_is_no_longer_stuck(house: Storehouse) -> None:
    item = house.thing('one', status='error', updated_at='2026-01-02T00:00:00+00:00')
    made = plan(house, Request(Selection(stuck=datetime.timedelta(hours=1))))
    item.update(status='available', updated_at='2026-02-28T23:59:00+00:00')
    applied = runs.apply(house.site(FORCE), made, house.folder())
    assert results(applied) == {'one': Result.CHANGED}
    assert deletes(house) == []


def test_a_run_that_was_killed_before_its_journal_is_resumed_from_its_plan(house: Storehouse) -> None:
    house.thing('one')
    made, folder = plan(house), house.folder()
    folder.plan.write_text(plan_file.dump(made))
    assert results(runs.resume(house.site(), folder)) == {'one': Result.REMOVED}


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


def test_an_apply_whose_tenants_cannot_be_read_begins_nothing(house: Storehouse) -> None:
    house.thing('one')
    made = plan(house)
    house.cloud.fail(('identity', 'GET', '/projects'), Unreachable('no keystone'), times=math.inf)
    with pytest.raises(CloudError):
        runs.apply(house.site(), made, house.folder())
    assert deletes(house) == []


def test_thousands_are_removed_in_bounded_batches(house: Storehouse) -> None:
    for number in range(1000):
        house.thing(f'thing-{number}', project_id=f'tenant-{number % 7}', deletion=Deletion(seconds=1))
    applied = clean(house)
    assert set(results(applied).values()) == {Result.REMOVED}
    assert len(house.cloud.requests) < 1000 + 60


def test_references_are_by_kind_and_id(house: Storehouse) -> None:
    assert Ref.parse('thing:one') == Ref('thing', 'one')
