"""``python -m lab.inside.fixtures DIR``: wait for the workers, and what every cloud has to start with."""

import sys
from pathlib import Path
from typing import Any

import pymysql

from lab import layout
from lab.inside import cloud
from lab.progress import say

WORKERS = {'nova-conductor', 'nova-scheduler', 'nova-compute'}
BACKENDS = ('lab', 'fake', 'array')
STORAGE_WORKERS = {'cinder-scheduler', 'cinder-backup', *(f'cinder-volume lab@{name}' for name in BACKENDS)}
# No host has the memory for `huge`: its servers end in ERROR.
FLAVORS = {'tiny': 64, 'small': 128, 'huge': 100_000_000}
IMAGE_BYTES = 1024


def ensure(connection: Any) -> None:
    """Make the volume types, the group type, the public network, the flavors and the image.

    :param connection: the admin's connection; what is there already is left alone.
    """
    _ensure_types(connection.block_storage)
    if not connection.image.find_image('tiny'):
        _ensure_public_network(connection.network)
        for name, memory in FLAVORS.items():
            if not connection.compute.find_flavor(name):
                connection.compute.create_flavor(name=name, ram=memory, vcpus=1, disk=1)
        connection.image.create_image(
            name="tiny", container_format="bare", disk_format="raw",
            data=b"x" * IMAGE_BYTES, visibility="public",
        )  # fmt: skip


def _ensure_types(block_storage: Any) -> None:
    known = {each.name for each in block_storage.types()}
    for name in BACKENDS:
        if name not in known:
            made = block_storage.create_type(name=name)
            block_storage.update_type_extra_specs(made, volume_backend_name=name)
    if not block_storage.find_group_type('lab'):
        block_storage.create_group_type(name='lab', is_public=True)


def _ensure_public_network(network: Any) -> None:
    if network.find_network('public'):
        return
    public = network.create_network(
        name="public", is_router_external=True,
        provider_network_type="flat", provider_physical_network="public",
    )  # fmt: skip
    network.create_subnet(
        network_id=public.id, name='public', ip_version=4, cidr='172.24.0.0/16', is_dhcp_enabled=False
    )


def wait_for_workers(connection: Any, lab: layout.Lab) -> None:
    """Wait until servers and volumes can be made.

    :raises TimeoutError: naming what is missing after a minute.
    """
    compute, storage = connection.compute, connection.block_storage
    cloud.wait_until("Nova's workers", lambda: {each.binary for each in _up(compute)} >= WORKERS)
    cloud.wait_until("Nova's host mapping", lambda: _has_host_mapping(lab))
    cloud.wait_until("Cinder's workers", lambda: _storage_workers(storage) >= STORAGE_WORKERS)
    # The scheduler refuses volumes until each backend has reported its pools.
    cloud.wait_until("Cinder's pools", lambda: len(list(storage.backend_pools())) >= len(BACKENDS))


def _up(proxy: Any) -> list[Any]:
    return [each for each in proxy.services() if each.state == 'up']


def _storage_workers(storage: Any) -> set[str]:
    return {
        f'{each.binary} {each.host}' if each.binary == 'cinder-volume' else each.binary
        for each in _up(storage)
    }


def _has_host_mapping(lab: layout.Lab) -> bool:
    """Tell whether the scheduler found the compute host; no API shows it."""
    where = {'unix_socket': str(lab.socket), 'user': 'lab', 'password': lab.password}
    with pymysql.connect(**where) as database, database.cursor() as cursor:
        return bool(cursor.execute('SELECT id FROM nova_api.host_mappings'))


if __name__ == '__main__':
    found = layout.load(Path(sys.argv[1]))
    as_admin = cloud.admin(found.clouds_yaml)
    ensure(as_admin)
    say('the fixtures are there')
    wait_for_workers(as_admin, found)
    say('the workers are ready')
