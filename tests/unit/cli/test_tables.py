"""How wide tables are, and where their summary comes."""

import argparse
import fcntl
import io
import os
import pty
import struct
import termios

import pytest

from orphancleanup.cli import tables
from tests.unit.cli.conftest import Terminal

LONG = 'tempest-GroupSnapshotsTest-group-snapshot-2545897947-' * 3


@pytest.fixture
def terminal():
    """Return a function that opens a terminal so many columns wide."""
    opened = []

    def terminal(columns):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
        opened.append(leader)
        stream = os.fdopen(follower, 'w')
        opened.append(stream)
        return stream

    yield terminal
    for each in opened:
        os.close(each) if isinstance(each, int) else each.close()


@pytest.mark.parametrize(('columns', 'taken'), [(60, 80), (80, 80), (100, 100), (120, 120), (300, 120)])
def test_the_terminal_is_measured(terminal, monkeypatch, columns, taken):
    monkeypatch.delenv('COLUMNS', raising=False)
    assert tables.columns_of(terminal(columns)) == taken


def test_without_a_terminal_a_table_is_120_columns_wide_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv('COLUMNS', raising=False)
    assert tables.columns_of(io.StringIO()) == 120
    monkeypatch.setenv('COLUMNS', '90')
    assert tables.columns_of(io.StringIO()) == 90
    monkeypatch.setenv('COLUMNS', 'wide')
    assert tables.columns_of(io.StringIO()) == 120
    assert tables.limit_of(io.StringIO(), argparse.Namespace(max_width=200)) == 200


@pytest.mark.parametrize('columns', ['80', '100', '120'])
def test_dry_run_plan_and_result_fit(run, house, monkeypatch, columns):
    monkeypatch.setenv('COLUMNS', columns)
    house.thing('t1')['name'] = LONG
    house.thing('t2', tags=['orphancleanup:keep'])['name'] = '名' * 100
    for line in (('--dry-run',), ('--yes-remove',)):
        ended = run('cleanup', '--everything', *line)
        shown = (ended.out + ended.err).splitlines()
        assert all(len(text) <= int(columns) for text in shown if text.startswith(('|', '+')))
        assert LONG not in ended.out


def test_long_shows_every_column_and_shortens_nothing(run, house):
    house.thing('t1')['name'] = LONG
    ended = run('cleanup', '--everything', '--dry-run', '--long')
    head, row = (line for line in ended.out.splitlines() if line.startswith('|'))
    assert [cell.strip() for cell in head.strip('|').split('|')] == [
        'Kind',
        'ID',
        'Name',
        'Project',
        'Decision',
        'Why',
    ]
    assert LONG in row
    assert 'selected by --everything' in row


def test_columns_that_are_asked_for_are_columns_and_no_headings(run, house):
    house.thing('t1')
    ended = run('cleanup', '--everything', '--dry-run', '-c', 'Kind', '-c', 'Project', '-c', 'Decision')
    assert '| thing | alpha   | remove   |' in ended.out


def test_codes_are_words_in_a_table_and_hyphened_elsewhere(run, house):
    house.thing('t1')
    house.bit('b1', hangs_on=['t1'])
    run('cleanup', '--dry-run', '--everything', '--plan-file', 'plan.json')
    house.things.remove('t1')
    house.bits.remove('b1')
    assert 'already gone' in run('cleanup', '--plan', 'plan.json', '--yes-remove').out
    assert 'already-gone' in run('cleanup', '--plan', 'plan.json', '--yes-remove', '-f', 'csv').out


def test_the_summary_comes_below_the_table(run, house, monkeypatch):
    house.thing('t1')
    shown = io.StringIO()
    monkeypatch.setattr('sys.stdout', shown)
    monkeypatch.setattr('sys.stderr', shown)
    run('cleanup', '--everything', '--dry-run')
    assert shown.getvalue().index('| thing') < shown.getvalue().index('1 resource seen')


def test_the_summary_of_a_plan_is_between_the_plan_and_the_question(run, house):
    house.thing('t1')
    told = run('cleanup', '--everything', answer='no').err
    assert (
        told.index('| thing') < told.index('To remove from project alpha: 1') < told.index('To go on, type')
    )


def test_a_summary_is_told_even_when_the_command_fails_afterwards(run, house, monkeypatch):
    house.thing('t1')
    monkeypatch.setattr('orphancleanup.cli.modes._verdict_rows', lambda *_: 1 / 0)
    ended = run('cleanup', '--everything', '--dry-run')
    assert ended.code == 3
    assert ended.err.index('1 resource seen') < ended.err.index('a defect stopped')


def test_a_bare_command_in_a_terminal_teaches_the_first_three(run, monkeypatch):
    shown = Terminal()
    monkeypatch.setattr('sys.stdout', shown)
    assert run().code == 0
    lines = [line.strip() for line in shown.getvalue().splitlines() if line.startswith('  orphancleanup')]
    assert lines == [
        'orphancleanup --os-cloud NAME cleanup --init-saved-state',
        'orphancleanup --os-cloud NAME cleanup --dry-run --preserve-state',
        'orphancleanup --os-cloud NAME cleanup --preserve-state',
    ]
    assert all(len(line) <= 80 for line in shown.getvalue().splitlines())
    monkeypatch.setenv('OS_CLOUD', 'lab')
    shown.truncate(0)
    run()
    assert '--os-cloud' not in shown.getvalue()


def test_an_explanation_fits_too_and_shows_nothing_that_is_empty(run, house, monkeypatch):
    monkeypatch.setenv('COLUMNS', '80')
    house.thing('t1')['name'] = LONG
    house.bit('b1', hangs_on=['t1'])['name'] = 'a word ' * 30
    ended = run('explain', 'thing:t1')
    assert all(len(line) == len(ended.out.splitlines()[0]) <= 80 for line in ended.out.splitlines())
    assert '| owners' not in ended.out
    assert '| owners |' in run('explain', 'thing:t1', '-c', 'owners').out
