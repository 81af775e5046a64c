"""Processes are found and ended, whatever became of the command that started them."""

import os
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from lab import processes
from lab.errors import LabError
from lab.layout import Lab

# A started process is not waited for; it outlives the command.
pytestmark = pytest.mark.filterwarnings('ignore:subprocess \\d+ is still running:ResourceWarning')

SLEEPER = (sys.executable, '-c', 'import time; time.sleep(60)')
STUBBORN = (
    'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)'
)
PARENT = 'import subprocess, sys; subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])'


@pytest.fixture(autouse=True)
def swept(paper_lab: Lab) -> Iterator[None]:
    """Leave nothing behind."""
    yield
    processes.stop_all(paper_lab.root)


def _command(name: str, *arguments: str) -> processes.Command:
    return processes.Command(name, arguments or SLEEPER, os.environ)


def _eventually(condition: Callable[[], object]) -> bool:
    end = time.monotonic() + 5
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(condition())


def test_started_process_is_found_by_name(paper_lab: Lab) -> None:
    pid = processes.start(paper_lab, _command('nova'))
    assert [(each.pid, each.name) for each in processes.find(paper_lab.root)] == [(pid, 'nova')]
    assert processes.is_alive(paper_lab.root, 'nova')


def test_process_without_pid_file_is_found_and_ended(paper_lab: Lab) -> None:
    processes.start(paper_lab, _command('nova'))
    (paper_lab.run / 'nova.pid').unlink()
    assert _eventually(lambda: [each.name for each in processes.find(paper_lab.root)] == ['nova'])
    assert processes.stop_all(paper_lab.root) == 1
    assert not processes.find(paper_lab.root)


def test_child_of_a_dead_parent_is_ended(paper_lab: Lab) -> None:
    processes.run(paper_lab, _command('nova', sys.executable, '-c', PARENT))
    assert processes.stop_all(paper_lab.root) == 1
    assert not processes.find(paper_lab.root)


def test_stubborn_process_is_killed(paper_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, 'TERM_GRACE', 0.2)
    processes.start(paper_lab, _command('nova', sys.executable, '-c', STUBBORN))
    assert _eventually(lambda: (paper_lab.log / 'nova.log').read_bytes())
    processes.stop_all(paper_lab.root)
    assert not processes.find(paper_lab.root)


def test_another_lab_s_processes_are_left_alone(paper_lab: Lab) -> None:
    processes.start(paper_lab, _command('nova'))
    assert processes.stop_all(paper_lab.root.with_name('la')) == 0
    assert processes.is_alive(paper_lab.root, 'nova')


def test_reused_pid_is_not_taken_for_ours(paper_lab: Lab) -> None:
    (paper_lab.run / 'nova.pid').write_text(f'{os.getppid()} 1\n')
    assert not processes.is_alive(paper_lab.root, 'nova')
    assert not processes.find(paper_lab.root)


def test_failed_command_is_said_with_its_log(paper_lab: Lab) -> None:
    with pytest.raises(
        LabError, match=r'^nova-install failed \(exit 3\); its output is in .*nova-install\.log\.$'
    ):
        processes.run(paper_lab, _command('nova-install', sys.executable, '-c', 'raise SystemExit(3)'))
