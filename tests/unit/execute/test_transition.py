"""The one function that moves an entry: what the table says, and that it says nothing else."""

import dataclasses

import pytest

from orphancleanup.execute import events, transition
from orphancleanup.execute.events import Answered, Effect, Reply, Seen, Unclear
from orphancleanup.execute.item import State, begin
from orphancleanup.execute.policy import Policy
from orphancleanup.judging.plan import Entry
from orphancleanup.judging.verdict import Reason
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.outcome import Result
from tests.unit.execute.moving import ENTRY, THING, policy, sent, through
from tests.unit.storehouse import FORCE


def test_from_its_release_to_its_end() -> None:
    item = begin(ENTRY, is_ours=False)
    assert item.state is State.WAITING
    story = (
        (events.Released(), State.LOOKING, Effect.LOOK),
        (Seen(THING, 1.0), State.READY, Effect.QUEUE),
        (events.Sending(1.0), State.SENT, Effect.SEND),
        (Answered(Reply.ACCEPTED), State.SETTLING, Effect.WATCH),
        (Seen(None, 5.0), State.CONFIRMING, Effect.WATCH),
        (Seen(None, 6.0), State.DONE, Effect.END),
    )
    for now, (event, state, effect) in enumerate(story):
        item, effects = transition.move(item, event, float(now), policy())
        assert (item.state, effects) == (state, (effect,))
    assert item.result is Result.REMOVED


def test_what_is_not_in_the_table_changes_nothing() -> None:
    every = (
        events.Released(), events.Blocked(THING.ref), events.Stuck(), events.OwnersGone(True),
        events.OwnerLeft(THING.ref, True), Seen(THING, 1.0), Unclear('why'), events.Sending(1.0),
        events.PartKept(THING.ref), events.PartsLate(), events.Again(), events.Freed(), events.HeldAgain(),
    )  # fmt: skip
    for state in State:
        for event in every:
            if (state, type(event)) not in transition.TABLE:
                item = sent()._replace(state=state)
                assert transition.move(item, event, 9.0, policy()) == (item, ())


def test_every_state_but_the_last_is_left_by_some_event() -> None:
    assert {state for state, _ in transition.TABLE} == set(State)


def test_a_look_from_before_something_changed_is_not_believed() -> None:
    item = through(begin(ENTRY, is_ours=False), (10.0, events.Released()))
    assert transition.move(item, Seen(THING, 9.0), 11.0, policy()) == (item, (Effect.LOOK,))


def test_what_is_ready_for_too_long_is_looked_at_again() -> None:
    item = through(begin(ENTRY, is_ours=False), (0.0, events.Released()), (1.0, Seen(THING, 1.0)))
    assert through(item, (61.5, events.Sending(1.0))).state is State.LOOKING
    assert through(item, (60.5, events.Sending(1.0))).state is State.SENT


def test_an_old_look_at_a_part_is_as_bad_as_one_at_its_owner() -> None:
    item = through(begin(ENTRY, is_ours=False), (50.0, events.Released()), (50.0, Seen(THING, 50.0)))
    assert through(item, (70.0, events.Sending(5.0))).state is State.LOOKING


def test_a_step_that_was_not_sent_in_time_is_no_step_and_not_ours() -> None:
    item = through(sent(), (3.0, Answered(Reply.TOO_LATE)))
    assert (item.state, item.steps, item.is_ours) == (State.LOOKING, (), False)


@pytest.mark.parametrize('reply', [Reply.UNKNOWN, Reply.GONE])
def test_an_error_state_from_before_a_step_that_perhaps_was_never_taken_is_no_failure(reply: Reply) -> None:
    broken = dataclasses.replace(THING, status='error')
    entry = Entry(broken, (Reason('named', 'named'),))
    item = through(
        begin(entry, is_ours=False),
        (0.0, events.Released()),
        (1.0, Seen(broken, 1.0)),
        (2.0, events.Sending(1.0)),
        (3.0, Answered(reply)),
        (40.0, Seen(broken, 40.0)),
        by=policy(FORCE),
    )
    assert (item.state, item.spent) == (State.LOOKING, frozenset())


def test_the_same_reading_does_not_confirm_itself() -> None:
    item = through(sent(), (3.0, Answered(Reply.ACCEPTED)), (9.0, Seen(None, 8.0)))
    assert through(item, (9.0, Seen(None, 8.0))).state is State.CONFIRMING
    assert through(item, (10.0, Seen(None, 9.0))).state is State.DONE


def test_what_comes_and_goes_is_given_up() -> None:
    item = through(sent(), (3.0, Answered(Reply.ACCEPTED)))
    leaving = dataclasses.replace(THING, status='deleting')
    for now in range(4, 14, 2):
        item = through(item, (now, Seen(None, float(now))), (now + 1.0, Seen(leaving, now + 1.0)))
    assert item.result is Result.LEFT
    assert 'at times only' in item.text


def test_a_second_reading_that_never_comes_ends_as_unknown() -> None:
    item = through(sent(), (3.0, Answered(Reply.ACCEPTED)), (9.0, Seen(None, 8.0)))
    assert through(item, (100.0, Unclear('HTTP 503'))).state is State.CONFIRMING
    ended = through(item, (130.0, Unclear('HTTP 503')))
    assert (ended.result, ended.text) == (Result.LEFT, 'whether it still exists could not be read: HTTP 503')


def test_a_handler_whose_ladder_fails_costs_its_own_entry_only() -> None:
    def broken(resource: Resource) -> None:
        raise KeyError('surprise')

    by = policy()
    by.registry.handler('thing').ladder = broken  # type: ignore[method-assign,assignment]
    item = through(begin(ENTRY, is_ours=False), (0.0, events.Released()), (1.0, Seen(THING, 1.0)), by=by)
    assert (item.result, item.text) == (Result.LEFT, 'no step could be taken that removes it (see the log)')


def with_unlock() -> Policy:
    """Return a policy with a step between that only a 403 calls for."""
    by = policy(FORCE)
    handler = by.registry.handler('thing')
    delete, *rest = handler.ladder(THING)
    unlock = Step('unlock', lambda *_: None, Level.FORCE, after_forbidden=True)
    handler.ladder = lambda _: (delete, unlock, *rest)  # type: ignore[method-assign,assignment]
    return by


@pytest.mark.parametrize(('reply', 'name'), [(Reply.FORBIDDEN, 'unlock'), (Reply.UNAVAILABLE, 'reset')])
def test_a_step_that_only_a_403_calls_for_follows_a_403_only(reply: Reply, name: str) -> None:
    item = through(sent(), (3.0, Answered(reply)), (4.0, Seen(THING, 4.0)), by=with_unlock())
    assert item.step
    assert item.step.name == name


def test_a_step_that_is_unavailable_is_passed_by_at_once_and_is_not_why_something_is_left() -> None:
    by = with_unlock()
    item = through(sent(), (3.0, Answered(Reply.FORBIDDEN, 'locked')), (4.0, Seen(THING, 4.0)), by=by)
    item = through(item, (5.0, events.Sending(4.0)), (6.0, Answered(Reply.UNAVAILABLE, 'not here')), by=by)
    assert (item.state, item.spent) == (State.LOOKING, {'delete', 'unlock'})
    assert [each.text for each in item.evidence] == ['delete: locked', 'unlock: not here']
    assert [each.reply for each in item.attempts] == ['forbidden', 'unavailable']
    assert item.text == 'delete: locked'


def test_a_step_that_is_unavailable_has_removed_nothing() -> None:
    item = through(sent(), (3.0, Answered(Reply.UNAVAILABLE, 'not here')))
    assert not item.is_ours
    assert not item.is_moved
