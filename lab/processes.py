"""The lab's processes: start, find and stop them, also when an earlier command was killed."""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from lab.errors import LabError
from lab.layout import Lab

# Every process of a lab carries these in its environment, so that it is found without a pid file.
LAB_MARK = 'ORPHANCLEANUP_LAB'
NAME_MARK = 'ORPHANCLEANUP_LAB_SERVICE'

PAGE_SIZE = os.sysconf('SC_PAGE_SIZE')
TERM_GRACE = 5.0
DATABASE_GRACE = 30.0


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the lab.

    :ivar pid: its process id.
    :ivar name: the service it belongs to.
    :ivar memory: its resident set in bytes.
    """

    pid: int
    name: str
    memory: int


def marks(lab_root: Path, name: str) -> dict[str, str]:
    """Return the environment variables that mark a process as this lab's."""
    return {LAB_MARK: str(lab_root), NAME_MARK: name}


@dataclass(frozen=True, slots=True)
class Command:
    """What to start.

    :ivar name: the service it is, or the step of the installation.
    :ivar arguments: program and arguments.
    :ivar variables: its whole environment; the marks are added.
    :ivar user: the unprivileged user it runs as, or None for the caller.
    """

    name: str
    arguments: Sequence[str]
    variables: Mapping[str, str]
    user: str | None = None


def start(lab: Lab, command: Command) -> int:
    """Start a process in a session of its own, its output going to ``log/NAME.log``.

    :param lab: the lab it belongs to.
    :param command: what to start.
    :returns: its process id, also written to ``run/NAME.pid``.
    """
    with (lab.log / f'{command.name}.log').open('ab') as output:
        process = subprocess.Popen(command.arguments, **_settings(lab, command, output))
    (lab.run / f'{command.name}.pid').write_text(f'{process.pid} {_started(process.pid)}\n')
    return process.pid


def run(lab: Lab, command: Command) -> None:
    """Run a command to its end, its output going to ``log/NAME.log``.

    :raises LabError: with the log's path, if it fails.
    """
    log = lab.log / f'{command.name}.log'
    with log.open('ab') as output:
        done = subprocess.run(command.arguments, check=False, **_settings(lab, command, output))
    if done.returncode:
        raise LabError(f'{command.name} failed (exit {done.returncode}); its output is in {log}.')


def _settings(lab: Lab, command: Command, output: BinaryIO) -> dict[str, Any]:
    settings: dict[str, Any] = {
        'env': {**command.variables, **marks(lab.root, command.name)},
        'cwd': '/',
        'start_new_session': True,
        'stdin': subprocess.DEVNULL,
        'stdout': output,
        'stderr': output,
    }
    if command.user:
        entry = pwd.getpwnam(command.user)
        settings |= {'user': entry.pw_uid, 'group': entry.pw_gid, 'extra_groups': []}
    return settings


def find(root: Path) -> list[Process]:
    """Find all living processes of a lab, by their environment and by the pid files.

    :param root: the lab's folder.
    :returns: the processes, without the caller itself.
    """
    noted = _noted(root / 'run')
    mark = f'{LAB_MARK}={root}'.encode()
    found = []
    for entry in os.scandir('/proc'):
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        pid = int(entry.name)
        variables = _variables(pid)
        if (mark in variables or pid in noted) and (memory := _memory(pid)) is not None:
            found.append(Process(pid, noted.get(pid) or _name(variables), memory))
    return found


def is_alive(root: Path, name: str) -> bool:
    """Tell whether a service's main process, the one of the pid file, lives."""
    return name in _noted(root / 'run').values()


def stop_all(root: Path) -> int:
    """Stop every process of a lab: the services first, the database last.

    :param root: the lab's folder.
    :returns: how many processes there were.
    """
    services = [each for each in find(root) if each.name != 'mariadb']
    stop(root, services, TERM_GRACE)
    rest = find(root)
    stop(root, rest, DATABASE_GRACE)
    for path in (root / 'run').glob('*.pid'):
        path.unlink(missing_ok=True)
    return len(services) + len(rest)


def stop(root: Path, processes: Iterable[Process], grace: float) -> None:
    """End processes, politely for some seconds, then at once.

    :param root: the lab's folder.
    :param processes: what to end.
    :param grace: the seconds between SIGTERM and SIGKILL.
    """
    wanted = {each.pid for each in processes}
    for number in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + grace
        signal_all(wanted, number)
        # A killed `up` may have left them stopped, where they do not see SIGTERM.
        signal_all(wanted, signal.SIGCONT)
        while wanted and time.monotonic() < end:
            time.sleep(0.05)
            wanted &= {each.pid for each in find(root)}


def signal_all(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to processes, of which some may be gone already."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _variables(pid: int) -> list[bytes]:
    try:
        return Path(f'/proc/{pid}/environ').read_bytes().split(b'\0')
    except OSError:
        return []


def _name(variables: list[bytes]) -> str:
    prefix = f'{NAME_MARK}='.encode()
    return next((each[len(prefix) :].decode() for each in variables if each.startswith(prefix)), '?')


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from the third, the state, on."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    except OSError:
        return []


def _memory(pid: int) -> int | None:
    fields = _stat(pid)
    return int(fields[21]) * PAGE_SIZE if fields and fields[0] not in 'ZX' else None


def _started(pid: int) -> str:
    fields = _stat(pid)
    return fields[19] if fields else '0'


def _noted(run: Path) -> dict[int, str]:
    """Return name by pid of the pid files whose process lives; a reused pid has another start time."""
    noted = {}
    for path in run.glob('*.pid'):
        pid, _, started = path.read_text().strip().partition(' ')
        if pid.isdecimal() and _memory(int(pid)) is not None and _started(int(pid)) == started:
            noted[int(pid)] = path.stem
    return noted
