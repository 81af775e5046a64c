"""The ladder of what is left over on an array: all of it is of the level ``backend``.

Before each act Cinder is asked once more for what the volume was made for. That another volume has taken over its name
is excluded by the complete listing that is a minute old at most: Cinder gives a name id only to a volume with a row.
"""

from collections.abc import Callable

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.plugins.threepar_lun import arrays, cinder, findings, nova, removal
from orphancleanup.plugins.threepar_lun.inventory import Volume
from orphancleanup.plugins.threepar_lun.names import Name, Role
from orphancleanup.plugins.threepar_lun.target import Target

Act = Callable[[Cloud, Target], None]
#: what is done, in this order; the last one removes
ACTS: tuple[tuple[str, Act], ...] = (
    ('stop-io', removal.stop_io),
    ('unexport', removal.unexport),
    ('leave-sets', removal.leave_sets),
    ('delete-temporary-snapshots', removal.delete_snapshots),
    ('delete-lun', removal.delete),
)


def proved(cloud: Cloud, resource: Resource) -> Target:
    """Return a volume or a snapshot that is nobody's, looked at just now.

    :raises NotFound: when it is gone.
    :raises Conflict: when it is another one by now, or somebody's.
    """
    array, where = arrays.of(cloud).of(resource.ref)
    volume = array.volume(where)
    if volume is None:
        raise NotFound(404, f'{resource.ref} is gone.')
    name = findings.whose(volume, array.configured)
    if name is None or volume.wwn != resource.details['wwn']:
        raise Conflict(409, f'{resource.ref} is not what it was when the plan was made.')
    _require_ownerless(cloud, volume, name)
    return Target(array, volume, name)


def _require_ownerless(cloud: Cloud, volume: Volume, name: Name) -> None:
    if name.role is Role.TEMPORARY_SNAPSHOT:
        return
    if name.role is Role.SNAPSHOT:
        if cinder.has_snapshot(cloud, name.id):
            raise Conflict(409, f'{volume.name} belongs to snapshot {name.id}, which exists.')
        return
    for each in sorted(findings.claims(volume, name)):
        if cinder.volume(cloud, each):
            raise Conflict(409, f'{volume.name} belongs to volume {each}, which exists.')
        _require_no_server(cloud, each)


def _require_no_server(cloud: Cloud, identifier: str) -> None:
    """Return when no server says that it has a volume; asked once for all steps that follow each other.

    :raises Conflict: when one does.
    """

    def ask() -> None:
        for server in sorted(nova.disks(cloud).get(identifier, ())):
            raise Conflict(
                409, f'Server {server} says that it has volume {identifier}, which Cinder does not know.'
            )

    cloud.once(f'no server has volume {identifier}', ask)


def _step(name: str, act: Act) -> Step:
    def run(cloud: Cloud, resource: Resource) -> None:
        act(cloud, proved(cloud, resource))

    return Step(name, run, Level.BACKEND, removes=act is removal.delete)


LADDER = tuple(_step(name, act) for name, act in ACTS)
