"""What a failed test run leaves behind, under names as tempest gives them."""

import argparse
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from lab.scenarios import PROJECTS, compute, network, orchestration, storage
from lab.scenarios.project import Project, Seeder


@dataclass(frozen=True)
class Names:
    """Names like tempest's, the same at every run.

    :ivar prefix: how each begins.
    :ivar project: the project's name.
    """

    prefix: str
    project: str

    def of(self, test: str, what: str) -> str:
        """Return a name such as ``tempest-VolumesSnapshotTest-volume-1234567890``."""
        number = zlib.crc32(f'{self.project}/{test}/{what}'.encode())
        return f'{self.prefix}-{test}-{what}-{number:010d}'


def make(seeder: Seeder, options: argparse.Namespace) -> list[Project]:
    """Leave the leaks, spread over the projects.

    :param seeder: the connection to the lab.
    :param options: ``projects``, the names or None, and ``prefix``.
    :returns: the projects and what was left in them.
    """
    projects = options.projects or list(PROJECTS)

    def leak(project: Project) -> None:
        names = Names(options.prefix, project.name)
        storage.available(project, storage.volume(project, names.of('VolumesGetTest', 'volume')))
        for part in PARTS[projects.index(project.name) :: len(projects)]:
            part(project, names)

    return seeder.fill_all(projects, leak)


def _backups(project: Project, names: Names) -> None:
    test = 'VolumesBackupsTest'
    source = storage.available(project, storage.volume(project, names.of(test, 'volume')))
    storage.backup(project, names.of(test, 'backup'), source)
    storage.backup(project, names.of(test, 'backup-incremental'), source, is_incremental=True)


def _servers(project: Project, names: Names) -> None:
    test = 'AttachVolumeTestJSON'
    data = storage.volume(project, names.of(test, 'volume'))
    boot = storage.volume(project, names.of(test, 'boot-volume'))
    net = network.network(project, names.of(test, 'network'))
    server = compute.server(project, names.of(test, 'server'), net)
    device = compute.boot_device(project, storage.available(project, boot))
    booted = compute.server(project, names.of(test, 'booted-server'), net, block_device_mapping=device)
    storage.available(project, data)
    compute.attach(project, compute.active(project, server), data)
    compute.active(project, booted)


def _stack(project: Project, names: Names) -> None:
    test = 'TestStacks'
    resources = {
        **orchestration.network(names.of(test, 'stack-network')),
        'vol': orchestration.volume(names.of(test, 'stack-volume')),
        'group': orchestration.many_volumes(names.of(test, 'stack-group-volume'), 2),
    }
    stack = orchestration.stack(project, names.of(test, 'stack'), resources)
    orchestration.created(project, stack)


def _transfer(project: Project, names: Names) -> None:
    test = 'VolumesTransfersTest'
    source = storage.available(project, storage.volume(project, names.of(test, 'volume')))
    storage.transfer(project, names.of(test, 'transfer'), source)


def _group(project: Project, names: Names) -> None:
    test = 'GroupSnapshotsTest'
    group = storage.group(project, names.of(test, 'group'))
    member = storage.volume(project, names.of(test, 'volume'), group_id=group.id, volume_type='lab')
    storage.available(project, member)
    storage.group_snapshot(project, names.of(test, 'group-snapshot'), group)


def _snapshots(project: Project, names: Names) -> None:
    test = 'VolumesSnapshotTestJSON'
    source = storage.available(project, storage.volume(project, names.of(test, 'volume')))
    for what in ('snapshot', 'snapshot-2'):
        storage.snapshot(project, names.of(test, what), source)


def _networks(project: Project, names: Names) -> None:
    network.network(project, names.of('NetworksTest', 'network'))


# Each project gets every n-th, so the slow ones come first.
PARTS: tuple[Callable[[Project, Names], None], ...] = (
    _backups, _servers, _stack, _transfer, _networks, _group, _snapshots,
)  # fmt: skip
