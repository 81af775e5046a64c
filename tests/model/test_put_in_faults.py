"""The small worlds find what they are for: in each of their properties a fault is put in by hand, and is found."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from orphancleanup.execute import engine, events, loop, moves, settling, transition
from orphancleanup.execute.events import Reply
from orphancleanup.execute.item import Item, State
from orphancleanup.execute.jobs import Job, Task
from orphancleanup.execute.policy import Policy
from orphancleanup.outcome import Result
from tests.model import running
from tests.model.choices import Choices, explore
from tests.model.test_small_worlds import variants

Put = Callable[[pytest.MonkeyPatch], None]


def never_counts(name: str, *rooms: Any) -> Put:
    """Return what lets something be tried without an end."""

    def put(monkeypatch: pytest.MonkeyPatch) -> None:
        for room in rooms:
            monkeypatch.setattr(room, name, math.inf)

    return put


def old_looks_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Policy, 'is_old', lambda *_: False)
    monkeypatch.setattr(engine, 'Task', lambda resource, step, _: Task(resource, step, math.inf))


def the_unknown_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    true = transition._answered

    def answered(item: Item, event: events.Answered, now: float, policy: Policy) -> moves.Moved:
        reply = Reply.REFUSED if event.reply is Reply.UNKNOWN else event.reply
        return true(item, dataclasses.replace(event, reply=reply), now, policy)

    monkeypatch.setitem(transition.TABLE, (State.SENT, events.Answered), answered)  # type: ignore[call-overload]


def no_reason_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Policy, 'difference', lambda *_: None)


def one_reading_proves_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, 'vanished', lambda item, *_: moves.end(item, Result.REMOVED, ''))


def an_answer_that_never_came_says_that_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        settling,
        '_was_told_gone',
        lambda item, policy: bool(item.steps) and policy.answers_when_gone(item.kind),
    )


def what_is_leaving_was_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        settling, '_come_and_gone', lambda item, _, at: item._replace(rested=min(item.rested, at))
    )


def what_is_in_the_way_is_passed_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        'orphancleanup.execute.schedule.Schedule.waits',
        lambda schedule, ref: [(ref, events.Released())],
    )


def steps_come_before_intents(monkeypatch: pytest.MonkeyPatch) -> None:
    true = loop.Loop._begin

    def begin(self: loop.Loop, jobs: list[Job]) -> None:
        for job in jobs:
            self._crew.begin(job)
        monkeypatch.setattr(self._crew, 'begin', lambda _: None)
        true(self, jobs)
        monkeypatch.undo()
        steps_come_before_intents(monkeypatch)

    monkeypatch.setattr(loop.Loop, '_begin', begin)


def ends_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    true = moves.end

    def end(item: Item, result: Result, *_: Any) -> moves.Moved:
        return true(item, result, '')

    monkeypatch.setattr(transition, 'end', end)


#: what is put in, to a part of what is found
FAULTS: Mapping[str, tuple[Put, str]] = {
    'late looks are never counted': (never_counts('LATE_LOOKS', transition), 'it runs for'),
    'failed readings are never counted': (never_counts('BLIND_LOOKS', transition), 'it runs for'),
    'refusals are never counted': (never_counts('REFUSALS', transition), 'it runs for'),
    'unanswered steps are never counted': (never_counts('UNKNOWNS', settling), 'it runs for'),
    'looks are never too old': (old_looks_count, 'rests on'),
    'what is unknown refuses': (the_unknown_refuses, 'without a refusal or a proven time-out'),
    'what is leaving was given up': (what_is_leaving_was_given_up, 'is not-removed'),
    'no reason is asked for': (no_reason_is_asked_for, 'must stay'),
    'one reading proves the end': (one_reading_proves_the_end, 'is said to be removed, and is there'),
    'no answer is an answer': (
        an_answer_that_never_came_says_that_it_is_gone,
        'is said to be removed, and is there',
    ),
    'what goes before is not waited for': (what_is_in_the_way_is_passed_by, 'was gone'),
    'steps are begun before they are written down': (steps_come_before_intents, 'before it was written down'),
    'ends are told without a sentence': (ends_say_nothing, 'without a sentence'),
}


def first_problem() -> str:
    """Return the first thing that is wrong in any world of one or two resources."""
    for size, bound in ((1, 1), (2, 1), (1, 2)):
        for world in variants(size):
            told: list[str] = []

            def run(choices: Choices, world: Any = world, told: list[str] = told) -> None:
                try:
                    told += running.problems(world, choices)
                except AssertionError as error:
                    told.append(str(error))
                except OverflowError as error:
                    # The pause after so many failures in a row is no number any more.
                    told.append(f'it runs for ever: {error}')

            for _ in explore(run, bound):
                if told:
                    return '\n'.join(told)
    return ''


@pytest.mark.parametrize('name', FAULTS)
def test_a_fault_that_is_put_in_by_hand_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put, found = FAULTS[name]
    put(monkeypatch)
    assert found in first_problem()


def test_without_a_fault_nothing_is_found_where_the_faults_are(monkeypatch: pytest.MonkeyPatch) -> None:
    world = next(variants(1))
    assert running.problems(world, Choices(())) == []
