"""Block storage: each function finds by name, or makes, and waits where the next step needs it."""

from typing import Any

from lab.inside.cloud import wait_until
from lab.scenarios.project import Project

SECONDS = 90.0


def volume(project: Project, name: str, **properties: Any) -> Any:
    """Find or begin to make a volume of 1 GiB; see :func:`settled`."""
    storage = project.connection.block_storage
    found = storage.find_volume(name) or storage.create_volume(name=name, size=1, **properties)
    return project.note('cinder-volume', found)


def settled(proxy_get: Any, resource: Any, *wanted: str) -> Any:
    """Wait until a resource is in one of the wanted states.

    :param proxy_get: the SDK's function that gets it by id.
    :param resource: the resource.
    :param wanted: states in lower case; one that begins with "error" and is not wanted ends the wait.
    :returns: the resource in its new state.
    :raises RuntimeError: if it ends in an error instead.
    """

    def look() -> Any:
        found = proxy_get(resource.id)
        state = found.status.lower()
        if state in wanted:
            return found
        if state.startswith('error') or state.endswith('_failed'):
            raise RuntimeError(f'{found.name} is {found.status}, not {" or ".join(wanted)}')
        return None

    return wait_until(f'{resource.name} as {" or ".join(wanted)}', look, SECONDS)


def available(project: Project, found: Any) -> Any:
    """Wait until a volume is available, or in use from an earlier run."""
    get = project.connection.block_storage.get_volume
    return settled(get, found, 'available', 'in-use', 'awaiting-transfer')


def snapshot(project: Project, name: str, source: Any) -> Any:
    """Find or make a snapshot of an available volume."""
    storage = project.connection.block_storage
    found = storage.find_snapshot(name) or storage.create_snapshot(volume_id=source.id, name=name)
    return project.note('cinder-snapshot', settled(storage.get_snapshot, found, 'available'))


def backup(project: Project, name: str, source: Any, *, is_incremental: bool = False) -> Any:
    """Find or make a backup of an available volume."""
    storage = project.connection.block_storage
    found = storage.find_backup(name) or storage.create_backup(
        volume_id=source.id, name=name, is_incremental=is_incremental
    )
    return project.note('cinder-backup', settled(storage.get_backup, found, 'available'))


def transfer(project: Project, name: str, source: Any) -> Any:
    """Find or make a transfer that nobody accepted; its volume stays awaiting-transfer."""
    storage = project.connection.block_storage
    found = storage.find_transfer(name) or storage.create_transfer(volume_id=source.id, name=name)
    return project.note('cinder-transfer', found)


def group(project: Project, name: str) -> Any:
    """Find or make an empty generic group."""
    storage = project.connection.block_storage
    found = storage.find_group(name) or storage.create_group(
        name=name,
        group_type=storage.find_group_type('lab').id,
        volume_types=[storage.find_type('lab').id],
        availability_zone='nova',
    )
    return project.note('cinder-group', settled(storage.get_group, found, 'available'))


def group_snapshot(project: Project, name: str, source: Any) -> Any:
    """Find or make a group snapshot, and note its members too."""
    storage = project.connection.block_storage
    found = storage.find_group_snapshot(name) or storage.create_group_snapshot(name=name, group_id=source.id)
    project.note('cinder-group-snapshot', settled(storage.get_group_snapshot, found, 'available'))
    for member in storage.snapshots(details=True):
        if member.group_snapshot_id == found.id:
            project.note('cinder-snapshot', member, held_by=found.id)
    return found
