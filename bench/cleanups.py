"""The same leaks, given to each clean-up in a copy of the lab: what it left, what it wrongly removed, and what it took.

``python -m bench.cleanups --dir DIR [--projects N]`` needs a lab that is nobody else's: its content is thrown away.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.counting_proxy import counting
from lab import baseline, faults, layout, lifecycle
from lab.census import Census, census
from lab.demo import environment
from lab.inside.cloud import admin as connect
from lab.layout import Lab
from lab.scenarios import compute, network, storage
from lab.scenarios.project import Project, Seeder
from lab.tempest import Tempest

PROGRAM = Path(sys.executable).with_name('orphancleanup')
#: nobody waits longer for a peer
_SECONDS = 900.0


@dataclass(frozen=True)
class Figures:
    """What a clean-up came to."""

    name: str
    code: int | str
    wall: float
    cpu: float
    requests: Mapping[str, int]
    left: Mapping[str, int]
    lost: Mapping[str, int]


@dataclass(frozen=True)
class Place:
    """Where a clean-up runs."""

    lab: Lab
    tempest: Tempest
    saved_state: Path
    projects: Sequence[str]


def orphancleanup(place: Place, variables: dict[str, str]) -> int:
    """Remove what is not in the saved state."""
    files = ['--preserve-state', str(place.saved_state), '--tempest-conf', str(place.tempest.configuration)]
    options = ['--force', '--yes-remove', '--max-removals', '100000']
    return _run([str(PROGRAM), 'cleanup', *files, *options], variables, place.tempest.folder)


def tempest_cleanup(place: Place, variables: dict[str, str]) -> int:
    """Do it with the saved state that tempest took itself."""
    command = [place.tempest.program('tempest'), 'cleanup', '--config-file', str(place.tempest.configuration)]
    return _run(command, place.tempest.variables, place.tempest.folder)


def project_cleanup(place: Place, variables: dict[str, str]) -> int:
    """Do it project by project, with the role that it needs in each."""
    client = str(place.lab.environment / 'bin' / 'openstack')
    codes = []
    for project in place.projects:
        _run(
            [client, 'role', 'add', '--project', project, '--user', 'admin', 'admin'],
            variables,
            place.tempest.folder,
        )
        command = [client, 'project', 'cleanup', '--auto-approve', '--project', project]
        codes.append(_run(command, variables, place.tempest.folder))
    return max(codes)


CLEANUPS: Mapping[str, Callable[[Place, dict[str, str]], int]] = {
    'orphancleanup': orphancleanup,
    'tempest cleanup': tempest_cleanup,
    'openstack project cleanup': project_cleanup,
}


def _run(command: Sequence[str], variables: Mapping[str, str], folder: Path) -> int:
    log = folder / 'cleanups.log'
    with log.open('ab') as output:
        output.write(f'\n$ {" ".join(command)}\n'.encode())
        output.flush()
        return subprocess.run(
            command, env=variables, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            timeout=_SECONDS, check=False,
        ).returncode  # fmt: skip


def leak(project: Project) -> None:
    """Leave in a project what a killed test run does, about twenty resources."""
    name = project.name
    net = network.network(project, f'{name}-network')
    network.router(project, f'{name}-router', net)
    network.floating_ip(project, network.port(project, f'{name}-port', net))
    network.security_group(project, f'{name}-group')
    project.connection.compute.create_keypair(name=f'{name}-keypair')
    server = compute.server(project, f'{name}-server', net)
    volumes = [storage.volume(project, f'{name}-volume-{number}') for number in range(3)]
    volumes.append(storage.volume(project, f'{name}-faildelete-volume'))
    for volume in volumes:
        storage.available(project, volume)
    storage.snapshot(project, f'{name}-snapshot', volumes[0])
    compute.active(project, server)
    compute.attach(project, server, volumes[1])


def seed(lab: Lab, count: int) -> list[str]:
    """Make the leaks; every fifth project is deleted with all that is in it."""
    seeder = Seeder(lab, connect(lab.clouds_yaml))
    names = [f'tempest-BenchTest{number}-{number:09d}' for number in range(count)]

    def work(name: str) -> str:
        project = seeder.project(name)
        leak(project)
        project.connection.close()
        return str(project.project_id)

    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(work, names))
    for project in made[::5]:
        seeder.admin.identity.delete_project(project)
    return made


def measure(name: str, place: Place, before: Census) -> Figures:
    """Run one clean-up and see what is there afterwards."""
    faults.switch(place.lab, 'off')
    with counting() as proxy:
        variables = environment(place.lab) | {'http_proxy': proxy.url, 'no_proxy': ''}
        with_proxy(place, proxy.url)
        began, used = time.monotonic(), _cpu()
        try:
            code: int | str = CLEANUPS[name](place, variables)
        except subprocess.TimeoutExpired:
            code = 'no end'
        wall, cpu = time.monotonic() - began, _cpu() - used
    after = census(connect(place.lab.clouds_yaml))
    left = {kind: len(after[kind] - ids) for kind, ids in before.items() if after[kind] - ids}
    lost = {kind: len(ids - after[kind]) for kind, ids in before.items() if ids - after[kind]}
    return Figures(name, code, wall, cpu, dict(proxy.methods), left, lost)


def with_proxy(place: Place, url: str) -> None:
    """Have tempest use a proxy: it does not look at the environment."""
    text = place.tempest.configuration.read_text().partition('[service-clients]')[0]
    place.tempest.configuration.write_text(f'{text}[service-clients]\nproxy_url = {url}\n')


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def prepare(lab: Lab, folder: Path, count: int) -> tuple[Place, Census, Counter[str]]:
    """Take the saved states, make the leaks, and keep a copy of it all."""
    admin = connect(lab.clouds_yaml)
    tempest = Tempest.make(lab, admin, folder)
    before = census(admin)
    saved_state = folder / 'orphancleanup_saved_state.json'
    command = [str(PROGRAM), 'cleanup', '--init-saved-state', str(saved_state), '--overwrite']
    _run(command, environment(lab), folder)
    if tempest.cleanup('--init-saved-state').returncode:
        raise SystemExit('tempest could not take its saved state.')
    projects = seed(lab, count)
    leaked = Counter({kind: len(ids - before[kind]) for kind, ids in census(admin).items()})
    # What was kept of the fresh lab makes room for the lab with the leaks.
    shutil.rmtree(lab.baseline)
    baseline.keep(lab)
    return Place(lab, tempest, saved_state, projects), before, +leaked


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare them, and print the figures as JSON."""
    parser = argparse.ArgumentParser(prog='python -m bench.cleanups', description=__doc__)
    parser.add_argument('--dir', type=Path, required=True, help='the folder of a running lab')
    parser.add_argument('--projects', type=int, default=50)
    parser.add_argument('--only', action='append', choices=list(CLEANUPS))
    options = parser.parse_args(arguments)
    lab = layout.load(options.dir.absolute())
    place, before, leaked = prepare(lab, lab.root / 'cleanups', options.projects)
    print(json.dumps({'leaked': leaked, 'in all': leaked.total()}), flush=True)
    for number, name in enumerate(options.only or CLEANUPS):
        if number:
            lifecycle.reset(lab.root, None)
        print(json.dumps(_row(measure(name, place, before))), flush=True)
    return 0


def _row(figures: Figures) -> dict[str, Any]:
    return {
        'cleanup': figures.name,
        'exit code': figures.code,
        'seconds': round(figures.wall, 1),
        'CPU seconds': round(figures.cpu, 1),
        'requests': figures.requests,
        'left': figures.left,
        'wrongly removed': figures.lost,
    }


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    os.umask(0o077)
    sys.exit(main())
