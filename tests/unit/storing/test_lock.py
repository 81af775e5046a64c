"""One run at a time for each cloud."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from orphancleanup.errors import ConfigurationError, LockedError
from orphancleanup.model import CloudIdentity
from orphancleanup.storing import lock
from orphancleanup.testing import FakeClock

CLOUD = CloudIdentity('http://cloud/v3', 'RegionOne', 'user', 'project', 'f00d')
OTHER = CloudIdentity('http://cloud/v3', 'RegionOne', 'user', 'project', 'beef')
HOLDER = """
import sys
from orphancleanup.storing import lock
from orphancleanup.model import CloudIdentity
from orphancleanup.testing import FakeClock
with lock.hold(CloudIdentity('', '', '', '', 'f00d'), 'first-run', FakeClock()):
    print('held', flush=True)
    sys.stdin.read()
"""


def test_a_second_run_is_told_who_has_the_lock() -> None:
    with lock.hold(CLOUD, 'first-run', FakeClock()):
        with (
            pytest.raises(
                LockedError, match=f'run first-run, process {os.getpid()}, since 2026-01-01T00:00:00'
            ),
            lock.hold(CLOUD, 'second-run', FakeClock()),
        ):
            pass
        with lock.hold(OTHER, 'on another cloud', FakeClock()):
            pass
    with lock.hold(CLOUD, 'second-run', FakeClock()):
        pass


def test_an_error_in_the_run_lets_go() -> None:
    with pytest.raises(ZeroDivisionError), lock.hold(CLOUD, 'first-run', FakeClock()):
        raise ZeroDivisionError
    with lock.hold(CLOUD, 'second-run', FakeClock()):
        pass


def test_a_killed_run_leaves_no_lock() -> None:
    holder = subprocess.Popen([sys.executable, '-c', HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b'held\n'
        with (
            pytest.raises(LockedError, match=f'process {holder.pid}'),
            lock.hold(CLOUD, 'second-run', FakeClock()),
        ):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with lock.hold(CLOUD, 'second-run', FakeClock()):
            pass


def test_a_lock_that_says_nothing_yet_is_still_a_lock(tmp_path: Path) -> None:
    with lock.hold(CLOUD, 'first-run', FakeClock(), tmp_path):
        (tmp_path / 'f00d.lock').write_text('')
        with (
            pytest.raises(LockedError, match='has just begun'),
            lock.hold(CLOUD, 'second-run', FakeClock(), tmp_path),
        ):
            pass


def test_a_lock_file_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / 'file').touch()
    with (
        pytest.raises(ConfigurationError, match='cannot be made'),
        lock.hold(CLOUD, 'run', FakeClock(), tmp_path / 'file'),
    ):
        pass


@pytest.mark.parametrize('function', ['ftruncate', 'pwrite'])
def test_a_lock_that_finds_no_room_is_a_sentence_and_lets_go(
    monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, 'No space left on device')

    with monkeypatch.context() as disk:
        disk.setattr(os, function, full)
        with pytest.raises(ConfigurationError, match='No space left on device; nothing was removed'):
            lock.hold(CLOUD, 'run', FakeClock()).__enter__()
    with lock.hold(CLOUD, 'second-run', FakeClock()):
        pass


def test_an_error_of_the_run_is_not_taken_for_the_lock_s() -> None:
    with pytest.raises(OSError, match='mine'), lock.hold(CLOUD, 'run', FakeClock()):
        raise OSError(28, 'mine')


def test_runs_with_another_state_folder_do_not_see_the_lock(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with lock.hold(CLOUD, 'first-run', FakeClock()):
        monkeypatch.setenv('XDG_STATE_HOME', str(tmp_path / 'elsewhere'))
        with lock.hold(CLOUD, 'second-run', FakeClock()):
            pass
    assert 'do not see this lock' in ' '.join(str(lock.__doc__).split())
