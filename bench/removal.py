"""Emptying a project: python -m bench.removal [--count N].

Each way empties a project of its own with N volumes and N/2 snapshots, first with a clock and then, with other
projects, through a proxy that counts the requests. The end is when the services list nothing any more, not when a
command returns. The services of the lab share one small machine and answer at once; ``--latency`` has every
request wait on its way, as in a cloud that is far away or busy.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import openstack

from bench import figures
from lab.scenarios.project import Project
from tests.functional import fault_proxy
from tests.functional.command import Command
from tests.functional.sandbox import Sandbox, find_lab

Way = Callable[[Sandbox, Project], None]


def ours(sandbox: Sandbox, project: Project) -> None:
    """The installed command, from its start to its end, with its dry run and its checks."""
    with tempfile.TemporaryDirectory() as home:
        extra = {name: value for name, value in os.environ.items() if name.endswith('_proxy')}
        scope = ('--everything', '--project', project.project_id, '--max-share', '100', '--yes-remove')
        done = Command(sandbox.lab, Path(home), extra).run('cleanup', *scope)
        assert done.code == 0, str(done)


def project_cleanup(sandbox: Sandbox, project: Project) -> None:
    """openstacksdk's own, with its threads; it looks at every service of the project."""
    with connected(sandbox, project) as connection:
        connection.project_cleanup(dry_run=False, wait_timeout=600)


def one_by_one(sandbox: Sandbox, project: Project) -> None:
    """The loop that scripts have: delete, wait, next."""
    with connected(sandbox, project) as connection:
        cinder = connection.block_storage
        for each in list(cinder.snapshots()):
            cinder.delete_snapshot(each)
            cinder.wait_for_delete(each, interval=0.5)
        for each in list(cinder.volumes()):
            cinder.delete_volume(each)
            cinder.wait_for_delete(each, interval=0.5)


WAYS: dict[str, Way] = {
    'orphancleanup cleanup': ours,
    'openstacksdk: project_cleanup': project_cleanup,
    'openstacksdk: delete and wait, one by one': one_by_one,
}


@contextmanager
def connected(sandbox: Sandbox, project: Project) -> Iterator[openstack.connection.Connection]:
    """Return a new connection as the project's user."""
    connection = openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        region_name='RegionOne',
        auth_url=sandbox.lab.endpoint('keystone'),
        username=project.name,
        password=sandbox.lab.password,
        project_name=project.name,
        user_domain_name='Default',
        project_domain_name='Default',
    )
    try:
        yield connection
    finally:
        connection.close()


def filled(sandbox: Sandbox, count: int) -> Project:
    """Make a project with volumes and half as many snapshots."""
    project = sandbox.project('bench')
    volumes = sandbox.volumes(project, 'bench', count)
    sandbox.snapshots(project, volumes[: count // 2])
    return project


def until_empty(sandbox: Sandbox, project: Project, way: Way, latency: float) -> None:
    """Empty a project, and wait until the services list nothing of it."""
    with proxied(latency) if latency else nullcontext():
        way(sandbox, project)
    while sandbox.witness.of_project(project.project_id):
        time.sleep(0.1)


@contextmanager
def proxied(latency: float) -> Iterator[fault_proxy.Proxy]:
    """Send what is begun meanwhile through a proxy."""
    with fault_proxy.running(lambda _: fault_proxy.Fault(delay=latency)) as proxy:
        os.environ.update(proxy.variables)
        try:
            yield proxy
        finally:
            for name in proxy.variables:
                del os.environ[name]


def counted(sandbox: Sandbox, project: Project, way: Way) -> int:
    """Return how many requests a way makes."""
    with proxied(0) as proxy:
        way(sandbox, project)
    return len(proxy.seen)


def main(count: int, rounds: int, latency: float) -> None:
    sandbox = Sandbox.open(find_lab())
    try:
        projects = {name: [filled(sandbox, count) for _ in range(rounds)] for name in WAYS}
        ways = {
            name: lambda way=way, name=name: until_empty(sandbox, projects[name].pop(), way, latency)
            for name, way in WAYS.items()
        }
        figures.show(
            f'Emptying a project of {count} volumes and {count // 2} snapshots',
            figures.in_turns(ways, rounds),
        )
        print('Requests per removed resource')
        for name, way in WAYS.items():
            requests = counted(sandbox, filled(sandbox, count), way)
            print(f'  {name:44} {requests / (count + count // 2):8.2f}  ({requests} in all)')
    finally:
        sandbox.clear()
        sandbox.close()


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--count', type=int, default=30)
    parser.add_argument('--rounds', type=int, default=1)
    parser.add_argument('--latency', type=float, default=0.0, metavar='SECONDS')
    arguments = parser.parse_args()
    main(arguments.count, arguments.rounds, arguments.latency)
