"""Three projects with networks in Contrail, of which two are deleted in Keystone; Contrail tries once to follow."""

import argparse

from lab.contrail.client import Client
from lab.contrail.estate import Home, entangle, kind_of, settle
from lab.errors import LabError
from lab.scenarios.project import Project, Seeder


def make(seeder: Seeder, options: argparse.Namespace) -> list[Project]:
    """Make them, and delete two in Keystone: of the second the living one still uses networks.

    :param seeder: the connection to the lab.
    :param options: ``prefix``, how their names begin.
    :returns: the projects and what is in them.
    :raises LabError: when the lab has no Contrail.
    """
    if 'contrail' not in seeder.lab.extras:
        raise LabError('This lab has no Contrail: start it with `python3 -m lab up --with contrail`.')
    client = Client(seeder.lab.url('contrail'), seeder.admin.session.get_token)
    projects = [seeder.project(f'{options.prefix}-{word}') for word in ('dead', 'used', 'living')]
    homes = [Home(client, client.project(each.project_id)) for each in projects]
    settle(homes[2], homes[0])
    entangle(homes[2], homes[1])
    client.steer('resync')
    for each in projects[:2]:
        seeder.admin.identity.delete_project(each.project_id)
    client.steer('resync')
    for project, home in zip(projects, homes, strict=True):
        for word, each in home.made.items():
            project.made.append(
                {'kind': kind_of(each.type), 'id': each.uuid, 'name': word, 'project_id': project.project_id}
            )
    return projects
