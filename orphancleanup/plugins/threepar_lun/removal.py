"""What ends a volume on an array, one act after the other; each finds out by itself what is left to do."""

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict
from orphancleanup.plugins.threepar_lun import findings, sides
from orphancleanup.plugins.threepar_lun.inventory import VolumeSet
from orphancleanup.plugins.threepar_lun.names import Role
from orphancleanup.plugins.threepar_lun.target import Target


def stop_io(cloud: Cloud, target: Target) -> None:
    """End all input and output to a volume on every host that has a map of it.

    :raises Conflict: when something holds a map, or the volume is exported together with others.
    :raises orphancleanup.errors.Unreachable: when a host cannot be asked.
    """
    target.require_free()
    for each in target.maps(cloud):
        cloud.require_change(f'The removal of the map {each.name} on the host {each.host}')
        sides.of(cloud).stop_io(each, may_work=True)
    target.require_no_maps(cloud)


def unexport(cloud: Cloud, target: Target) -> None:
    """Remove a volume's own exports, each by its exact name, when no host has a map of it.

    :raises Conflict: when a host has, or an export is there still.
    """
    target.require_free()
    target.require_no_maps(cloud)
    for export in target.exports():
        target.array.unexport(export)
    for export in target.exports():
        raise Conflict(409, f'{target} is exported again: {export}.')


def leave_sets(_cloud: Cloud, target: Target) -> None:
    """Take a volume out of its sets; one that the driver made for it alone is removed with the rule on it."""
    target.require_free()
    _require_unexported(target)
    for found in target.sets():
        _leave(target, found)


def delete_snapshots(_cloud: Cloud, target: Target) -> None:
    """Remove the snapshots that the driver made for a moment (for a clone), which nothing works on.

    :raises Conflict: when there are others.
    """
    target.require_free()
    children = target.children()
    for child in children:
        name = findings.whose(child, target.array.configured)
        if name is None or name.role is not Role.TEMPORARY_SNAPSHOT:
            raise Conflict(409, f'{target} has the snapshot {child.name}; remove that first.')
        for task in target.array.running_tasks(child.name):
            raise Conflict(409, f'{child.name}, a snapshot of {target}, is being worked on: {task}.')
    for child in children:
        target.array.delete_volume(child.name)


def delete(_cloud: Cloud, target: Target) -> None:
    """Remove the volume itself, and see that it is gone.

    :raises Conflict: when it is still exported, in a set, or has snapshots.
    """
    target.require_free()
    _require_unexported(target)
    for found in target.sets():
        raise Conflict(409, f'{target} is in the set {found.name}.')
    for child in target.children():
        raise Conflict(409, f'{target} has the snapshot {child.name}.')
    target.array.delete_volume(target.volume.name)


def _require_unexported(target: Target) -> None:
    for export in target.exports():
        raise Conflict(409, f'{target} is exported: {export}.')


def _leave(target: Target, found: VolumeSet) -> None:
    if found.name not in target.own_sets or found.members != (target.volume.name,):
        target.array.leave_set(found.name, target.volume.name)
        return
    if target.array.has_rule(found.name):
        target.array.delete_rule(found.name)
    target.array.delete_set(found.name)
