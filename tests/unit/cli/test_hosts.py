"""``host scan`` and ``host sudoers`` as a user sees them."""

import json
import os
from pathlib import Path

import pytest

from orphancleanup.errors import Unreachable
from orphancleanup.plugins.threepar_lun.host import opened, program
from tests.unit.plugins.threepar_lun.host.fake_host import READY, WWID, FakeHost

CONFIGURATION = '[3par]\nhosts = compute8, compute9\nhost_command = sudo -n /opt/orphancleanup-host\n'


@pytest.fixture
def fake(tmp_path: Path) -> FakeHost:
    """Return the one host that all names lead to."""
    return FakeHost(tmp_path / 'fake')


@pytest.fixture
def asked(fake: FakeHost, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let the fake host answer; return which hosts were asked, and by which command."""
    hosts: list[str] = []

    class Way:
        def __init__(self, ssh: opened.Ssh) -> None:
            self.command = ssh.command

        def ask(self, host: str, command: str, question: object = None) -> object:
            hosts.append(f'{host}: {self.command} {command}')
            if host == 'silent':
                raise Unreachable('Host silent cannot be reached with ssh: no route')
            return program.answer(fake.host, command, {})

    monkeypatch.setattr(opened, 'Ways', Way)
    return hosts


def test_map_is_a_row_and_what_does_not_work_is_work_left(run, fake, asked):
    fake.add_lun()
    fake.states['sda'] = READY
    ended = run('host', 'scan', '-f', 'json')
    (row,) = json.loads(ended.out)
    assert ended.code == 4
    assert (row['wwid'], row['wwn']) == (WWID, '60002AC00000000000000BEF00002DE4')
    assert (row['working'], row['faulty'], row['in_use_by']) == (1, 1, [])
    assert row['paths'][1] == '1:0:0:0 sdb 8:16 failed faulty running'
    assert asked == [f'{os.uname().nodename}: orphancleanup-host scan']


def test_maps_whose_paths_work_leave_nothing(run, fake, asked):
    fake.add_lun()
    fake.states.update(sda=READY, sdb=READY)
    assert run('host', 'scan').code == 0
    assert asked


def test_hosts_are_those_that_are_named_and_those_that_are_configured(run, fake, asked, alone):
    (alone / 'conf').write_text(CONFIGURATION)
    assert run('--config-file', str(alone / 'conf'), 'host', 'scan', 'compute1', '--configured').code == 0
    command = 'sudo -n /opt/orphancleanup-host scan'
    assert sorted(asked) == [f'{host}: {command}' for host in ('compute1', 'compute8', 'compute9')]


def test_one_host_that_does_not_answer_is_an_error_and_no_empty_list(run, fake, asked):
    ended = run('host', 'scan', 'compute1', 'silent')
    assert (ended.code, ended.out) == (1, '')
    assert 'Host silent cannot be reached with ssh: no route' in ended.err


def test_sudoers_lines_are_printed_as_they_are(run):
    ended = run(
        'host', 'sudoers', '--account', 'cleanup', '--program', '/usr/bin/orphancleanup-host', '-f', 'value'
    )
    assert ended.code == 0
    assert ended.out.splitlines()[1] == 'cleanup ALL=(root) NOPASSWD: /usr/bin/orphancleanup-host scan'


def test_sudoers_refuse_what_would_mean_something_else(run):
    ended = run('host', 'sudoers', '--account', 'ALL', '--program', '/x')
    assert (ended.code, ended.out) == (2, '')


def test_no_cloud_is_asked(run, house, asked):
    run('host', 'scan')
    assert house.cloud.requests == []
