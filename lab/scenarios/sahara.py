"""Clusters of Sahara in a living project, in one that is deleted, and of a user who is deleted."""

import argparse

from lab.errors import LabError
from lab.inside.cloud import wait_until
from lab.scenarios.clusters import SECONDS, Sahara, register_image
from lab.scenarios.project import Project, Seeder

#: name to what Sahara is asked for besides; the volume of the second cannot be deleted while the faults are on
LIVING: dict[str, dict[str, bool]] = {
    'healthy': {},
    'faildelete': {},
    'protected': {'is_protected': True},
    'public': {'is_public': True},
}


def make(seeder: Seeder, options: argparse.Namespace) -> list[Project]:
    """Make them; the deletion of ``faildelete`` has failed in the end, which only its stack tells.

    :param seeder: the connection to the lab.
    :param options: ``prefix``, how the names of the projects begin.
    :returns: the projects and what is in them.
    :raises LabError: when the lab has no Sahara.
    """
    if 'sahara' not in seeder.lab.extras:
        raise LabError('This lab has no Sahara: start it with `python3 -m lab up --with sahara`.')
    image = register_image(seeder)
    names = [f'{options.prefix}-{word}' for word in ('living', 'dead', 'creator')]
    living, dead, creator = projects = [seeder.project(name) for name in names]
    begun = [(living, word, fields) for word, fields in LIVING.items()]
    begun += [(dead, 'lost', {}), (creator, 'left', {})]
    made = [(Sahara(seeder, project, image), word, fields) for project, word, fields in begun]
    ids = [sahara.begin(word, **fields) for sahara, word, fields in made]
    for (sahara, _, _), identifier in zip(made, ids, strict=True):
        sahara.wait(identifier)
    fail(seeder, living, made[1][0], ids[1])
    seeder.admin.identity.delete_project(dead.project_id)
    seeder.admin.identity.delete_user(seeder.admin.identity.find_user(creator.name))
    creator.username = None
    return projects


def fail(seeder: Seeder, project: Project, sahara: Sahara, identifier: str) -> None:
    """Delete a cluster whose volume cannot go, and wait until its stack says that this failed."""
    sahara.ask('DELETE', identifier)
    heat = project.connection.orchestration

    def has_failed() -> bool:
        return any(
            each.name.endswith(identifier[:8]) and each.status == 'DELETE_FAILED' for each in heat.stacks()
        )

    wait_until(f'the stack of {identifier} as DELETE_FAILED', has_failed, SECONDS)
