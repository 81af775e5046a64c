"""What an earlier life of a run was refused it has not touched: a resumed run judges it as if it had not been there."""

import datetime
from typing import Any

import pytest

from orphancleanup import runs
from orphancleanup.errors import Conflict
from orphancleanup.execute import records
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Ref
from orphancleanup.outcome import Result
from orphancleanup.storing import journal, plan_file
from tests.unit.execute.applying import OLD, STUCK, plan, results, texts
from tests.unit.storehouse import Storehouse

ONE = Ref('thing', 'one')


def told(event: str, **fields: Any) -> dict[str, Any]:
    return {'event': event, 'kind': ONE.kind, 'id': ONE.id, 'step': 'delete', **fields}


@pytest.mark.parametrize('reply', ['refused', 'forbidden', 'unavailable', 'too-late'])
def test_what_was_refused_was_not_touched(reply: str) -> None:
    assert records.tried([told('intent'), told('answer', reply=reply)]) == frozenset()


@pytest.mark.parametrize('reply', ['accepted', 'unknown', 'gone'])
def test_what_may_have_been_taken_was(reply: str) -> None:
    assert records.tried([told('intent'), told('answer', reply=reply)]) == {ONE}


def test_a_step_without_an_answer_may_have_been_taken_whatever_was_refused_before() -> None:
    refused = [told('intent'), told('answer', reply='refused')]
    assert records.tried([*refused, told('intent')]) == {ONE}
    assert records.tried([*refused, told('intent'), told('answer', reply='accepted')]) == {ONE}


def resumed(house: Storehouse, request: Request) -> runs.Applied:
    """Have a run that was refused and then killed be gone on with, after something was done to what it names."""
    item = house.thing('one', status='error', updated_at=OLD)
    made, folder = plan(house, request), house.folder()
    folder.plan.write_text(plan_file.dump(made))
    with journal.Journal.open(folder.journal) as written:
        start = {'event': 'start', 'digest': plan_file.digest(made)}
        written.write(start, told('intent'), told('answer', reply='refused'))
    now = house.cloud.clock.now()
    item.update(updated_at=(now - datetime.timedelta(minutes=5)).isoformat())
    return runs.resume(house.site(), folder)


def test_what_was_repaired_and_failed_anew_since_is_not_stuck_yet(house: Storehouse) -> None:
    applied = resumed(house, STUCK)
    assert results(applied) == {'one': Result.CHANGED}
    assert house.things.items


def test_what_somebody_else_has_removed_is_not_told_as_removed_by_the_run(house: Storehouse) -> None:
    house.cloud.before(('storehouse', 'GET', '/things'), lambda _: house.things.remove('one'), after=1)
    applied = resumed(house, Request(Selection(everything=True)))
    assert (results(applied), texts(applied)) == ({'one': Result.ALREADY_GONE}, {'one': ''})


def test_a_refusal_in_this_life_says_the_same(house: Storehouse) -> None:
    item = house.thing('one', status='error', updated_at=OLD, refuse=lambda: Conflict(409, 'no'))
    made = plan(house, STUCK)
    now = house.cloud.clock.now()
    house.cloud.before(
        ('storehouse', 'DELETE', '/things'),
        lambda _: item.update(updated_at=(now - datetime.timedelta(minutes=5)).isoformat()),
    )
    assert results(runs.apply(house.site(), made, house.folder())) == {'one': Result.CHANGED}
