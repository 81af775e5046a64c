"""The commands: a fixed table, run without a shell, and given up when they hang."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.plugins.threepar_lun.host import tools
from orphancleanup.plugins.threepar_lun.host.tools import Programs, Tool


def test_table_is_the_one_that_was_measured() -> None:
    assert [' '.join(tool.arguments('mpatha')) for tool in Tool] == [
        'multipathd show maps json',
        'multipath -ll',
        'dmsetup info -c --noheadings -o open mpatha',
        'dmsetup table mpatha',
        'multipathd disablequeueing map mpatha',
        'dmsetup message mpatha 0 fail_if_no_path',
        'dmsetup message mpatha 0 queue_if_no_path',
        'multipathd restorequeueing map mpatha',
        'multipath -f mpatha',
    ]


@given(st.text())
def test_name_is_one_whole_argument_or_refused(name: str) -> None:
    if tools.is_harmless(name):
        assert Tool.FLUSH.arguments(name) == ('multipath', '-f', name)
        assert not name.startswith('-')
    else:
        with pytest.raises(ValueError, match='of a map is none'):
            Tool.FLUSH.arguments(name)


@pytest.mark.parametrize('name', ['', '-F', 'a b', 'a;b', '$(x)', '../x', 'ä', 'a\n'])
def test_strange_names_are_refused(name: str) -> None:
    assert not tools.is_harmless(name)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Return what puts a program of some name where it is looked for."""

    def make(name: str, text: str) -> None:
        (tmp_path / name).write_text(f'#!/bin/sh\n{text}\n')
        (tmp_path / name).chmod(0o755)

    monkeypatch.setattr(tools, 'SEARCH_PATH', f'{tmp_path}:/usr/bin:/bin')
    return make


def test_output_and_complaint_are_kept_apart(program) -> None:
    program('multipath', 'echo "$# $1 $2"; echo oh >&2; exit 3')
    assert Programs().run(Tool.FLUSH, 'mpatha') == tools.Ended(3, '2 -f mpatha\n', 'oh')


def test_environment_of_the_caller_is_not_theirs(program, monkeypatch) -> None:
    monkeypatch.setenv('MULTIPATH_EVIL', 'x')
    program('multipathd', 'env')
    assert 'MULTIPATH_EVIL' not in Programs().run(Tool.SHOW_MAPS).output


def test_program_that_hangs_is_given_up(program) -> None:
    program('multipath', 'exec sleep 60')
    ended = Programs(0.3).run(Tool.LIST)
    assert (ended.code, ended.complaint) == (-1, 'multipath -ll did not end within 0.3 seconds')


def test_program_that_is_missing_is_said(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tools, 'SEARCH_PATH', str(tmp_path))
    assert Programs().run(Tool.LIST) == tools.Ended(
        -1, '', 'multipath cannot be run: No such file or directory'
    )
