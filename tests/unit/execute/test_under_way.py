"""What each reading says of a removal that is under way, to the second."""

import dataclasses
import datetime
import math

import pytest

from orphancleanup.execute import events, settling
from orphancleanup.execute.events import Answered, Reply, Seen, Unclear
from orphancleanup.execute.item import Item, State, begin
from orphancleanup.ladder import Step
from orphancleanup.model import Part
from orphancleanup.outcome import Result
from tests.unit.execute.moving import (
    BOX,
    ENTRY,
    NOW,
    PART,
    THING,
    answered,
    looking,
    policy,
    sent,
    showing,
    through,
)
from tests.unit.storehouse import FORCE

LATER = NOW + datetime.timedelta(seconds=1)
#: the answer came at the tenth second
SENT, DEADLINE = 10.0, 60.0


def after(item: Item, *readings: Seen) -> Item:
    """Return an entry after readings, each of which came half a second after it had begun."""
    return through(item, *((reading.at + 0.5, reading) for reading in readings), by=policy(FORCE))


def test_a_reading_from_before_the_answer_says_nothing() -> None:
    item = answered()
    assert after(item, showing('error_deleting', SENT - 0.1)) == item
    assert after(item, Seen(None, SENT - 0.1)) == item


def test_a_reading_from_the_moment_of_the_answer_counts() -> None:
    assert after(answered(), Seen(None, SENT)).state is State.CONFIRMING


@pytest.mark.parametrize('reply', [Reply.ACCEPTED, Reply.UNKNOWN, Reply.GONE])
def test_a_deletion_that_failed_since_the_step_is_its_end_however_the_step_was_answered(reply: Reply) -> None:
    """A proxy whose patience was over says nothing; that the deletion failed, its service says itself."""
    seen = showing('deleting', SENT + 2), showing('error_deleting', SENT + 20, updated_at=LATER)
    item = after(answered(reply), *seen)
    assert (item.state, item.spent) == (State.LOOKING, {'delete'})
    assert item.text == 'delete: its status is error_deleting'
    assert item.evidence[-1].source == 'status'
    assert item.resource.status == 'error_deleting'


def test_another_error_state_since_a_step_that_perhaps_was_never_taken_tells_nothing_of_it() -> None:
    item = after(answered(Reply.UNKNOWN), showing('error', SENT + 2, updated_at=LATER))
    assert (item.state, item.spent) == (State.LOOKING, frozenset())


@pytest.mark.parametrize(('reply', 'patience'), [(Reply.UNKNOWN, 0.5), (Reply.GONE, settling.GONE_DEADLINE)])
def test_a_step_without_a_usable_answer_has_its_time_to_show_itself(reply: Reply, patience: float) -> None:
    item = answered(reply, 'no answer')
    assert after(item, showing('available', SENT + patience - 0.1)).state is State.SETTLING
    assert after(item, showing('deleting', SENT + patience + 0.1)).state is State.SETTLING
    again = after(item, showing('available', SENT + patience))
    assert (again.state, again.spent, again.is_awaited) == (State.LOOKING, frozenset(), False)


@pytest.mark.parametrize('reply', [Reply.UNKNOWN, Reply.GONE])
def test_a_step_without_a_usable_answer_has_not_failed_when_the_time_of_its_kind_is_over(
    reply: Reply,
) -> None:
    by = policy(FORCE)
    by = dataclasses.replace(by, settings=dataclasses.replace(by.settings, deadlines={'thing': 8.0}))
    item = through(sent(), (SENT, Answered(reply, 'no answer')), by=by)
    item = through(item, (SENT + 9.5, showing('available', SENT + 9)), by=by)
    assert (item.state, item.spent) == (State.LOOKING, frozenset())


def test_a_step_without_a_usable_answer_is_tried_three_times() -> None:
    item = answered(Reply.UNKNOWN, 'no answer')
    assert after(item._replace(tries=2), showing('available', SENT + 1)).state is State.LOOKING
    ended = after(item._replace(tries=3), showing('available', SENT + 1))
    assert ended.result is Result.LEFT
    assert ended.text.startswith('delete: no answer (tried 3 times; ')


@pytest.mark.parametrize(
    ('change', 'is_failure'),
    [
        ({}, False),
        ({'updated_at': LATER}, True),
        ({'status': 'error_deleting'}, True),
        ({'at': SENT + settling.GRACE - 0.1}, False),
        ({'at': SENT + settling.GRACE}, True),
    ],
)
def test_an_error_state_from_before_the_step_may_still_show_for_a_while(
    change: dict[str, object], is_failure: bool
) -> None:
    before = answered()._replace(fresh=showing('error', 1.0).resource)
    reading = showing(**{'status': 'error', 'at': SENT + 2, **change})  # type: ignore[arg-type]
    assert (after(before, reading).state is State.LOOKING) == is_failure


def test_an_error_state_that_comes_back_after_it_was_leaving_is_a_failure_at_once() -> None:
    before = answered()._replace(fresh=showing('error', 1.0).resource)
    item = after(before, showing('error', SENT + 2), showing('deleting', SENT + 4))
    assert (item.state, item.resource.status) == (State.SETTLING, 'deleting')
    assert after(item, showing('error', SENT + 6)).spent == {'delete'}


def test_a_removal_has_failed_once_its_time_is_over_and_not_before() -> None:
    assert after(answered(), showing('deleting', SENT + DEADLINE)).state is State.SETTLING
    item = after(answered(), showing('deleting', SENT + DEADLINE + 1))
    assert (item.state, item.spent) == (State.LOOKING, {'delete'})
    assert item.text == 'delete: it is still deleting after 61 s'
    assert not item.was_tried, 'it was not refused: what goes elsewhere changes nothing about it'
    nameless = after(answered(), showing('', SENT + DEADLINE + 1))
    assert nameless.text == 'delete: it is still there after 61 s'


@pytest.mark.parametrize(
    ('statuses', 'is_over'),
    [
        (('deleting', 'available', 'available'), True),
        (('deleting', 'available', 'deleting', 'available'), False),
        (('available', 'available', 'available'), False),
    ],
)
def test_what_was_leaving_and_is_at_rest_twice_was_given_up(statuses: tuple[str, ...], is_over: bool) -> None:
    readings = (showing(status, SENT + settling.RESTS * n) for n, status in enumerate(statuses, 1))
    item = after(answered(), *readings)
    assert (item.state is State.LOOKING) == is_over
    assert item.was_tried == is_over
    assert item.text == ('delete: its service gave it up: it is available again' if is_over else '')


def test_a_second_reading_too_soon_gives_nothing_up() -> None:
    soon = showing('available', SENT + 6.9)
    item = after(answered(), showing('deleting', SENT + 1), showing('available', SENT + 2), soon)
    assert item.state is State.SETTLING


def test_an_error_state_is_not_at_rest() -> None:
    """An old error state may show again for a moment; it is no failure yet, and nothing was given up."""
    before = answered()._replace(fresh=showing('error', 1.0).resource, has_left=True)
    assert after(before, showing('error', SENT + 2), showing('error', SENT + 8)).state is State.SETTLING


def test_what_somebody_else_removes_is_not_given_up() -> None:
    waits = begin(PART, is_ours=False)._replace(
        state=State.SETTLING, sent=SENT, limit=DEADLINE, is_awaited=True
    )
    readings = (showing(status, SENT + n) for n, status in enumerate(('deleting', 'available', 'available')))
    assert after(waits, *readings, showing('available', SENT + 20)).state is State.SETTLING


def test_what_a_part_was_awaited_for_in_vain_is_no_failure_of_a_step() -> None:
    waits = begin(PART, is_ours=False)._replace(state=State.SETTLING, sent=SENT, limit=5.0, is_awaited=True)
    item = after(waits, showing('available', SENT + 6))
    assert (item.state, item.text, item.spent, item.evidence) == (State.LOOKING, '', frozenset(), ())
    assert not item.is_awaited


@pytest.mark.parametrize(
    ('first', 'second', 'is_gone'),
    [
        (Seen(None, 20.0), Seen(None, 20.4), False),
        (Seen(None, 20.0), Seen(None, 20.5), True),
        (Seen(None, 20.0), Seen(None, 20.5, is_listing=False), True),
        (Seen(None, 20.0, is_listing=False), Seen(None, 20.5, is_listing=False), False),
        (Seen(None, 20.0, is_listing=False), Seen(None, 20.5), True),
    ],
)
def test_it_is_gone_when_a_second_reading_began_after_the_first_came_and_one_was_a_listing(
    first: Seen, second: Seen, is_gone: bool
) -> None:
    item = after(answered(), first, second)
    assert (item.state is State.DONE) == is_gone
    assert item.result is (Result.REMOVED if is_gone else Result.UNTRIED)


@pytest.mark.parametrize(
    ('item', 'result', 'text'),
    [
        (answered(), Result.REMOVED, ''),
        (begin(ENTRY, is_ours=False), Result.ALREADY_GONE, ''),
        (begin(ENTRY, is_ours=True), Result.REMOVED, ''),
        (begin(PART, is_ours=True), Result.REMOVED, f'it went with {BOX}'),
        (begin(PART, is_ours=True)._replace(is_freed=True), Result.REMOVED, ''),
        (begin(PART, is_ours=True)._replace(steps=('delete',)), Result.REMOVED, ''),
    ],
)
def test_who_removed_it_is_told(item: Item, result: Result, text: str) -> None:
    looking = item._replace(state=State.LOOKING)
    gone = after(looking, Seen(None, 20.0), Seen(None, 21.0))
    assert (gone.result, gone.text) == (result, text)


@pytest.mark.parametrize(
    ('others', 'keeps_parts', 'text'),
    [
        ('ABA', True, 'abandon left behind, of types that no handler knows: 2 Acme::A, 1 Acme::B'),
        ('ABA', False, ''),
        ('', True, ''),
    ],
)
def test_what_a_step_leaves_behind_of_types_that_no_handler_knows_is_told(
    others: str, keeps_parts: bool, text: str
) -> None:
    parts = tuple(Part(f'Acme::{name}', str(number)) for number, name in enumerate(others))
    step = Step('abandon', lambda *_: None, keeps_parts=keeps_parts)
    entry = dataclasses.replace(ENTRY, resource=dataclasses.replace(THING, others=parts))
    gone = after(answered()._replace(entry=entry, step=step), Seen(None, 20.0), Seen(None, 21.0))
    assert (gone.result, gone.text) == (Result.REMOVED, text)


def test_what_nobody_but_others_removed_has_left_nothing_behind() -> None:
    entry = dataclasses.replace(ENTRY, resource=dataclasses.replace(THING, others=(Part('Acme::A', '1'),)))
    gone = after(looking()._replace(entry=entry), Seen(None, 20.0), Seen(None, 21.0))
    assert (gone.result, gone.text) == (Result.ALREADY_GONE, '')


def test_what_is_there_again_and_was_not_removed_is_looked_at_anew() -> None:
    """What was read before it was not there may be out of date, too."""
    absent = after(through(begin(ENTRY, is_ours=False), (1.0, events.Released())), Seen(None, 20.0))
    item = after(absent, showing('available', 21.0))
    assert (item.state, item.touched, item.absent, item.returns) == (State.LOOKING, 21.5, math.inf, 1)


def test_what_is_there_again_and_was_to_be_removed_is_awaited_further() -> None:
    item = after(answered(), Seen(None, 20.0), showing('deleting', 21.0))
    assert (item.state, item.absent) == (State.SETTLING, math.inf)
    assert after(item, showing('error_deleting', 22.0)).spent == {'delete'}
    assert after(answered(), Seen(None, 20.0), showing('resting', 21.0)).spent == {'delete'}


def test_what_is_there_again_for_the_fifth_time_is_given_up() -> None:
    absent = after(answered(), Seen(None, 20.0))
    assert after(absent._replace(returns=3), showing('deleting', 21.0)).state is State.SETTLING
    item = after(absent._replace(returns=4), showing('deleting', 21.0))
    assert (item.result, 'shows it at times only' in item.text) == (Result.LEFT, True)


def test_readings_that_fail_are_borne_for_twice_the_time_of_a_removal() -> None:
    item = answered()
    assert through(item, (SENT + 2 * DEADLINE, Unclear('HTTP 503'))) == item
    ended = through(item, (SENT + 2 * DEADLINE + 0.1, Unclear('HTTP 503')))
    assert (ended.result, ended.text) == (Result.LEFT, 'whether it still exists could not be read: HTTP 503')


def test_a_second_reading_that_fails_is_waited_for_two_minutes() -> None:
    item = after(answered(), Seen(None, 200.0))
    end = 200.5 + settling.CONFIRM_DEADLINE
    assert through(item, (end, Unclear('HTTP 503'))) == item
    assert through(item, (end + 0.1, Unclear('HTTP 503'))).result is Result.LEFT


def test_a_step_that_left_the_status_where_it_is_of_no_use_is_followed_by_the_next() -> None:
    item = after(answered(), showing('resting', SENT + 2))
    assert (item.spent, item.text) == ({'delete'}, 'delete: its status is resting')
    assert item.resource.status == 'resting'
    assert THING.status == 'available'
