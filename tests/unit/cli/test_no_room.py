"""No room on the disk, wherever it shows first, ends as one sentence with exit code 1, and nothing is lost."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orphancleanup.storing import run_folder
from tests.unit.cli.test_cleanup import EVERYTHING, left, table

REASONS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)
APPLY = (*EVERYTHING, '--yes-remove')


def failing(name: str, reason: int, part: str = '', after: int = 0):
    """Return a function of ``os`` that fails when one of its arguments has ``part`` in it."""
    original, left_alone = getattr(os, name), [after]

    def fail(*args, **options):
        if not any(part in str(arg) for arg in args):
            return original(*args, **options)
        if left_alone[0]:
            left_alone[0] -= 1
            return original(*args, **options)
        raise OSError(reason, os.strerror(reason))

    return fail


def refused(ended, sentence, reason):
    (line,) = [line for line in ended.err.splitlines() if line.startswith('orphancleanup: ')]
    assert sentence in line
    assert os.strerror(reason) in line
    assert ended.code == 1


@pytest.mark.parametrize('reason', REASONS)
@pytest.mark.parametrize(
    ('function', 'part', 'sentence'),
    [
        ('mkdir', 'runs', 'No folder for the run can be made in '),
        ('open', '.lock', 'The lock '),
        ('ftruncate', '', 'The lock '),
        ('pwrite', 'run_id', 'The lock '),
        ('link', 'plan.json', 'The plan of the run cannot be written to '),
        ('fsync', '', 'No folder for the run can be made in '),
        ('open', 'journal.jsonl', 'The journal '),
        ('write', 'start', 'The journal '),
        ('fdatasync', '', 'The journal '),
    ],
)
def test_an_apply_without_room_removes_nothing(run, house, monkeypatch, reason, function, part, sentence):
    house.thing('t1')
    with monkeypatch.context() as disk:
        disk.setattr(os, function, failing(function, reason, part))
        ended = run(*APPLY)
    refused(ended, sentence, reason)
    assert left(house) == ['t1']
    assert ended.out == ''


@pytest.mark.parametrize('function', ['write', 'fdatasync'])
@pytest.mark.parametrize('after', [1, 2, 3])
def test_a_journal_that_finds_no_room_in_the_middle_ends_the_run_and_says_how_to_go_on(
    run, house, monkeypatch, function, after
):
    for number in range(3):
        house.thing(f't{number}', project_id=f'p{number}')
    with monkeypatch.context() as disk:
        disk.setattr(os, function, failing(function, errno.ENOSPC, after=after))
        ended = run(*APPLY)
    refused(ended, 'The journal ', errno.ENOSPC)
    (folder,) = run_folder.list_runs()
    assert f'go on with it: orphancleanup run resume {folder.run_id}' in ended.err
    assert run('run', 'resume', 'latest', '--yes-remove').code == 0
    assert left(house) == []


@pytest.mark.parametrize('reason', REASONS)
@pytest.mark.parametrize(
    ('line', 'function'),
    [
        (('cleanup', '--init-saved-state'), 'link'),
        (('cleanup', '--init-saved-state'), 'fsync'),
        (('cleanup', '--dry-run', '--everything', '--plan-file', 'p.json'), 'link'),
        (('cleanup', '--dry-run', '--everything', '--report-file', 'r.json'), 'link'),
    ],
)
def test_a_file_that_finds_no_room_is_a_sentence(run, house, alone, monkeypatch, reason, line, function):
    house.thing('t1')
    with monkeypatch.context() as disk:
        disk.setattr(os, function, failing(function, reason))
        ended = run(*line)
    refused(ended, ' cannot be written', reason)
    assert not [path for path in alone.iterdir() if path.suffix == '.json']


def test_a_report_that_finds_no_room_does_not_hide_what_was_done(run, house, monkeypatch):
    house.thing('t1')
    with monkeypatch.context() as disk:
        disk.setattr(os, 'replace', failing('replace', errno.ENOSPC))
        ended = run(*APPLY)
    refused(ended, 'report.json cannot be written', errno.ENOSPC)
    assert ['removed'] in table(ended.out)


def test_a_result_that_finds_no_room_is_a_sentence(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith('OS_')}
    environment |= {'HOME': str(tmp_path), 'XDG_STATE_HOME': str(tmp_path)}
    with open('/dev/full', 'w') as full:
        ended = subprocess.run(
            [sys.executable, '-m', 'orphancleanup.cli.main', 'handler', 'list'],
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            check=False,
        )
    assert ended.stderr == (
        'orphancleanup: The result cannot be written: No space left on device; make room for it.\n'
    )
    assert ended.returncode == 1
