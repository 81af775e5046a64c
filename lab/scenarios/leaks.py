"""What a failed test run leaves behind, under names as tempest gives them."""

import argparse
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from lab.scenarios import TENANTS, compute, network, orchestration, storage
from lab.scenarios.tenant import Seeder, Tenant


@dataclass(frozen=True)
class Names:
    """Names like tempest's, the same at every run.

    :ivar prefix: how each begins.
    :ivar project: the tenant's name.
    """

    prefix: str
    project: str

    def of(self, test: str, what: str) -> str:
        """Answer a name such as ``tempest-VolumesSnapshotTest-volume-1234567890``."""
        number = zlib.crc32(f'{self.project}/{test}/{what}'.encode())
        return f'{self.prefix}-{test}-{what}-{number:010d}'


def make(seeder: Seeder, options: argparse.Namespace) -> list[Tenant]:
    """Leave the leaks, spread over the tenants.

    :param seeder: the connection to the lab.
    :param options: ``projects``, the names or None, and ``prefix``.
    :returns: the tenants and what was left in them.
    """
    projects = options.projects or list(TENANTS)

    def leak(tenant: Tenant) -> None:
        names = Names(options.prefix, tenant.name)
        storage.available(tenant, storage.volume(tenant, names.of('VolumesGetTest', 'volume')))
        for part in PARTS[projects.index(tenant.name) :: len(projects)]:
            part(tenant, names)

    return seeder.fill_all(projects, leak)


def _backups(tenant: Tenant, names: Names) -> None:
    test = 'VolumesBackupsTest'
    source = storage.available(tenant, storage.volume(tenant, names.of(test, 'volume')))
    storage.backup(tenant, names.of(test, 'backup'), source)
    storage.backup(tenant, names.of(test, 'backup-incremental'), source, is_incremental=True)


def _servers(tenant: Tenant, names: Names) -> None:
    test = 'AttachVolumeTestJSON'
    data = storage.volume(tenant, names.of(test, 'volume'))
    boot = storage.volume(tenant, names.of(test, 'boot-volume'))
    net = network.network(tenant, names.of(test, 'network'))
    server = compute.server(tenant, names.of(test, 'server'), net)
    device = compute.boot_device(tenant, storage.available(tenant, boot))
    booted = compute.server(tenant, names.of(test, 'booted-server'), net, block_device_mapping=device)
    storage.available(tenant, data)
    compute.attach(tenant, compute.active(tenant, server), data)
    compute.active(tenant, booted)


def _stack(tenant: Tenant, names: Names) -> None:
    test = 'TestStacks'
    resources = {
        **orchestration.network(names.of(test, 'stack-network')),
        'vol': orchestration.volume(names.of(test, 'stack-volume')),
        'group': orchestration.many_volumes(names.of(test, 'stack-group-volume'), 2),
    }
    stack = orchestration.stack(tenant, names.of(test, 'stack'), resources)
    orchestration.created(tenant, stack)


def _transfer(tenant: Tenant, names: Names) -> None:
    test = 'VolumesTransfersTest'
    source = storage.available(tenant, storage.volume(tenant, names.of(test, 'volume')))
    storage.transfer(tenant, names.of(test, 'transfer'), source)


def _group(tenant: Tenant, names: Names) -> None:
    test = 'GroupSnapshotsTest'
    group = storage.group(tenant, names.of(test, 'group'))
    member = storage.volume(tenant, names.of(test, 'volume'), group_id=group.id, volume_type='lab')
    storage.available(tenant, member)
    storage.group_snapshot(tenant, names.of(test, 'group-snapshot'), group)


def _snapshots(tenant: Tenant, names: Names) -> None:
    test = 'VolumesSnapshotTestJSON'
    source = storage.available(tenant, storage.volume(tenant, names.of(test, 'volume')))
    for what in ('snapshot', 'snapshot-2'):
        storage.snapshot(tenant, names.of(test, what), source)


def _networks(tenant: Tenant, names: Names) -> None:
    network.network(tenant, names.of('NetworksTest', 'network'))


# Each tenant gets every n-th, so the slow ones come first.
PARTS: tuple[Callable[[Tenant, Names], None], ...] = (
    _backups, _servers, _stack, _transfer, _networks, _group, _snapshots,
)  # fmt: skip
