"""What is counted until something is left, and what a new pass forgets of it."""

import pytest

from orphancleanup.execute import events, moves, transition
from orphancleanup.execute.events import Effect, Seen, Unclear
from orphancleanup.execute.item import Item, State, begin
from orphancleanup.execute.moves import BLIND_LOOKS
from orphancleanup.ladder import Step
from orphancleanup.model import Level
from orphancleanup.outcome import NextStep, Result
from orphancleanup.settings import ExecutionSettings
from tests.unit.execute.moving import (
    ENTRY,
    PART,
    THING,
    answered,
    held,
    looking,
    policy,
    ready,
    showing,
    through,
)

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0)
UNREAD = events.ContentsUnread('HTTP 503')


# What is counted


@pytest.mark.parametrize('item', [looking(), held()], ids=['before its step', 'for its owner'])
def test_looks_that_fail_are_repeated_after_growing_pauses_and_given_up(item: Item) -> None:
    state = item.state
    for pause in PAUSES:
        item, effects = transition.move(item, Unclear('HTTP 503'), 100.0, policy())
        assert (item.state, effects, item.not_before) == (state, (Effect.LOOK,), 100.0 + pause)
    ended = through(item, (100.0, Unclear('HTTP 503')))
    assert (ended.result, ended.text) == (Result.LEFT, 'it could not be read: HTTP 503')


@pytest.mark.parametrize('seen', [THING, None])
def test_a_look_that_succeeds_ends_a_row_of_failures(seen: object) -> None:
    for item in (looking(), held()):
        item = item._replace(blind=7)
        assert through(item, (20.0, Seen(seen, 19.0))).blind == 0  # type: ignore[arg-type]


def test_what_a_project_holds_is_asked_again_after_growing_pauses_and_given_up() -> None:
    item = ready()
    for pause in PAUSES:
        item, effects = transition.move(item._replace(state=State.READY), UNREAD, 100.0, policy())
        assert (item.state, effects, item.not_before) == (State.LOOKING, (Effect.LOOK,), 100.0 + pause)
    ended = through(item._replace(state=State.READY), (100.0, UNREAD))
    assert (ended.result, ended.text) == (Result.LEFT, 'HTTP 503')


def test_looks_that_come_too_late_are_repeated_three_times() -> None:
    item, old = looking(), Seen(THING, 10.0)
    for _ in range(3):
        item, effects = transition.move(item, old, 71.0, policy())
        assert (item.state, effects) == (State.LOOKING, (Effect.LOOK,))
    ended = through(item, (71.0, old))
    assert ended.result is Result.LEFT
    assert ended.text.startswith('its service answers so slowly')
    assert through(item, (70.0, old)).state is State.READY, 'a minute is no more than may be'


@pytest.mark.parametrize(
    ('failures', 'seconds'), [(0, 0.5), (1, 1.0), (3, 4.0), (4, 8.0), (5, 10.0), (BLIND_LOOKS, 10.0)]
)
def test_pauses_double_up_to_the_longest(failures: int, seconds: float) -> None:
    assert moves.still(ExecutionSettings(), failures) == seconds


# What a new pass forgets, and what it keeps

#: an entry that came to its end after all that can be counted
SPENT = begin(ENTRY, is_ours=True)._replace(
    state=State.DONE,
    result=Result.LEFT,
    text='delete: busy',
    fresh=THING,
    step=Step('delete', lambda *_: None),
    steps=('delete',),
    was_tried=True,
    is_moved=True,
)
COUNTED = {
    'spent': frozenset({'delete', 'reset'}),
    'tries': 2,
    'next_step': NextStep('reset', Level.FORCE),
    'is_awaited': True,
    'has_waited': True,
    'is_parting': True,
    'is_postponed': True,
    'blind': 7,
    'unlisted': 7,
    'late': 3,
}


@pytest.mark.parametrize('event', [events.Again(), events.Freed(), events.HeldAgain()])
def test_a_new_pass_begins_with_the_gentlest_step_and_nothing_counted(event: events.Event) -> None:
    item, effects = transition.move(SPENT._replace(**COUNTED), event, 100.0, policy())  # type: ignore[arg-type]
    is_freed, state = isinstance(event, events.Freed), item.state
    assert item == SPENT._replace(state=state, is_freed=is_freed, was_freed=is_freed)
    assert effects == (Effect.WAIT,)


@pytest.mark.parametrize(
    ('item', 'event', 'state'),
    [
        (SPENT, events.Again(), State.WAITING),
        (SPENT._replace(entry=PART), events.Again(), State.HELD),
        (SPENT._replace(entry=PART, is_freed=True), events.Again(), State.WAITING),
        (SPENT._replace(entry=PART), events.Freed(), State.WAITING),
        (SPENT._replace(entry=PART), events.HeldAgain(), State.HELD),
    ],
)
def test_a_part_waits_for_its_owner_in_a_new_pass_unless_it_goes_by_itself(
    item: Item, event: events.Event, state: State
) -> None:
    assert through(item, (100.0, event)).state is state


def test_one_look_that_does_not_show_it_makes_no_harsher_step_due_in_a_new_pass() -> None:
    """The end of its step could not be read; in the next pass that step is tried again, and nothing else."""
    item = through(answered(), (131.0, Unclear('HTTP 503')))
    assert item.result is Result.LEFT
    again = (200.0, events.Again()), (201.0, events.Released())
    back = (
        (202.0, Seen(None, 202.0)),
        (203.0, showing('available', 203.0)),
        (204.0, showing('available', 204.0)),
    )
    item = through(item, *again, *back)
    assert item.step
    assert (item.state, item.step.name, item.spent) == (State.READY, 'delete', frozenset())


def test_a_harsher_step_is_left_to_the_next_pass_once() -> None:
    item = through(ready()._replace(text='delete: busy'), (2.0, events.Postponed()))
    assert (item.result, item.is_postponed, item.was_postponed) == (Result.BLOCKED, True, True)
    assert item.text == 'delete: busy; a harsher step is left to the next pass'
    again = through(item, (3.0, events.Again()))
    assert (again.is_postponed, again.was_postponed) == (False, True)
