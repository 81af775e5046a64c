"""Runs a client against a fake cloud of its own, and tells what it cost."""

import compileall
import functools
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CLOUDS = """\
clouds:
  fake:
    auth: {{auth_url: '{url}/identity/v3', username: admin, password: any, project_name: admin,
            user_domain_name: Default, project_domain_name: Default}}
    region_name: RegionOne
"""
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a client cost.

    :ivar seconds: from its start until the cloud had nothing left.
    :ivar work: seconds of the work alone, as the client told; 0 when it did not.
    :ivar cpu: seconds of its own, in user and system mode.
    :ivar memory: MiB at most.
    :ivar counts: method and path to the number of requests.
    """

    seconds: float
    work: float
    cpu: float
    memory: float
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class World:
    """What the fake cloud has; see its options."""

    volumes: int
    latency: float
    projects: int = 1
    takes: float = 0.2
    module = 'bench.fake_cloud'

    @property
    def options(self) -> list[str]:
        names = ('volumes', 'latency', 'projects', 'takes')
        return [word for name in names for word in (f'--{name}', str(getattr(self, name)))]


@dataclass(frozen=True, slots=True)
class Mixed:
    """What the fake cloud of all services has at its beginning: nothing; see its options."""

    latency: float
    module = 'bench.mixed_cloud'

    @property
    def options(self) -> list[str]:
        return ['--latency', str(self.latency)]


@dataclass(frozen=True, slots=True)
class Networks:
    """What the fake Contrail has; see its options."""

    networks: int
    latency: float
    module = 'bench.fake_contrail'

    @property
    def options(self) -> list[str]:
        return ['--networks', str(self.networks), '--latency', str(self.latency)]


def cost(world: World | Mixed | Networks, command: Sequence[str]) -> Cost:
    """Run a command to its end, and wait until the cloud is empty.

    :raises AssertionError: when it does not end with 0, or leaves something.
    """
    with running(world) as url, tempfile.TemporaryDirectory() as home:
        begun = time.perf_counter()
        code, output, usage = run(command, environment(url, Path(home)))
        assert code == 0, f'{" ".join(command)} ended with {code}:\n{output[-2000:]}'
        state = told(url)
        while state['left']:
            assert time.perf_counter() - begun < 3600, f'{state["left"]} are left'
            time.sleep(0.02)
            state = told(url)
        seconds = time.perf_counter() - begun
    work = json.loads(output)['seconds'] if output.startswith('{"seconds"') else 0.0
    return Cost(seconds, work, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, state['counts'])


def run(command: Sequence[str], variables: Mapping[str, str], folder: Path | None = None):  # type: ignore[no-untyped-def]
    """Return exit code, output and what it used of the machine."""
    with tempfile.TemporaryFile('w+') as output:
        process = subprocess.Popen(
            command, env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        # Of this child alone: what RUSAGE_CHILDREN tells adds up over all of them.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return process.returncode, output.read(), usage


def environment(url: str, home: Path) -> dict[str, str]:
    """Return the variables that lead a client to a cloud, and to no other."""
    _compile()
    (home / 'clouds.yaml').write_text(_CLOUDS.format(url=url))
    kept = {name: value for name, value in os.environ.items() if not name.startswith('OS_')}
    return {
        **{name: value for name, value in kept.items() if not name.lower().endswith('_proxy')},
        'PYTHONPATH': str(_ROOT),
        'OS_CLIENT_CONFIG_FILE': str(home / 'clouds.yaml'),
        'OS_CLOUD': 'fake',
        'XDG_STATE_HOME': str(home),
    }


@functools.cache
def _compile() -> None:
    """Compile our modules as pip compiles those that it installs, also where Python is told to keep none."""
    compileall.compile_dir(_ROOT / 'orphancleanup', quiet=1)


def told(url: str, path: str = '/counts'):  # type: ignore[no-untyped-def]
    """Return what the cloud tells of itself."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f'{url}{path}') as answer:
        return json.load(answer)


@contextmanager
def running(world: World | Mixed | Networks) -> Iterator[str]:
    """Yield the address of a running cloud."""
    command = [sys.executable, '-m', world.module, *world.options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=_ROOT) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()
