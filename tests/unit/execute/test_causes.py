"""What the run tells of why something is left: every step with its answers, and who stands in the way."""

import uuid
from typing import Any

from orphancleanup import runs
from orphancleanup.errors import ApiError, Conflict
from orphancleanup.execute import records
from orphancleanup.execute.events import Reply
from orphancleanup.execute.jobs import Answer
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Level, Ref
from orphancleanup.outcome import Exchange, Outcome
from orphancleanup.results import Applied
from orphancleanup.storing import journal
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import apply, clean, plan
from tests.unit.storehouse import FORCE, Storehouse

ID = str(uuid.UUID(int=7))


def of(applied: Applied, identifier: str) -> Outcome:
    return next(each for each in applied.outcomes if each.ref.id == identifier)


def refused(text: str) -> Any:
    return lambda: Conflict(409, text, 'req-7')


def test_every_step_is_told_with_status_message_and_request_id(house: Storehouse) -> None:
    house.thing('one', refuse=refused('busy'), refuse_force=refused('still busy'))
    outcome = of(clean(house, FORCE), 'one')
    assert [(each.step, each.level, each.reply) for each in outcome.attempts] == [
        ('delete', Level.API, 'refused'),
        ('delete', Level.API, 'refused'),
        ('reset', Level.FORCE, 'accepted'),
        ('force-delete', Level.FORCE, 'refused'),
        ('force-delete', Level.FORCE, 'refused'),
    ]
    assert outcome.attempts[0].exchanges == (
        Exchange('DELETE', 'storehouse', '/things/one', 409, 'busy', 'req-7'),
    )
    assert all(each.at for each in outcome.attempts)


def test_an_accepted_step_that_came_to_nothing_has_the_id_of_its_request(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    (attempt,) = of(clean(house), 'one').attempts
    assert attempt.reply == 'accepted'
    assert attempt.exchanges == (Exchange('DELETE', 'storehouse', '/things/one', 202, '', 'req-fake'),)


def test_the_journal_has_the_requests_of_each_step(house: Storehouse) -> None:
    house.thing('one', refuse=refused('busy'))
    made, folder = plan(house), house.folder()
    runs.apply(house.site(), made, folder)
    answers = [each for each in journal.read(folder.journal) if each['event'] == 'answer']
    assert answers[0]['requests'][0]['status'] == 409
    assert answers[0]['requests'][0]['request_id'] == 'req-7'


def test_an_answer_without_requests_is_written_too() -> None:
    assert records.answer('delete', Answer(Ref('thing', 'a'), Reply.ACCEPTED))['requests'] == []


def test_what_is_in_the_plan_and_was_not_removed_is_told_as_what_stands_in_the_way(house: Storehouse) -> None:
    house.thing('one')
    house.bit('leaf', hangs_on=['one'], refuse=refused('glued'))
    (blocker,) = of(clean(house), 'one').blockers
    assert (blocker.ref, blocker.name) == (Ref('bit', 'leaf'), 'leaf')
    assert blocker.standing == 'it is in the plan, and its result is: not removed'


def test_what_a_refusal_names_is_told_with_its_kind_owner_and_that_it_stays(house: Storehouse) -> None:
    """As Neutron's NetworkInUse names ports."""
    house.project('beta')
    house.thing('one', refuse=refused(f'there are bits still in use, these are: {ID}.'))
    made = plan(house)
    house.bit(ID, project_id='beta', status='ACTIVE')['name'] = 'far'
    (blocker,) = of(apply(house, made), 'one').blockers
    assert (blocker.ref, blocker.name, blocker.project_id, blocker.project, blocker.status) == (
        Ref('bit', ID),
        'far',
        'beta',
        'beta',
        'ACTIVE',
    )
    assert blocker.standing == 'it is not in the plan, and stays'


def test_the_project_of_what_stands_in_the_way_may_be_dead(house: Storehouse) -> None:
    house.thing('one', refuse=refused(f'bit {ID} is in use'))
    made = plan(house)
    house.bit(ID, project_id='dead')
    (blocker,) = of(apply(house, made), 'one').blockers
    assert blocker.project == '(missing) dead'


def test_an_id_that_nobody_has_and_ones_own_are_no_blockers(house: Storehouse) -> None:
    house.thing(ID, refuse=refused(f'thing {ID} has bit {uuid.UUID(int=9)}'))
    assert of(clean(house), ID).blockers == ()


def test_only_kinds_that_a_refusal_speaks_of_are_asked_for_an_id(house: Storehouse) -> None:
    house.thing('one', refuse=refused(f'there are bits: {ID}'))
    made = plan(house)
    before = len(house.cloud.requests)
    apply(house, made)
    asked = [each.path for each in house.cloud.requests[before:] if ID in each.path]
    assert asked == [f'/bits/{ID}']


def test_a_service_that_fails_to_show_what_is_in_the_way_costs_nothing_else(house: Storehouse) -> None:
    house.thing('one', refuse=refused(f'bit {ID}'))
    made = plan(house)
    house.cloud.fail(('storehouse', 'GET', f'/bits/{ID}'), ApiError.of(500, 'broken'), times=9)
    outcome = of(apply(house, made), 'one')
    assert outcome.blockers == ()
    assert outcome.evidence


def test_what_came_to_use_it_meanwhile_is_told(house: Storehouse) -> None:
    house.thing('user')
    house.thing('one', used_by=['user'], refuse=refused('in use'))
    request = Request(Selection(refs=frozenset({Ref('thing', 'one'), Ref('thing', 'user')})))
    made = plan(house, request)
    house.things.items['user']['refuse'] = refused('no')
    told = of(apply(house, made), 'one').blockers
    assert [each.ref for each in told] == [Ref('thing', 'user')]


def test_a_step_that_is_not_allowed_has_the_services_words_all_the_same(house: Storehouse) -> None:
    house.thing('one', refuse=refused('busy'))
    outcome = of(clean(house), 'one')
    assert outcome.next_step
    assert any(each.source == 'fault' for each in outcome.evidence)


def test_a_resource_is_told_as_it_was_last_seen(house: Storehouse) -> None:
    house.thing('one', deletion=Deletion(seconds=1, ends_in='error_deleting'))
    seen = of(clean(house), 'one').seen
    assert seen
    assert seen.status == 'error_deleting'
