"""What each answer to a step makes of an entry."""

import datetime

import pytest

from orphancleanup.execute import settling, transition
from orphancleanup.execute.events import Answered, Effect, Reply
from orphancleanup.execute.item import Item, State
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level
from orphancleanup.outcome import Attempt, Exchange
from tests.unit.execute.moving import NOW, answered, policy, sent, showing, through
from tests.unit.storehouse import FORCE, Things

EVERY = tuple(reply for reply in Reply if reply is not Reply.TOO_LATE)
ANSWER = 10.0


def preparing() -> Item:
    """Return an entry whose step only prepares, and is under way."""
    return sent()._replace(step=Step('reset', lambda *_: None, Level.FORCE, removes=False))


@pytest.mark.parametrize('reply', EVERY)
def test_every_answer_is_told_as_it_came(reply: Reply) -> None:
    at, exchange = NOW + datetime.timedelta(seconds=9), Exchange('DELETE', 'storehouse', '/things/one', 409)
    item = through(sent(), (ANSWER, Answered(reply, 'busy', 'req-1', (exchange,), at)))
    assert item.attempts == (Attempt('delete', Level.API, str(reply), at, 'busy', 'req-1', (exchange,)),)
    assert item.steps == ('delete',)


@pytest.mark.parametrize(
    ('reply', 'evidence'),
    [
        (Reply.ACCEPTED, ()),
        (Reply.REFUSED, (Evidence('api', 'delete: busy', 'req-1'),)),
        (Reply.FORBIDDEN, (Evidence('api', 'delete: busy', 'req-1'),)),
        (Reply.UNKNOWN, (Evidence('api', 'delete: busy', 'req-1'),)),
        (Reply.GONE, (Evidence('api', 'delete: busy', 'req-1'),)),
        (Reply.UNAVAILABLE, (Evidence('api', 'delete: busy'),)),
    ],
)
def test_what_was_not_accepted_is_evidence_and_why_it_may_be_left(
    reply: Reply, evidence: tuple[Evidence, ...]
) -> None:
    item = through(sent(), (ANSWER, Answered(reply, 'busy', 'req-1')))
    assert item.evidence == evidence
    assert item.text == (evidence[0].text if evidence else '')
    assert (item.tries, item.was_tried) == (
        (0, False) if reply in (Reply.ACCEPTED, Reply.UNAVAILABLE) else (1, True)
    )


@pytest.mark.parametrize('reply', EVERY)
def test_what_was_read_before_an_answer_is_out_of_date_after_it(reply: Reply) -> None:
    item = through(sent()._replace(late=3), (ANSWER, Answered(reply)))
    assert (item.touched, item.sent, item.late) == (ANSWER, ANSWER, 0)


@pytest.mark.parametrize(
    ('reply', 'is_moved', 'is_unknown'),
    [
        (Reply.ACCEPTED, True, False),
        (Reply.UNKNOWN, True, True),
        (Reply.GONE, True, True),
        (Reply.REFUSED, False, False),
        (Reply.FORBIDDEN, False, False),
        (Reply.UNAVAILABLE, False, False),
    ],
)
def test_what_may_have_changed_it_and_what_was_meant_to_remove_it(
    reply: Reply, is_moved: bool, is_unknown: bool
) -> None:
    item = answered(reply)
    assert (item.is_moved, item.is_ours, item.is_unknown) == (is_moved, is_moved, is_unknown)
    prepared = through(preparing(), (ANSWER, Answered(reply)))
    assert (prepared.is_moved, prepared.is_ours) == (is_moved, False)
    before = through(preparing()._replace(is_ours=True), (ANSWER, Answered(reply)))
    assert before.is_ours


@pytest.mark.parametrize('reply', [Reply.ACCEPTED, Reply.UNKNOWN, Reply.GONE])
def test_the_end_of_what_may_have_been_taken_is_awaited(reply: Reply) -> None:
    item, effects = transition.move(sent(), Answered(reply), ANSWER, policy())
    assert (item.state, effects, item.is_awaited) == (State.SETTLING, (Effect.WATCH,), True)
    assert item.limit == Things.deadline
    assert item.patience == (settling.GONE_DEADLINE if reply is Reply.GONE else 0.5)


@pytest.mark.parametrize(
    ('reply', 'at_once', 'has_left'),
    [(Reply.ACCEPTED, True, True), (Reply.ACCEPTED, False, False), (Reply.UNKNOWN, True, False)],
)
def test_a_removal_has_begun_when_it_was_accepted_where_it_shows_at_once(
    reply: Reply, at_once: bool, has_left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Things, 'leaves_at_once', at_once)
    assert answered(reply).has_left == has_left


def test_a_new_step_forgets_that_the_one_before_had_begun() -> None:
    again = through(sent()._replace(has_left=True, rested=5.0), (ANSWER, Answered(Reply.ACCEPTED)))
    assert not again.has_left
    assert through(again, (30.5, showing('available', 30.0))).state is State.SETTLING


def test_a_step_that_only_prepares_is_done_when_it_was_accepted() -> None:
    item, effects = transition.move(preparing(), Answered(Reply.ACCEPTED), ANSWER, policy(FORCE))
    assert (item.state, effects, item.spent) == (State.LOOKING, (Effect.LOOK,), {'reset'})
    unknown = through(preparing(), (ANSWER, Answered(Reply.UNKNOWN)))
    assert (unknown.state, unknown.spent) == (State.SETTLING, frozenset())


def test_a_refusal_is_followed_by_one_more_try_after_a_pause() -> None:
    item, effects = transition.move(sent(), Answered(Reply.REFUSED, 'busy'), ANSWER, policy())
    assert (item.state, effects, item.spent) == (State.LOOKING, (Effect.LOOK,), frozenset())
    assert (item.not_before, item.is_final) == (ANSWER + 1.0, False)
    second = through(item._replace(state=State.SENT), (20.0, Answered(Reply.REFUSED, 'busy')))
    assert (second.spent, second.tries, second.is_final) == ({'delete'}, 2, False)


def test_a_403_is_the_end_of_a_step_and_nothing_takes_it_back() -> None:
    item = answered(Reply.FORBIDDEN, 'no')
    assert (item.state, item.spent, item.is_final) == (State.LOOKING, {'delete'}, True)
    later = through(item._replace(state=State.SENT), (20.0, Answered(Reply.REFUSED, 'busy')))
    assert later.is_final


def test_a_step_that_is_unavailable_is_why_something_is_left_when_nothing_else_is() -> None:
    item = answered(Reply.UNAVAILABLE, 'not here')
    assert (item.text, item.spent) == ('delete: not here', {'delete'})


def test_what_was_not_sent_in_time_is_looked_at_anew_and_given_up_in_the_end() -> None:
    item = through(sent(), (ANSWER, Answered(Reply.TOO_LATE)))
    assert (item.state, item.touched, item.late, item.attempts) == (State.LOOKING, ANSWER, 1, ())
    kept = sent()._replace(steps=('delete', 'reset'), late=3)
    ended = through(kept, (ANSWER, Answered(Reply.TOO_LATE)))
    assert (ended.state, ended.steps) == (State.DONE, ('delete',))


@pytest.mark.parametrize(('name', 'tries'), [('delete', 1), ('other', 0)])
def test_tries_are_counted_for_each_step(name: str, tries: int) -> None:
    item = answered(Reply.REFUSED, 'busy')
    assert item.step
    before = item._replace(step=Step(name, item.step.run))
    assert through(before, (12.0, showing('available', 12.0))).tries == tries
