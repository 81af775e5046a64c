"""What follows for a volume that Cinder would not delete, because something holds it on its array.

These steps are appended to the ladder of a Cinder volume. Whatever is around it is removed, then the volume on the
array, and then Cinder is asked once more: its driver takes what the array no longer has for deleted.
"""

from collections.abc import Iterator

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, NotConfigured, NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.threepar_lun import arrays, cinder, findings, names, nova, rungs
from orphancleanup.plugins.threepar_lun.cinder import CinderVolume
from orphancleanup.plugins.threepar_lun.names import Name, Role
from orphancleanup.plugins.threepar_lun.target import Target
from orphancleanup.plugins.threepar_lun.wsapi import Array
from orphancleanup.records import segment

# In all others Cinder, a service of it or a server is at work on the volume.
_RESTING = frozenset({'available', 'error', 'error_deleting', 'deleting'})


def proved(cloud: Cloud, resource: Resource) -> CinderVolume:
    """Return a volume that nobody uses, looked at just now.

    :raises NotFound: when it is gone.
    :raises Conflict: when it is attached, migrating, at work, or a server says that it has it.
    """
    found = cinder.volume(cloud, resource.id)
    if found is None:
        raise NotFound(404, f'{resource.ref} is gone.')
    if found.status not in _RESTING or found.is_migrating or found.is_attached:
        raise Conflict(409, f'{resource.ref} is {found.status}, or attached, or migrating.')
    for each in cinder.attachments(cloud, found.id):
        raise Conflict(409, f'{resource.ref} has the attachment {each.get("id")}; detach it first.')
    disks = nova.disks(cloud)
    # While a server is handed from one volume to another, it says that it has the other one.
    for server in sorted({*disks.get(found.id, ()), *disks.get(found.name_id, ())}):
        if not cloud.is_gone(Ref(nova.SERVER, server)):
            raise Conflict(409, f'{resource.ref} is a disk of server {server}, which exists.')
    return found


def targets(cloud: Cloud, found: CinderVolume) -> tuple[Target, ...]:
    """Return what a volume has on the arrays; nothing when no array is configured, or none has it.

    All of it is read before anything is done to any of it.

    :raises Conflict: when something of its name is there that is not Cinder's.
    """
    try:
        known = arrays.of(cloud).arrays
    except NotConfigured:
        return ()
    return tuple(target for array in known for target in _on(array, found))


def _on(array: Array, found: CinderVolume) -> Iterator[Target]:
    for volume in array.volumes():
        name = names.decode(volume.name)
        if name not in _names(found):
            continue
        if findings.whose(volume, array.configured) is None:
            raise Conflict(
                409,
                f'{volume.name} on the array {array.name} has the name of volume {found.id}, but it is not '
                f"Cinder's: its pool ({volume.cpg}) or its comment says so.",
            )
        yield Target(array, volume, name, found.hosts, frozenset({found.id}))


def _names(found: CinderVolume) -> tuple[Name, ...]:
    """Return what a volume is called on an array: for a moment after a migration, by its id."""
    return (Name(Role.VOLUME, found.name_id), Name(Role.SWAPPED_VOLUME, found.id))


def has(cloud: Cloud, resource: Resource) -> bool | None:
    """Return whether an array has a volume of Cinder's; None when it is not on one of them.

    False only when every array says that it has none of its name, and Cinder that its pool is on one of them: two
    arrays may well have pools of one name.
    """
    found = cinder.volume(cloud, resource.id)
    if found is None:
        return None
    try:
        if targets(cloud, found):
            return True
        known = arrays.of(cloud).arrays
        serial = cinder.array_serial(cloud, found.host)
    except Conflict:
        # It is there, whosever it is.
        return True
    except NotConfigured:
        return None
    return False if serial and any(each.serial() == serial for each in known) else None


def _step(name: str, act: rungs.Act) -> Step:
    def run(cloud: Cloud, resource: Resource) -> None:
        found = targets(cloud, proved(cloud, resource))
        for target in found:
            # What one array refuses is not begun on another.
            target.require_free()
        for target in found:
            act(cloud, target)

    return Step(name, run, Level.BACKEND, removes=False)


def _delete_again(cloud: Cloud, resource: Resource) -> None:
    """Ask Cinder once more, whatever the status, when no array has the volume any more."""
    for target in targets(cloud, proved(cloud, resource)):
        raise Conflict(409, f'{target} is there still.')
    api = cloud.service(cinder.SERVICE, cinder.MICROVERSION)
    api.post(f'/volumes/{segment(resource.id)}/action', {'os-force_delete': {}})


LADDER = (
    *(_step(name, act) for name, act in rungs.ACTS),
    Step('delete-after-lun', _delete_again, Level.BACKEND),
)
