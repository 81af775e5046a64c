"""What the program ends with: its exit code is its own, whoever tries to end it, and whether anybody can be told."""

import errno
import os
import re
import subprocess
import sys

import pytest

from orphancleanup.cli import main
from orphancleanup.clouds import connect
from orphancleanup.errors import ConfigurationError
from orphancleanup.installed import registry
from orphancleanup.storing import run_folder
from tests.unit.cli.conftest import Terminal
from tests.unit.cli.test_cleanup import EVERYTHING, left
from tests.unit.storehouse import Things

APPLY = (*EVERYTHING, '--yes-remove')
DRY_RUN = (*EVERYTHING, '--dry-run')
PROGRAM = (sys.executable, '-m', 'orphancleanup.cli.main')


def ends(*_, **__):
    sys.exit(0)


@pytest.mark.parametrize('argv', [DRY_RUN, APPLY])
def test_a_listing_that_ends_the_program_is_a_kind_that_could_not_be_read(run, house, monkeypatch, argv):
    house.thing('t1')
    monkeypatch.setattr(Things, 'discover', ends)
    ended = run(*argv)
    assert ended.code == 4
    assert 'Could not be read: thing: the handler of thing in tests 1.0 failed while listing' in ended.err
    assert 'it ends the program with SystemExit(0)' in ended.err


def test_a_ladder_that_ends_the_program_costs_its_entry(run, house, monkeypatch):
    house.thing('t1')
    house.bit('b1')
    monkeypatch.setattr(Things, 'ladder', ends)
    assert run(*APPLY).code == 4
    assert left(house) == ['t1']
    assert not house.bits.items


def test_a_step_that_ends_the_program_costs_its_entry(run, house, monkeypatch):
    house.thing('t1')
    monkeypatch.setattr(Things, 'delete', ends)
    ended = run(*APPLY)
    assert ended.code == 4
    assert 'not removed: delete: the program could not do it' in ended.out


class Full(Terminal):
    """A stream that takes nothing more."""

    def isatty(self):
        return False

    def write(self, text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    flush = close = lambda self: None


@pytest.mark.parametrize(
    ('argv', 'code'), [(('cleanup',), 2), (('run', 'show', 'latest'), 2), (DRY_RUN, 4), (('-q', *APPLY), 0)]
)
def test_that_nobody_can_be_told_changes_no_exit_code(run, house, monkeypatch, argv, code):
    house.thing('t1')
    monkeypatch.setattr(sys, 'stderr', Full())
    assert run(*argv).code == code


@pytest.mark.parametrize('unbuffered', ['', '1'])
def test_a_full_disk_behind_stderr_leaves_the_exit_code_of_an_error(tmp_path, unbuffered):
    environment = {**os.environ, 'HOME': str(tmp_path), 'PYTHONUNBUFFERED': unbuffered}
    with open('/dev/full', 'w') as full:
        ended = subprocess.run([*PROGRAM, 'cleanup'], stderr=full, env=environment, check=False)
    assert ended.returncode == 2


def test_a_plan_that_cannot_be_shown_is_not_agreed_to(run, house, monkeypatch):
    house.thing('t1')
    monkeypatch.setattr(Terminal, 'write', Full.write)
    assert run(*EVERYTHING, answer='cloud').code == 1
    assert left(house) == ['t1']


@pytest.mark.parametrize('argv', [DRY_RUN, APPLY, ('explain', 'thing:t1')])
def test_a_result_does_not_begin_in_the_line_of_the_progress(run, house, monkeypatch, argv):
    house.thing('t1')
    screen = Terminal()
    for name in ('stdout', 'stderr'):
        monkeypatch.setattr(sys, name, screen)
    main.main(argv)
    shown = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', screen.getvalue())
    assert 'Reading the cloud' in shown
    rules = [line for line in shown.splitlines() if '+---' in line]
    assert rules
    assert all(line.startswith('+---') for line in rules)


@pytest.fixture
def homeless(monkeypatch):
    """Let the account have no home, as one has in a container that is started with any number as its user."""
    monkeypatch.delenv('HOME')
    monkeypatch.delenv('XDG_STATE_HOME', raising=False)
    monkeypatch.setattr('pwd.getpwuid', lambda uid: (_ for _ in ()).throw(KeyError(uid)))


@pytest.mark.parametrize('argv', [('run', 'list'), APPLY])
def test_an_account_without_a_home_is_told_so(run, house, homeless, argv):
    house.thing('t1')
    ended = run(*argv)
    assert ended.code == 1
    assert 'orphancleanup: This account has no home folder' in ended.err
    assert left(house) == ['t1']
    assert not run_folder.Path('.local').exists()


def test_a_width_in_the_environment_that_is_none_is_a_sentence(run, monkeypatch):
    monkeypatch.setenv('CLIFF_MAX_TERM_WIDTH', 'wide')
    ended = run('handler', 'list')
    assert ended.code == 2
    assert (
        "argument --max-width: 'wide' is no number of columns (it may come from CLIFF_MAX_TERM_WIDTH)"
        in ended.err
    )


def test_what_ends_the_program_inside_of_a_command_is_a_defect(run, monkeypatch):
    monkeypatch.setattr(registry, 'load', ends)
    ended = run('cleanup', '--dry-run', '--orphans')
    assert ended.code == 3
    assert 'a defect stopped the program (EndsProgram: it ends the program with SystemExit(0))' in ended.err


def test_what_the_sdk_says_of_an_account_without_a_home_is_told_in_our_words(run, homeless, monkeypatch):
    def opened(*_, **__):
        raise RuntimeError("could not determine the home directory for '~/.config'")

    monkeypatch.setattr(connect, 'open_cloud', opened)
    ended = run(*DRY_RUN)
    assert ended.code == 1
    assert 'This account has no home folder: set HOME to a folder that it may write to.' in ended.err


def test_a_script_of_an_account_without_a_home_is_told_so(homeless):
    with pytest.raises(ConfigurationError, match='no home folder to keep its runs in: set XDG_STATE_HOME'):
        run_folder.state_folder()
