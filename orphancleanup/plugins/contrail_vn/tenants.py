"""Which projects Contrail has from Keystone: only of these does it mean anything that Keystone lacks them."""

import uuid
from collections.abc import Iterable

from orphancleanup.api import Cloud, Service
from orphancleanup.plugins.contrail_vn import listing
from orphancleanup.plugins.contrail_vn.identifiers import keystone_id
from orphancleanup.records import Record, first

#: why what is in another project stays
FOREIGN = (
    'its project does not own itself in Contrail, so that it did not come from Keystone: Kubernetes, or somebody else, '
    'made it there'
)


def foreign(service: Service, projects: Iterable[str]) -> frozenset[str]:
    """Return those of some projects that did not come from Keystone.

    What is made with an id of Keystone's owns itself (``_ensure_perms2_present`` of the API server). What Kubernetes
    makes of its namespaces belongs to whoever made it, and Keystone has never had it.

    :param projects: as Keystone writes them; so are those that are returned.
    :raises IncompleteListing: when that cannot be told.
    """
    wanted = {str(uuid.UUID(each)) for each in projects}
    found = listing.chosen(service, 'project', ('perms2',), wanted)
    return frozenset(keystone_id(str(each.get('uuid'))) for each in found if not _owns_itself(each))


class _Foreign(Exception):
    """A project did not come from Keystone."""


def is_foreign(cloud: Cloud, service: Service, project: str) -> bool:
    """Return the same of one project, which is asked about once for many looks."""

    def ask() -> None:
        if foreign(service, (project,)):
            raise _Foreign

    try:
        cloud.once(f'the project {project} of Contrail came from Keystone', ask)
    except _Foreign:
        return True
    return False


def _owns_itself(project: Record) -> bool:
    """Return whether the owner is the project, which is written with dashes after a change."""
    owner = str(first(project, 'perms2.owner') or '')
    return owner.replace('-', '') == str(project.get('uuid')).replace('-', '')
