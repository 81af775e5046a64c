"""What is written down, and how a killed run is gone on with."""

import datetime

import pytest

from orphancleanup import runs
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.outcome import Result
from orphancleanup.storing import journal, plan_file
from orphancleanup.testing.collection import Deletion
from tests.unit.execute.applying import deletes, plan, results
from tests.unit.storehouse import FORCE, SERVICE, Storehouse


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
        start = {'event': 'start', 'digest': plan_file.digest(made)}
        written.write(start, {'event': 'intent', 'kind': 'thing', 'id': 'one', 'step': 'reset'})
    item.update(moved, updated_at='2026-02-28T23:59:00+00:00')
    if moved['status'] == 'deleting':
        house.things.leave(item, Deletion(seconds=5))
    applied = runs.resume(house.site(FORCE), folder)
    assert results(applied) == {'one': Result.REMOVED}
    assert deletes(house) == ([] if moved['status'] == 'deleting' else ['/things/one'])


def test_a_run_that_was_killed_before_its_journal_is_resumed_from_its_plan(house: Storehouse) -> None:
    house.thing('one')
    made, folder = plan(house), house.folder()
    folder.plan.write_text(plan_file.dump(made))
    assert results(runs.resume(house.site(), folder)) == {'one': Result.REMOVED}
