"""Projects that were deleted in Keystone, which checks nothing, with everything still inside."""

import argparse
from typing import Any

from lab.scenarios import compute, network, orchestration, storage
from lab.scenarios.project import Project, Seeder


def make(seeder: Seeder, options: argparse.Namespace) -> list[Project]:
    """Make the projects and delete them; of the second the user goes too.

    :param seeder: the connection to the lab.
    :param options: ``prefix``, how their names begin.
    :returns: the projects and what is still there of them.
    """
    first, second = f'{options.prefix}-1', f'{options.prefix}-2'
    found = {name: remains(seeder.admin, name) for name in (first, second)}
    made = {each.name: each for each in seeder.fill_all(_to_make(seeder, found), _fill)}
    for project in made.values():
        seeder.admin.identity.delete_project(project.project_id)
        if project.name == second:
            seeder.admin.identity.delete_user(seeder.admin.identity.find_user(second))
            project.username = None
    return [made.get(name) or _dead(seeder, name, found[name]) for name in (first, second)]


def _to_make(seeder: Seeder, found: dict[str, list[dict[str, Any]]]) -> list[str]:
    """Return the projects of which nothing is left, or that an interrupted run left alive."""
    identity = seeder.admin.identity
    return [name for name, left in found.items() if not left or identity.find_project(name)]


def _dead(seeder: Seeder, name: str, left: list[dict[str, Any]]) -> Project:
    user = seeder.admin.identity.find_user(name)
    return Project(left[0]['project_id'], name, user and user.name, None, left)


def _fill(project: Project) -> None:
    name = project.name
    data = storage.volume(project, f'{name}-data')
    disk = storage.volume(project, f'{name}-disk')
    stack = orchestration.stack(project, f'{name}-stack', {'vol': orchestration.volume(f'{name}-stack-vol')})
    net = network.network(project, f'{name}-net')
    server = compute.server(project, f'{name}-server', net)
    data = storage.available(project, data)
    storage.snapshot(project, f'{name}-snapshot', data)
    storage.backup(project, f'{name}-backup', data)
    storage.available(project, disk)
    compute.attach(project, compute.active(project, server), disk)
    orchestration.created(project, stack)


def remains(admin: Any, name: str) -> list[dict[str, Any]]:
    """Find what is still there of a project, by the names, in all projects.

    :param admin: the admin's connection.
    :param name: the project's name.
    :returns: the document's entries.
    """
    listings = {
        'cinder-volume': admin.block_storage.volumes(details=True, all_projects=True),
        'cinder-snapshot': admin.block_storage.snapshots(details=True, all_projects=True),
        'cinder-backup': admin.block_storage.backups(details=True, all_tenants=True),
        'nova-server': admin.compute.servers(details=True, all_projects=True),
        'heat-stack': _all_stacks(admin),
        'neutron-network': admin.network.networks(),
        'neutron-subnet': admin.network.subnets(),
    }
    every = [_entry(kind, each) for kind, listing in listings.items() for each in listing]
    return [entry for entry in every if (entry['name'] or '').startswith(f'{name}-')]


def _all_stacks(admin: Any) -> list[dict[str, Any]]:
    # The SDK's Stack objects show every stack as the caller's own.
    return list(admin.orchestration.get('/stacks?global_tenant=true').json()['stacks'])


def _entry(kind: str, found: Any) -> dict[str, Any]:
    if kind == 'heat-stack':
        identity, name, project = found['id'], found['stack_name'], found['project']
    else:
        identity, name, project = found.id, found.name, found.project_id
    return {'kind': kind, 'id': identity, 'name': name, 'project_id': project}
