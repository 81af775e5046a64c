"""What becomes of an entry, and of what its owner holds, up to its step; and what an interruption makes of it."""

import dataclasses

import pytest

from orphancleanup.execute import events, moves, transition
from orphancleanup.execute.events import Answered, Effect, Reply, Seen
from orphancleanup.execute.item import Item, State, begin
from orphancleanup.ladder import Step
from orphancleanup.model import Level
from orphancleanup.outcome import NextStep, Result
from tests.unit.execute.moving import (
    BOX,
    ENTRY,
    PART,
    THING,
    answered,
    held,
    looking,
    policy,
    ready,
    sent,
    showing,
    through,
)

# Owners


@pytest.mark.parametrize(
    ('was_ours', 'was_removed', 'is_ours'),
    [(False, True, True), (True, False, True), (False, False, False)],
)
def test_a_part_whose_owners_are_gone_is_as_much_ours_as_they_were(
    was_ours: bool, was_removed: bool, is_ours: bool
) -> None:
    item, effects = transition.move(begin(PART, was_ours), events.OwnersGone(was_removed), 10.0, policy())
    assert (item.state, effects, item.is_ours) == (State.WAITING, (Effect.WAIT,), is_ours)
    assert item.touched == 10.0, 'what was read before its owner was gone is out of date'


def test_a_part_of_an_owner_that_was_not_tried_is_left_and_does_not_keep_it() -> None:
    item = through(held(), (10.0, events.OwnerLeft(BOX, was_tried=False)))
    assert (item.result, item.text) == (Result.LEFT, 'it is a part of box:box, which was not removed')
    assert not item.keeps_owner


def test_a_part_of_an_owner_that_was_tried_is_looked_at_once_more() -> None:
    item, effects = transition.move(held(), events.OwnerLeft(BOX, was_tried=True), 10.0, policy())
    assert (item.state, effects) == (State.LOOKING, (Effect.LOOK,))
    assert through(item, (11.0, Seen(THING, 9.0))).state is State.LOOKING, 'from before'
    left = through(item, (11.0, Seen(THING, 11.0)))
    assert (left.result, left.text) == (Result.LEFT, 'it is a part of box:box, which was not removed')
    assert not left.keeps_owner
    gone = through(item, (11.0, Seen(None, 11.0)), (12.0, Seen(None, 12.0)))
    assert (gone.result, gone.text) == (Result.REMOVED, 'it went with box:box')


def test_a_look_at_a_part_lets_its_owner_go_on_unless_the_part_must_stay() -> None:
    item = through(held(), (11.0, Seen(THING, 10.0)))
    assert (item.state, item.looked) == (State.HELD, 10.0)
    kept = Seen(dataclasses.replace(THING, tags=frozenset({'orphancleanup:keep'})), 10.0)
    ended = through(held(), (11.0, kept))
    assert (ended.result, ended.looked, ended.keeps_owner) == (Result.CHANGED, 10.0, True)
    assert 'tag' in ended.text


def after_its_owner() -> Item:
    return through(held(), (10.0, events.OwnersGone(True)), (11.0, events.Released()))


def test_a_part_has_a_while_to_follow_its_owner() -> None:
    item, effects = transition.move(after_its_owner(), showing('available', 12.0), 12.5, policy())
    assert (item.state, effects, item.limit) == (State.SETTLING, (Effect.WATCH,), moves.PART_GRACE)
    assert (item.sent, item.step) == (12.5, None)
    leaving = through(after_its_owner(), (12.5, showing('deleting', 12.0)))
    assert leaving.limit == 60.0, 'what is leaving has as long as a removal may take'


def test_a_part_that_outlives_its_owner_goes_for_a_reason_of_its_own_only() -> None:
    outlived = (
        (12.5, showing('available', 12.0)),
        (18.0, showing('available', 17.6)),
        (19.0, Seen(THING, 18.5)),
    )
    left = through(after_its_owner(), *outlived)
    assert (left.result, left.text) == (
        Result.LEFT,
        'its owner box:box was removed and it was not; to remove it, name it with --resource',
    )
    named = dataclasses.replace(PART, reasons=(*PART.reasons, *ENTRY.reasons))
    assert through(after_its_owner()._replace(entry=named), *outlived).state is State.READY


def freed() -> Item:
    """Return a broken part that is looked at before it goes by itself."""
    done = held()._replace(state=State.DONE)
    return through(done, (20.0, events.Freed()), (21.0, events.Released()))


@pytest.mark.parametrize('status', ['error', 'error_deleting'])
def test_a_broken_part_that_is_freed_goes_by_itself_at_once(status: str) -> None:
    item = through(freed(), (22.0, showing(status, 22.0)))
    assert (item.state, item.is_freed) == (State.READY, True)


def test_a_part_that_is_freed_and_is_whole_again_goes_back_to_its_owner() -> None:
    item, effects = transition.move(freed(), showing('available', 22.0), 22.0, policy())
    assert (item.state, effects, item.is_freed, item.was_freed) == (State.HELD, (Effect.WAIT,), False, True)


# Before the first step


@pytest.mark.parametrize(
    ('code', 'is_ours', 'is_awaited'),
    [('named', False, True), ('stuck', False, False), ('stuck', True, True)],
)
def test_what_is_leaving_is_waited_for_unless_it_was_selected_for_that(
    code: str, is_ours: bool, is_awaited: bool
) -> None:
    """A resumed run has sent its deletion itself: then it is not stuck."""
    stuck = dataclasses.replace(ENTRY.reasons[0], code=code)
    entry = dataclasses.replace(ENTRY, reasons=(stuck, ENTRY.reasons[0]))
    item = through(begin(entry, is_ours), (0.0, events.Released()), (2.0, showing('deleting', 2.0)))
    assert (item.state, item.limit) == ((State.SETTLING, 60.0) if is_awaited else (State.READY, 0.0))


def test_what_is_at_rest_begins_with_its_first_step_at_once() -> None:
    item, effects = transition.move(looking(), Seen(THING, 1.0), 2.0, policy())
    assert item.step
    assert (item.state, effects, item.step.name, item.looked) == (State.READY, (Effect.QUEUE,), 'delete', 1.0)


def test_a_step_is_chosen_for_what_a_look_showed_and_not_for_what_the_plan_saw() -> None:
    item = through(looking(), (2.0, showing('resting', 1.0)))
    assert item.step
    assert (item.step.name, item.resource.status) == ('finish', 'resting')


def test_a_look_from_the_moment_of_the_release_counts() -> None:
    assert through(looking(), (1.0, Seen(THING, 0.0))).state is State.READY


def test_what_is_gone_before_its_step_takes_a_second_reading() -> None:
    item, effects = transition.move(looking(), Seen(None, 1.0), 2.0, policy())
    assert (item.state, effects, item.absent) == (State.CONFIRMING, (Effect.WATCH,), 2.0)


def test_a_step_that_is_not_allowed_is_named_with_why_it_is_needed() -> None:
    failed = through(
        looking()._replace(spent=frozenset({'delete'}), steps=('delete',)), (1.0, Seen(THING, 1.0))
    )
    assert (failed.result, failed.text) == (Result.LEFT, 'the step reset is needed')
    assert failed.next_step == NextStep('reset', Level.FORCE)
    told = looking()._replace(spent=frozenset({'delete'}), steps=('delete',), text='delete: busy')
    assert through(told, (1.0, Seen(THING, 1.0))).text == 'delete: busy'


def test_a_step_that_the_configuration_lacks_something_for_is_named_with_that() -> None:
    by = dataclasses.replace(policy(), unset={'thing': '[mysql-fallback] heat_connection'})
    step = Step('delete-rows', lambda *_: None, Level.DATABASE)
    handler = by.registry.handler('thing')
    handler.levels, handler.ladder = {step.level}, lambda _: (step,)  # type: ignore[method-assign,assignment]
    item = through(looking(), (1.0, Seen(THING, 1.0)), by=by)
    assert item.next_step == NextStep('delete-rows', Level.DATABASE, '[mysql-fallback] heat_connection')


def test_a_step_that_was_never_sent_is_not_blamed_for_what_others_do_not_finish() -> None:
    item = through(ready(), (62.0, events.Sending(1.0)), (63.0, showing('deleting', 63.0)))
    assert (item.state, item.step) == (State.SETTLING, None)
    item = through(item, (124.0, showing('deleting', 124.0)))
    assert (item.state, item.spent, item.evidence) == (State.LOOKING, frozenset(), ())


# Right before the step, and its end


@pytest.mark.parametrize(
    ('event', 'result', 'text'),
    [
        (events.PartKept(BOX), Result.CHANGED, 'it holds box:box, which stays'),
        (events.Occupied(BOX), Result.CHANGED, 'it was left alone: box:box is in it now'),
        (events.Occupied(THING.ref), Result.BLOCKED, 'it waits for thing:one, which is still in it'),
        (
            events.ContentsLate(),
            Result.LEFT,
            'the services answer so slowly that whether it is empty cannot be told before a step can be sent',
        ),
    ],
)
def test_what_keeps_something_right_before_its_step(event: events.Event, result: Result, text: str) -> None:
    item, effects = transition.move(ready(), event, 2.0, policy())
    assert (item.result, item.text, effects) == (result, text, (Effect.END,))


@pytest.mark.parametrize(
    ('event', 'text'),
    [
        (events.Blocked(BOX), 'box:box must be removed first, and was not'),
        (events.Stuck(), 'it and what it waits for wait for one another'),
    ],
)
def test_what_waits_in_vain_is_blocked(event: events.Event, text: str) -> None:
    item, effects = transition.move(begin(ENTRY, is_ours=False), event, 2.0, policy())
    assert (item.result, item.text, effects) == (Result.BLOCKED, text, (Effect.END,))


@pytest.mark.parametrize(
    ('item', 'result', 'text'),
    [
        (begin(ENTRY, is_ours=False), Result.UNTRIED, 'interrupted before it was its turn'),
        (held(), Result.UNTRIED, 'interrupted before it was its turn'),
        (ready(), Result.UNTRIED, 'interrupted before it was its turn'),
        (answered(Reply.REFUSED), Result.LEFT, 'interrupted before it was its turn'),
        (answered(), Result.LEFT, 'interrupted while it was being removed'),
        (
            through(answered(), (12.0, Seen(None, 11.0))),
            Result.LEFT,
            'interrupted while it was being removed',
        ),
        (through(looking(), (12.0, Seen(None, 11.0))), Result.UNTRIED, 'interrupted before it was its turn'),
    ],
)
def test_an_interruption_ends_everything_as_it_stands(item: Item, result: Result, text: str) -> None:
    ended, effects = transition.move(item, events.Stopped(), 100.0, policy())
    assert (ended.state, ended.result, ended.text, effects) == (State.DONE, result, text, (Effect.END,))


def test_an_interruption_changes_nothing_about_what_has_ended() -> None:
    gone = through(answered(), (12.0, Seen(None, 11.0)), (13.0, Seen(None, 12.5)))
    assert transition.move(gone, events.Stopped(), 100.0, policy()) == (gone, ())
    assert gone.result is Result.REMOVED


def test_the_step_that_is_sent_is_written_with_those_before_it() -> None:
    item = through(answered(Reply.REFUSED), (12.0, Seen(THING, 12.0)), (13.0, events.Sending(12.0)))
    assert (item.state, item.steps) == (State.SENT, ('delete', 'delete'))
    assert sent().steps == ('delete',)
    late = through(item, (14.0, Answered(Reply.TOO_LATE)))
    assert late.steps == ('delete',)


@pytest.mark.parametrize(('oldest', 'state'), [(39.0, State.LOOKING), (41.0, State.READY)])
def test_a_look_is_as_old_as_the_oldest_thing_that_it_tells(oldest: float, state: State) -> None:
    """That its project is gone may have been asked for another reading, a while before."""
    item = through(looking(), (100.0, Seen(THING, 100.0, oldest=oldest)))
    assert (item.state, item.looked) == (state, oldest)
    part = through(held(), (100.0, Seen(THING, 100.0, oldest=oldest)))
    assert part.looked == oldest
