"""What a run has changed in databases is put back, or all of it is left alone."""

import json
from pathlib import Path

import pytest

from orphancleanup.errors import JournalError, LockedError, PlanError, UsageError
from orphancleanup.model import Ref
from orphancleanup.rescue import undo_file
from orphancleanup.rescue.undo_file import State
from orphancleanup.runs import databases
from orphancleanup.settings import DatabaseSettings
from orphancleanup.storing import lock, plan_file
from orphancleanup.storing.run_folder import RunFolder
from tests.unit.rescue.ledger import Ledger

EVERYTHING: frozenset[Ref] = frozenset()


def undo(
    ledger: Ledger, folder: RunFolder, refs: frozenset[Ref] = EVERYTHING
) -> tuple[databases.Undone, ...]:
    settings = DatabaseSettings(ledger.connections)
    return databases.undo(settings, folder, refs, ledger.house.cloud.clock)


@pytest.fixture
def before(ledger: Ledger) -> dict[str, str]:
    for name in ('one', 'two'):
        ledger.thing(name, ('Unknown::Type', f'of-{name}'))
    return ledger.rows.sums()


@pytest.fixture
def folder(ledger: Ledger, before: dict[str, str]) -> RunFolder:
    _, folder = ledger.remove('one', 'two')
    assert ledger.rows.sums() != before
    return folder


def states(folder: RunFolder) -> list[State]:
    return [each.state for each in undo_file.read(folder.path / undo_file.NAME)]


def test_everything_is_put_back_as_it_was(ledger: Ledger, folder: RunFolder, before: dict[str, str]) -> None:
    undone = undo(ledger, folder)
    assert [each.is_restored for each in undone] == [True, True]
    assert ledger.rows.sums() == before
    assert states(folder) == [State.UNDONE, State.UNDONE]


def test_one_resource_is_put_back_alone(ledger: Ledger, folder: RunFolder) -> None:
    undo(ledger, folder, frozenset({Ref('thing', 'one')}))
    assert [row['deleted'] for row in ledger.rows.all('things')] == [0, 1]


def test_what_was_put_back_is_not_put_back_again(ledger: Ledger, folder: RunFolder) -> None:
    undo(ledger, folder)
    with pytest.raises(UsageError, match='all of it was restored'):
        undo(ledger, folder)


def test_a_resource_that_the_run_has_not_changed_is_refused(ledger: Ledger, folder: RunFolder) -> None:
    with pytest.raises(UsageError, match='nothing of thing:three'):
        undo(ledger, folder, frozenset({Ref('thing', 'three')}))


def test_rows_that_have_changed_since_keep_all_of_their_step(ledger: Ledger, folder: RunFolder) -> None:
    ledger.rows.change('things', 'one', secret='another')
    after = ledger.rows.sums()
    (undone,) = undo(ledger, folder, frozenset({Ref('thing', 'one')}))
    assert not undone.is_restored
    assert 'things one has changed since' in undone.text
    assert ledger.rows.sums() == after
    assert State.UNDONE not in states(folder)


def test_a_deleted_row_whose_key_somebody_else_has_now_is_not_overwritten(
    ledger: Ledger, folder: RunFolder
) -> None:
    ledger.rows.put('parts', id=1, thing_id='another', kind='k', physical='p')
    (undone,) = undo(ledger, folder, frozenset({Ref('thing', 'one')}))
    assert not undone.is_restored
    assert ledger.rows.row('things', 'one')['deleted'] == 1


def test_an_undo_that_was_killed_before_it_was_written_down_is_finished(
    ledger: Ledger, folder: RunFolder, before: dict[str, str]
) -> None:
    undo(ledger, folder)
    path = folder.path / undo_file.NAME
    kept = [line for line in path.read_text().splitlines(True) if json.loads(line)['event'] != 'undone']
    path.write_text(''.join(kept))
    assert [each.is_restored for each in undo(ledger, folder)] == [True, True]
    assert ledger.rows.sums() == before


def test_a_run_at_work_on_the_cloud_is_not_disturbed(ledger: Ledger, folder: RunFolder) -> None:
    cloud = plan_file.read(folder.plan).cloud
    with lock.hold(cloud, 'other', ledger.house.cloud.clock), pytest.raises(LockedError):
        undo(ledger, folder)


def test_what_an_earlier_release_has_changed_is_undone_by_a_later_one(
    ledger: Ledger, folder: RunFolder, before: dict[str, str]
) -> None:
    document = json.loads(folder.plan.read_text())
    folder.plan.write_text(json.dumps({**document, 'version': 1, 'entries': None}))
    undo(ledger, folder)
    assert ledger.rows.sums() == before


@pytest.mark.parametrize('text', ['', '{"cloud": {', '{"cloud": {"auth_url": "http://fake"}}'])
def test_without_its_cloud_a_run_is_not_undone(ledger: Ledger, folder: RunFolder, text: str) -> None:
    folder.plan.write_text(text)
    after = ledger.rows.sums()
    with pytest.raises(PlanError, match='which cloud the run worked on is not known'):
        undo(ledger, folder)
    assert ledger.rows.sums() == after


@pytest.mark.parametrize(
    'value', [{'decimal': 'many'}, {'datetime': 'noon'}, {'bytes': '?'}, {'set': '1'}, {}]
)
def test_a_row_that_could_not_be_put_back_is_a_broken_line(folder: RunFolder, value: object) -> None:
    path = folder.path / undo_file.NAME
    records = [json.loads(line) for line in path.read_text().splitlines()]
    prepared = next(each for each in records if each['event'] == 'prepared')
    prepared['changes'][0]['before']['id'] = value
    path.write_text(''.join(json.dumps(each) + '\n' for each in records))
    with pytest.raises(JournalError, match=r'Line 2 of the undo file .* is broken'):
        undo_file.read(path)


def test_a_run_without_database_steps_has_nothing_to_undo(ledger: Ledger) -> None:
    ledger.house.thing('plain')
    _, folder = ledger.remove('plain')
    with pytest.raises(UsageError, match='changed nothing in a database'):
        undo(ledger, folder)


def test_an_undo_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / undo_file.NAME
    path.write_text('{"event": "begin", "format": "orphancleanup-undo", "version": 2}\n')
    with pytest.raises(JournalError, match='another version'):
        undo_file.read(path)


def test_show_tells_what_would_be_changed_and_changes_nothing(ledger: Ledger, before: dict[str, str]) -> None:
    shown = databases.show(ledger.site(), Ref('thing', 'one'))
    assert ledger.rows.sums() == before
    assert [(each.row, each.effect) for each in shown] == [
        ('parts 1', 'the row is deleted'),
        ('things one', 'deleted: 0 -> 1'),
    ]
    assert shown[1].statement.startswith('UPDATE things SET deleted=')
    assert 'password' not in str(shown)


def test_show_tells_why_a_step_would_be_refused(ledger: Ledger, before: dict[str, str]) -> None:
    ledger.rows.change('things', 'one', project_id='beta')
    (shown,) = databases.show(ledger.site(), Ref('thing', 'one'))
    assert 'belongs to project beta' in shown.effect


def test_grants_are_what_the_fallbacks_have_declared_and_no_more(ledger: Ledger) -> None:
    settings = DatabaseSettings(ledger.connections)
    found = databases.grants(settings, ledger.registry(), 'clean@10.0.0.%', with_undo=False)
    assert [each.partition(' ON ')[0] for each in found] == [
        'GRANT SHOW VIEW',
        'GRANT SELECT, DELETE',
        'GRANT SELECT, UPDATE (`deleted`)',
    ]
    assert found[1].endswith(".`parts` TO 'clean'@'10.0.0.%';")


@pytest.mark.parametrize('account', ['nobody', "a'b@%", '@%', 'a@'])
def test_an_account_that_is_none_is_refused(ledger: Ledger, account: str) -> None:
    with pytest.raises(UsageError, match='no account'):
        databases.grants(DatabaseSettings(ledger.connections), ledger.registry(), account, with_undo=False)


def test_without_a_configured_database_there_are_no_grants(ledger: Ledger) -> None:
    with pytest.raises(UsageError, match=r'\[mysql-fallback\]'):
        databases.grants(DatabaseSettings(), ledger.registry(), 'a@%', with_undo=False)
