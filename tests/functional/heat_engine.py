"""The lab's own Heat: killed, started again, also with other options, and asked about by its own programs."""

import configparser
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lab import processes, services
from lab.inside.cloud import wait_until
from lab.layout import Lab
from tests.functional import scratch

_NAME = 'heat'
_GRACE = 10.0
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Engine:
    """Heat's engine and API, which are one process in the lab."""

    lab: Lab

    def kill(self) -> None:
        """End it as a machine that loses its power does."""
        processes.signal_all([each.pid for each in self._processes()], signal.SIGKILL)
        wait_until('the end of Heat', lambda: not processes.is_alive(self.lab.root, _NAME), _SECONDS)

    def start(self) -> None:
        """Start it, and return when its API answers."""
        (service,) = (each for each in services.SERVICES if each.name == _NAME)
        services.launch(self.lab, service)
        services.wait(self.lab, [service])

    def stop(self) -> None:
        """End it in order."""
        processes.stop(self.lab.root, self._processes(), _GRACE)

    @contextlib.contextmanager
    def options(self, **options: str) -> Iterator[None]:
        """Have it run with other options of the group DEFAULT for a time; afterwards it is as it was."""
        path = self.lab.etc / 'heat' / 'heat.conf'
        before = path.read_text()
        changed = configparser.RawConfigParser(default_section='')
        changed.read_string(before)
        changed['DEFAULT'].update(options)
        self.stop()
        try:
            with path.open('w') as file:
                changed.write(file)
            self.start()
            yield
        finally:
            self.stop()
            path.write_text(before)
            self.start()

    def until_deleting(self, admin: Any, stacks: Iterable[Any]) -> None:
        """Have it begin to delete stacks; return when it is at work on a resource of each."""
        for stack in stacks:
            admin.orchestration.delete(f'/stacks/{stack.name}/{stack.id}')
            wait_until(f'{stack.name} being deleted', self._has_begun(admin, stack), _SECONDS)

    def tracebacks(self) -> int:
        """Return how many there are in its log."""
        return (self.lab.log / f'{_NAME}.log').read_text(errors='replace').count('Traceback (most recent')

    def _processes(self) -> list[processes.Process]:
        return [each for each in processes.find(self.lab.root) if each.name == _NAME]

    def _has_begun(self, admin: Any, stack: Any) -> Callable[[], bool]:
        path = f'/stacks/{stack.name}/{stack.id}/resources'
        return lambda: (
            'DELETE_IN_PROGRESS'
            in [each['resource_status'] for each in admin.orchestration.get(path).json()['resources']]
        )


def slow(seconds: int, **more: Any) -> dict[str, Any]:
    """Return a resource for a template whose deletion takes so long; for ever with -1."""
    waits = {'action_wait_secs': {'create': 0, 'delete': seconds}}
    return {'type': 'OS::Heat::TestResource', 'properties': waits, **more}


def listed(lab: Lab) -> set[str]:
    """Return the ids of all stacks, as ``openstack stack list`` tells an administrator."""
    told = _program(lab, 'openstack', 'stack', 'list', '-f', 'value', '-c', 'ID')
    assert told.returncode == 0, told.stderr
    return set(told.stdout.split())


def purge_deleted(lab: Lab) -> None:
    """Have ``heat-manage purge_deleted`` remove what is left of all stacks that are deleted."""
    configuration = str(lab.etc / 'heat' / 'heat.conf')
    told = _program(lab, 'heat-manage', '--config-file', configuration, 'purge_deleted', '-g', 'seconds', '0')
    assert told.returncode == 0, told.stderr
    assert 'Traceback' not in told.stdout + told.stderr, told.stderr


def rows_of(lab: Lab, stacks: Iterable[str]) -> int:
    """Return how many rows of stacks there still are, deleted ones too."""
    known = list(stacks)
    places = ', '.join(['%s'] * len(known))
    ((count,),) = scratch.statement(lab, f'SELECT COUNT(*) FROM heat.stack WHERE id IN ({places})', *known)
    return int(count)


def _program(lab: Lab, name: str, *arguments: str) -> 'subprocess.CompletedProcess[str]':
    environment = {
        **os.environ,
        'OS_CLIENT_CONFIG_FILE': str(lab.clouds_yaml),
        'OS_CLOUD': 'lab',
        'PYTHONWARNINGS': 'ignore',
    }
    command = [str(lab.environment / 'bin' / name), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
