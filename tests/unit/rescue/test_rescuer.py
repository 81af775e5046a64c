"""A step in a database is the last one, is proven, counted and kept; and a run that is killed goes on rightly."""

import dataclasses
import json
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orphancleanup.database.transaction import Transaction
from orphancleanup.errors import DatabaseError
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Level, Ref
from orphancleanup.outcome import NextStep, Outcome, Result
from orphancleanup.rescue import undo_file
from orphancleanup.rescue.undo_file import State
from orphancleanup.results import Applied
from orphancleanup.runs import explain, resume
from orphancleanup.storing import journal
from orphancleanup.storing.run_folder import RunFolder
from tests.unit.rescue.ledger import Ledger, ThingRows

GENTLE = frozenset({Level.API, Level.FORCE})


def outcome(applied: Applied, name: str = 'one') -> Outcome:
    return next(each for each in applied.outcomes if each.ref.id == name)


def undone(folder: RunFolder) -> tuple[undo_file.Prepared, ...]:
    return undo_file.read(folder.path / undo_file.NAME)


def records(folder: RunFolder) -> tuple[dict[str, Any], ...]:
    return journal.read(folder.journal)


def test_what_nothing_else_removes_goes_by_its_database(ledger: Ledger) -> None:
    ledger.thing('one')
    applied, folder = ledger.remove('one')
    assert outcome(applied).result is Result.REMOVED
    assert outcome(applied).steps[-1] == 'purge'
    assert ledger.rows.row('things', 'one')['deleted'] == 1
    (kept,) = undone(folder)
    assert (kept.ref, kept.step, kept.state) == (Ref('thing', 'one'), 'purge', State.FINISHED)
    assert ThingRows.tidied == ['one']


def test_without_its_level_no_database_is_opened_and_the_step_is_named(ledger: Ledger) -> None:
    ledger.thing('one')
    ledger.connections['storehouse'] = 'nonsense'
    applied, folder = ledger.remove('one', levels=GENTLE)
    assert outcome(applied).result is Result.LEFT
    assert outcome(applied).next_step == NextStep('purge', Level.DATABASE)
    assert not (folder.path / undo_file.NAME).exists()


def test_without_an_address_the_setting_is_named_with_the_step(ledger: Ledger) -> None:
    ledger.thing('one')
    ledger.connections.clear()
    applied, _ = ledger.remove('one', levels=GENTLE)
    lacking = '[mysql-fallback] storehouse_connection'
    assert outcome(applied).next_step == NextStep('purge', Level.DATABASE, lacking)
    told = explain(ledger.site(), Ref('thing', 'one'), Request(Selection(orphans=True)))
    assert told.steps[-1] == NextStep('purge', Level.DATABASE, lacking)
    assert {each.setting for each in told.steps[:-1]} == {''}


def test_gentler_steps_are_never_passed_by(ledger: Ledger) -> None:
    ledger.thing('one')
    applied, _ = ledger.remove('one', levels=frozenset({Level.API, Level.DATABASE}))
    assert outcome(applied).next_step == NextStep('reset', Level.FORCE)
    assert ledger.rows.row('things', 'one')['deleted'] == 0


def test_what_a_gentler_step_removes_leaves_the_database_alone(ledger: Ledger) -> None:
    ledger.thing('one')
    ledger.house.things.items['one'].pop('refuse_force')
    applied, folder = ledger.remove('one')
    assert outcome(applied).result is Result.REMOVED
    assert not undone(folder)


def test_the_undo_file_is_for_its_owner_only_and_says_that_it_holds_secrets(ledger: Ledger) -> None:
    ledger.thing('one')
    _, folder = ledger.remove('one')
    path = folder.path / undo_file.NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = json.loads(path.read_text().splitlines()[0])
    assert 'secrets' in first['warning']
    assert 'password' in path.read_text()
    assert 'password' not in folder.journal.read_text()


def test_every_row_is_on_the_disk_before_it_is_changed(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.thing('one', ('Unknown::Type', 'x'))
    seen = []
    commit = Transaction.commit

    def look_first(self: Transaction) -> None:
        (folder,) = ledger.house.root.iterdir()
        seen.append((undone(RunFolder(folder)), ledger.rows.row('things', 'one')['deleted']))
        commit(self)

    monkeypatch.setattr(Transaction, 'commit', look_first)
    ledger.remove('one')
    ((kept, deleted),) = seen
    assert deleted == 0
    assert {change.table for change in kept[0].changes} == {'things', 'parts'}
    assert kept[0].state is State.PREPARED


def test_a_database_that_is_not_told_leaves_it_with_a_sentence(ledger: Ledger) -> None:
    ledger.thing('one')
    ledger.connections.clear()
    applied, _ = ledger.remove('one')
    assert outcome(applied).result is Result.LEFT
    assert 'storehouse_connection' in outcome(applied).text


def test_what_the_rows_contradict_is_left_with_a_sentence(ledger: Ledger) -> None:
    ledger.thing('one')
    ledger.rows.change('things', 'one', project_id='beta')
    applied, folder = ledger.remove('one')
    assert outcome(applied).result is Result.LEFT
    assert 'belongs to project beta' in outcome(applied).text
    assert not undone(folder)


def test_no_more_resources_than_the_limit_are_changed(ledger: Ledger) -> None:
    ledger.limits = dataclasses.replace(ledger.limits, max_database_removals=2)
    for name in ('one', 'two', 'three'):
        ledger.thing(name)
    applied, _ = ledger.remove('one', 'two', 'three')
    left = [each for each in applied.outcomes if each.result is Result.LEFT]
    assert len(left) == 1
    assert '--max-database-removals' in left[0].text
    assert sum(row['deleted'] for row in ledger.rows.all('things')) == 2


# What goes first


def test_what_the_rows_name_goes_first_by_its_own_handler(ledger: Ledger) -> None:
    ledger.thing('one', ('Invented::Thing', 'part'))
    ledger.house.thing('part')
    applied, _ = ledger.remove('one', 'part')
    assert {each.result for each in applied.outcomes} <= {Result.REMOVED, Result.ALREADY_GONE}
    assert 'part' not in ledger.house.things.items


def test_what_the_rows_name_and_the_plan_does_not_is_never_touched(ledger: Ledger) -> None:
    ledger.thing('one', ('Invented::Thing', 'part'))
    ledger.house.thing('part')
    applied, _ = ledger.remove('one')
    assert outcome(applied).result is Result.LEFT
    assert '--resource thing:part' in outcome(applied).text
    assert 'part' in ledger.house.things.items
    assert ledger.rows.row('things', 'one')['deleted'] == 0


def test_what_will_not_go_keeps_the_rows(ledger: Ledger) -> None:
    ledger.thing('one', ('Invented::Thing', 'part'))
    ledger.thing('part')
    ledger.rows.change('things', 'part', project_id='beta')
    applied, _ = ledger.remove('one', 'part')
    assert outcome(applied).result is Result.LEFT
    assert ledger.rows.row('things', 'one')['deleted'] == 0


def test_what_is_gone_already_is_no_hindrance(ledger: Ledger) -> None:
    ledger.thing('one', ('Invented::Thing', 'gone'))
    applied, _ = ledger.remove('one')
    assert outcome(applied).result is Result.REMOVED


def test_what_no_handler_knows_is_left_behind_and_told(ledger: Ledger) -> None:
    ledger.thing('one', ('Invented::Unheard', 'x'))
    applied, folder = ledger.remove('one')
    assert outcome(applied).result is Result.REMOVED
    (left,) = [each for each in records(folder) if each['event'] == 'left-behind']
    assert (left['type'], left['id']) == ('Invented::Unheard', 'x')


# Cut short


@pytest.mark.parametrize(
    ('where', 'deleted', 'told', 'states'),
    [
        ('commit', 0, 'was not committed', [State.ROLLED_BACK, State.FINISHED]),
        ('tell', 1, 'was committed', [State.FINISHED]),
    ],
    ids=['before the commit', 'after the commit'],
)
def test_a_killed_run_tells_how_far_it_came_and_ends_right(
    tmp_path: Path, where: str, deleted: int, told: str, states: list[State]
) -> None:
    home = tmp_path / 'home'
    home.mkdir()
    killed = subprocess.run([sys.executable, '-m', 'tests.unit.rescue.killed', str(home), where], check=False)
    assert killed.returncode == -signal.SIGKILL
    ledger = Ledger.after(home)
    (path,) = ledger.house.root.iterdir()
    folder = RunFolder(path)
    assert [each.state for each in undone(folder)] == [State.PREPARED]
    assert ledger.rows.row('things', 'one')['deleted'] == deleted
    assert len(ledger.rows.all('parts')) == 1 - deleted
    applied = resume(ledger.site(), folder)
    assert [each for each in records(folder) if each['event'] == 'settled' and told in each['text']]
    assert not applied.warnings
    assert outcome(applied).result is Result.REMOVED
    assert [each.state for each in undone(folder)] == states
    assert ThingRows.tidied == ['one']
    assert ledger.rows.row('things', 'one')['deleted'] == 1


def test_a_commit_without_an_answer_that_took_effect_is_found_out(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.thing('one')
    commit = Transaction.commit

    def lose(self: Transaction) -> None:
        commit(self)
        raise DatabaseError('the connection was lost')

    monkeypatch.setattr(Transaction, 'commit', lose)
    applied, folder = ledger.remove('one')
    assert outcome(applied).result is Result.REMOVED
    assert [each.state for each in undone(folder)] == [State.FINISHED]


def test_a_commit_without_an_answer_that_took_no_effect_is_tried_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.thing('one')
    commit, lost = Transaction.commit, []

    def lose_once(self: Transaction) -> None:
        if not lost:
            lost.append(1)
            raise DatabaseError('the connection was lost')
        commit(self)

    monkeypatch.setattr(Transaction, 'commit', lose_once)
    applied, folder = ledger.remove('one')
    assert outcome(applied).result is Result.REMOVED
    assert [each.state for each in undone(folder)] == [State.ROLLED_BACK, State.FINISHED]
