"""Projects as a cloud has them: each with a user and one of nearly everything."""

import argparse

from lab.scenarios import PROJECTS, compute, network, orchestration, storage
from lab.scenarios.project import Project, Seeder


def make(seeder: Seeder, options: argparse.Namespace) -> list[Project]:
    """Make the projects.

    :param seeder: the connection to the lab.
    :param options: ``projects``, the names or None.
    :returns: the projects and what is in them.
    """
    return seeder.fill_all(options.projects or PROJECTS, fill)


def fill(project: Project) -> None:
    """Make a mixed set; what takes long is begun first and waited for last."""
    name = project.name
    data = storage.volume(project, f'{name}-data')
    disk = storage.volume(project, f'{name}-disk')
    resources = {
        **orchestration.network(f'{name}-stack-net'),
        'vol': orchestration.volume(f'{name}-stack-vol'),
    }
    stack = orchestration.stack(project, f'{name}-stack', resources)
    net = network.network(project, f'{name}-net')
    server = compute.server(project, f'{name}-server', net)
    _fill_network(project, net)
    _fill_compute(project)
    data = storage.available(project, data)
    storage.snapshot(project, f'{name}-snapshot', data)
    storage.backup(project, f'{name}-backup', data)
    storage.available(project, disk)
    compute.attach(project, compute.active(project, server), disk)
    orchestration.created(project, stack)


def _fill_network(project: Project, net: object) -> None:
    name = project.name
    network.router(project, f'{name}-router', net)
    network.floating_ip(project, network.port(project, f'{name}-port', net))
    network.security_group(project, f'{name}-security-group')


def _fill_compute(project: Project) -> None:
    name = project.name
    compute.keypair(project, f'{name}-key')
    compute.server_group(project, f'{name}-server-group')
    compute.image(project, f'{name}-image')
