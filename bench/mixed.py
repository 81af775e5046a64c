"""A thousand and ten thousand leaks of fifteen kinds: python -m bench.mixed [--projects N ...] [--ospurge DIRECTORY].

Each project has itself, a user and nineteen resources of theirs, as killed test runs leave them. This command takes a
saved state before, and removes afterwards what is new. ``project_cleanup`` of openstacksdk, and ospurge when a virtual
environment with it is named, are given some of the same projects, one after the other, as one who works in them. Each
way has a cloud of its own. What counts are requests, and what is left.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.measured import Mixed, environment, run, running, told

PROGRAM = str(Path(sys.executable).with_name('orphancleanup'))
_ENTRY = """\
  {project}:
    auth: {{auth_url: '{url}/identity/v3', username: admin, password: any, project_id: {project},
            user_domain_name: Default}}
    region_name: RegionOne
"""


@dataclass(frozen=True)
class Ground:
    """A cloud with leaks in it.

    :ivar projects: the ids of those that were left behind.
    :ivar variables: what a client is started with.
    """

    url: str
    home: Path
    variables: dict[str, str]
    projects: tuple[str, ...]

    @property
    def saved_state(self) -> str:
        """The file with what was there before."""
        return str(self.home / 'saved_state.json')


@dataclass(frozen=True)
class Figures:
    """What a way came to."""

    leaked: int
    left: int
    seconds: float
    cpu: float
    counts: Mapping[str, int]


Way = Callable[[Ground], float]


def ours(ground: Ground) -> float:
    """Remove what is not in the saved state; return the seconds of CPU time."""
    command = [PROGRAM, '--quiet', 'cleanup', '--preserve-state', ground.saved_state, '--yes-remove']
    code, output, usage = run([*command, '--max-removals', '1000000'], ground.variables)
    assert code == 0, output[-2000:]
    return float(usage.ru_utime + usage.ru_stime)


def project_cleanup(ground: Ground) -> float:
    """Do it with openstacksdk, project by project."""
    code = 'import openstack; openstack.connect().project_cleanup(dry_run=False, wait_timeout=100)'
    return sum(_in(ground, project, [sys.executable, '-c', code]) for project in ground.projects)


def ospurge(environment_of_it: Path) -> Way:
    """Return the way of ospurge: it finds what it knows beside where it is started only."""
    (packages,) = environment_of_it.glob('lib/python*/site-packages')

    def work(ground: Ground) -> float:
        program = str(environment_of_it / 'bin' / 'ospurge')
        return sum(
            _in(ground, project, [program, '--purge-own-project', '--os-cloud', project], packages)
            for project in ground.projects
        )

    return work


def _in(ground: Ground, project: str, command: Sequence[str], folder: Path | None = None) -> float:
    variables = {**ground.variables, 'OS_CLOUD': project}
    variables.pop('PYTHONPATH')
    _, _, usage = run(command, variables, folder)
    return float(usage.ru_utime + usage.ru_stime)


@contextmanager
def leaking(projects: int, latency: float) -> Iterator[Ground]:
    """Yield a cloud of which a saved state was taken, and in which projects were left behind afterwards."""
    with running(Mixed(latency)) as url, tempfile.TemporaryDirectory() as home:
        variables = environment(url, Path(home))
        ground = Ground(url, Path(home), variables, ())
        code, output, _ = run([PROGRAM, 'cleanup', '--init-saved-state', ground.saved_state], variables)
        assert code == 0, output[-2000:]
        told(url, f'/mark?{projects}')
        found = tuple(told(url)['projects'])
        with (Path(home) / 'clouds.yaml').open('a') as clouds:
            clouds.writelines(_ENTRY.format(url=url, project=each) for each in found)
        yield Ground(url, Path(home), variables, found)


def measure(way: Way, projects: int, latency: float) -> Figures:
    """Have one way remove what so many projects left."""
    with leaking(projects, latency) as ground:
        leaked = told(ground.url)['left']
        begun = time.perf_counter()
        cpu = way(ground)
        seconds = time.perf_counter() - begun
        after = told(ground.url)
    return Figures(leaked, after['left'], seconds, cpu, after['counts'])


def show(name: str, figures: Figures) -> None:
    """Print a line of figures, and what was asked most."""
    requests, removed = sum(figures.counts.values()), max(1, figures.leaked - figures.left)
    changes = sum(number for address, number in figures.counts.items() if not address.startswith('GET'))
    print(
        f'  {name:24} {figures.leaked:7} {figures.left:6} {requests:9} {requests / removed:7.2f} '
        f'{changes / removed:8.2f} {figures.seconds:8.1f} {1000 * figures.cpu / removed:8.1f}'
    )
    most = Counter(dict(figures.counts)).most_common(8)
    print(f'    {", ".join(f"{number} {address}" for address, number in most)}', flush=True)


def main(arguments: Any) -> None:
    """Measure, and print a table for each number of projects."""
    peers: dict[str, Way] = {'project_cleanup': project_cleanup}
    if arguments.ospurge:
        peers['ospurge'] = ospurge(arguments.ospurge)
    print(
        f'{arguments.latency * 1000:.0f} ms a request; each, changes, ms: for each resource that was removed'
    )
    print(
        f'  {"":24} {"leaked":>7} {"left":>6} {"requests":>9} {"each":>7} {"changes":>8} {"seconds":>8} {"CPU ms":>8}'
    )
    for projects in arguments.projects:
        show('orphancleanup cleanup', measure(ours, projects, arguments.latency))
    for name, way in peers.items():
        show(name, measure(way, arguments.peers, arguments.latency))


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--projects', type=int, nargs='+', default=[50, 500], help='21 resources each')
    parser.add_argument('--peers', type=int, default=5, metavar='N', help='how many of them peers are given')
    parser.add_argument('--latency', type=float, default=0.02)
    parser.add_argument(
        '--ospurge', type=Path, metavar='DIRECTORY', help='a virtual environment with ospurge'
    )
    main(parser.parse_args())
