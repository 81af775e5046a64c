"""Runs are found by what people type."""

import json
import re
import stat
from pathlib import Path

import pytest

from orphancleanup.errors import ConfigurationError, JournalError, UsageError
from orphancleanup.storing import run_folder
from orphancleanup.storing.run_folder import RunFolder, list_runs
from orphancleanup.testing import FakeClock


def test_a_run_has_a_private_folder_named_by_its_time() -> None:
    run = RunFolder.create(FakeClock())
    assert re.fullmatch(r'20260101T000000Z-[0-9a-f]{4}', run.run_id)
    assert run.path.parent == run_folder.state_folder() / 'runs'
    for folder in (run.path, run.path.parent, run.path.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in (run.plan, run.journal, run.report)] == [
        'plan.json',
        'journal.jsonl',
        'report.json',
    ]


def test_two_runs_of_one_second_have_two_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(['aaaa', 'aaaa', 'bbbb'])
    monkeypatch.setattr(run_folder.secrets, 'token_hex', lambda _: next(numbers))
    clock = FakeClock()
    assert [RunFolder.create(clock, tmp_path).run_id[-4:] for _ in range(2)] == ['aaaa', 'bbbb']


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / 'runs'
    for name in ('20260101T000000Z-aaaa', '20260102T000000Z-aaaa', '20260102T000000Z-bbbb', 'lost+found'):
        (root / name).mkdir(parents=True)
    (root / '20260103T000000Z-cccc').touch()
    return root


def test_runs_are_listed_oldest_first(root: Path) -> None:
    assert [run.run_id for run in list_runs(root)] == [
        '20260101T000000Z-aaaa',
        '20260102T000000Z-aaaa',
        '20260102T000000Z-bbbb',
    ]
    assert list_runs(root / 'nowhere') == ()


@pytest.mark.parametrize(
    ('typed', 'found'),
    [('latest', '20260102T000000Z-bbbb'), ('20260101', '20260101T000000Z-aaaa'),
     ('20260102T000000Z-bbbb', '20260102T000000Z-bbbb')],
)  # fmt: skip
def test_a_unique_beginning_is_enough(root: Path, typed: str, found: str) -> None:
    assert RunFolder.find(typed, root).run_id == found


@pytest.mark.parametrize(
    'typed', ['', '../runs', '/', '.', 'lost+found', '20260103T000000Z-cccc', '2027', '*']
)
def test_what_is_no_run_is_not_found(root: Path, typed: str) -> None:
    with pytest.raises(UsageError, match='There is no run'):
        RunFolder.find(typed, root)


def test_an_ambiguous_beginning_names_the_runs(root: Path) -> None:
    with pytest.raises(UsageError, match=r'2 runs begin with .*20260102T000000Z-aaaa, 20260102T000000Z-bbbb'):
        RunFolder.find('20260102', root)


def test_there_is_no_latest_run_before_the_first(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match='no run'):
        RunFolder.find('latest', tmp_path)


def test_a_relative_state_home_is_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('XDG_STATE_HOME', 'relative')
    monkeypatch.setenv('HOME', str(tmp_path))
    assert run_folder.state_folder() == tmp_path / '.local' / 'state' / 'orphancleanup'


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    with pytest.raises(ConfigurationError, match='XDG_STATE_HOME'):
        RunFolder.create(FakeClock(), tmp_path / 'file' / 'runs')


def test_what_is_set_aside_cannot_leave_the_folder_nor_take_the_place_of_its_own_files(
    tmp_path: Path,
) -> None:
    run = RunFolder.create(FakeClock(), tmp_path)
    for name in ('plan', 'report', '../../escape', '/etc/passwd', '', 'x' * 300, 'a\x00b'):
        path = run.set_aside(name, {'name': name})
        assert path.parent == run.path
        assert path.name.startswith('kept-')
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert json.loads(path.read_text()) == {'name': name}


def test_what_was_set_aside_is_never_replaced(tmp_path: Path) -> None:
    run = RunFolder.create(FakeClock(), tmp_path)
    paths = [run.set_aside('stack', number) for number in range(3)]
    assert [json.loads(each.read_text()) for each in paths] == [0, 1, 2]


def test_what_cannot_be_set_aside_is_told(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / 'gone')
    with pytest.raises(JournalError, match='the step that needs it was not taken'):
        run.set_aside('stack', {})
