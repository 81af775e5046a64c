"""Tenants as a cloud has them: each with a user and one of nearly everything."""

import argparse

from lab.scenarios import TENANTS, compute, network, orchestration, storage
from lab.scenarios.tenant import Seeder, Tenant


def make(seeder: Seeder, options: argparse.Namespace) -> list[Tenant]:
    """Make the tenants.

    :param seeder: the connection to the lab.
    :param options: ``projects``, the names or None.
    :returns: the tenants and what is in them.
    """
    return seeder.fill_all(options.projects or TENANTS, fill)


def fill(tenant: Tenant) -> None:
    """Make a mixed set; what takes long is begun first and waited for last."""
    name = tenant.name
    data = storage.volume(tenant, f'{name}-data')
    disk = storage.volume(tenant, f'{name}-disk')
    resources = {
        **orchestration.network(f'{name}-stack-net'),
        'vol': orchestration.volume(f'{name}-stack-vol'),
    }
    stack = orchestration.stack(tenant, f'{name}-stack', resources)
    net = network.network(tenant, f'{name}-net')
    server = compute.server(tenant, f'{name}-server', net)
    _fill_network(tenant, net)
    _fill_compute(tenant)
    data = storage.available(tenant, data)
    storage.snapshot(tenant, f'{name}-snapshot', data)
    storage.backup(tenant, f'{name}-backup', data)
    storage.available(tenant, disk)
    compute.attach(tenant, compute.active(tenant, server), disk)
    orchestration.created(tenant, stack)


def _fill_network(tenant: Tenant, net: object) -> None:
    name = tenant.name
    network.router(tenant, f'{name}-router', net)
    network.floating_ip(tenant, network.port(tenant, f'{name}-port', net))
    network.security_group(tenant, f'{name}-security-group')


def _fill_compute(tenant: Tenant) -> None:
    name = tenant.name
    compute.keypair(tenant, f'{name}-key')
    compute.server_group(tenant, f'{name}-server-group')
    compute.image(tenant, f'{name}-image')
