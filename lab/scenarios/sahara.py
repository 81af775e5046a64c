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
    saharas = [Sahara(seeder, project, image) for project in projects]
    wanted = [(saharas[0], word, fields) for word, fields in LIVING.items()]
    wanted += [(saharas[1], 'lost', {}), (saharas[2], 'left', {})]
    begun = {word: (sahara, sahara.begin(word, **fields)) for sahara, word, fields in wanted}
    for sahara, identifier in begun.values():
        # The second time, a deletion has failed already.
        sahara.wait(identifier, 'Active', 'Deleting')
    fail(living, *begun['faildelete'])
    seeder.admin.identity.delete_project(dead.project_id)
    seeder.admin.identity.delete_user(seeder.admin.identity.find_user(creator.name))
    creator.username = None
    return projects


def fail(project: Project, sahara: Sahara, *identifiers: str) -> None:
    """Delete clusters whose volumes cannot go, and wait until their stacks say that this failed."""
    waiting = set(identifiers)
    for each in waiting:
        sahara.ask('DELETE', each)

    def have_failed() -> bool:
        stacks = project.connection.orchestration.stacks()
        failed = {each.name[-8:] for each in stacks if each.status == 'DELETE_FAILED'}
        return {each[:8] for each in waiting} <= failed

    wait_until(f'the stacks of {", ".join(sorted(waiting))} as DELETE_FAILED', have_failed, SECONDS)
