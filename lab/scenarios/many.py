"""Many of one kind, for benchmarks."""

import argparse
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lab.inside.cloud import wait_until
from lab.progress import say
from lab.scenarios import network, orchestration, storage
from lab.scenarios.project import Project, Seeder

Make = Callable[[str], Any]
# A kind's listing, its making by name, and the states that end the waiting for it.
Parts = tuple[Callable[[], Iterable[Any]], Make]
SETTLED = ('available', 'active', 'create_complete', 'error', 'create_failed', 'in-use')
SECONDS_EACH = 2.0


def make(seeder: Seeder, options: argparse.Namespace) -> list[Project]:
    """Make what is missing to the count, some at a time.

    :param seeder: the connection to the lab.
    :param options: ``kind``, ``count``, ``project``, ``prefix`` and ``threads``.
    :returns: the one project.
    """
    project = seeder.project(options.project)
    listing, make_one = PARTS[options.kind](project, options.prefix)
    wanted = {f'{options.prefix}-{number:05d}' for number in range(options.count)}
    missing = sorted(wanted - {each.name for each in listing()})
    with ThreadPoolExecutor(options.threads) as pool:
        list(pool.map(make_one, missing))
    say(f'asked for {len(missing)}, waiting until they are there')
    found = wait_until(
        f'{options.count} x {options.kind}',
        lambda: _all_settled(listing(), wanted),
        storage.SECONDS + SECONDS_EACH * options.count,
    )
    for each in found:
        project.note(options.kind, each)
    return [project]


def _all_settled(listing: Iterable[Any], wanted: set[str]) -> list[Any]:
    found = [each for each in listing if each.name in wanted]
    return found if all(each.status.lower() in SETTLED for each in found) else []


def _volumes(project: Project, prefix: str) -> Parts:
    proxy = project.connection.block_storage
    return lambda: proxy.volumes(details=True), lambda name: proxy.create_volume(name=name, size=1)


def _snapshots(project: Project, prefix: str) -> Parts:
    proxy = project.connection.block_storage
    source = storage.available(project, storage.volume(project, f'{prefix}-source'))
    return (
        lambda: proxy.snapshots(details=True),
        lambda name: proxy.create_snapshot(volume_id=source.id, name=name),
    )


def _networks(project: Project, prefix: str) -> Parts:
    proxy = project.connection.network
    own = {'project_id': project.project_id}
    return lambda: proxy.networks(**own), lambda name: proxy.create_network(name=name)


def _servers(project: Project, prefix: str) -> Parts:
    proxy = project.connection.compute
    place = [{'uuid': network.network(project, f'{prefix}-net').id}]
    flavor = proxy.find_flavor('tiny').id
    image = project.connection.image.find_image('tiny').id
    return (
        lambda: proxy.servers(details=True),
        lambda name: proxy.create_server(name=name, flavor_id=flavor, image_id=image, networks=place),
    )


def _stacks(project: Project, prefix: str) -> Parts:
    proxy = project.connection.orchestration

    def make_one(name: str) -> Any:
        resources = {
            'net': {'type': 'OS::Neutron::Net'},
            'vol': orchestration.volume(f'{name}-vol'),
            'rnd': {'type': 'OS::Heat::RandomString'},
        }
        template = {'heat_template_version': '2021-04-16', 'resources': resources}
        return proxy.create_stack(name=name, template=template, timeout_mins=10)

    return proxy.stacks, make_one


PARTS: dict[str, Callable[[Project, str], Parts]] = {
    'cinder-volume': _volumes,
    'cinder-snapshot': _snapshots,
    'neutron-network': _networks,
    'nova-server': _servers,
    'heat-stack': _stacks,
}
