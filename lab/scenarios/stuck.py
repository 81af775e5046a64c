"""Resources that resist: the storage backend is broken, no host is big enough."""

import argparse
from collections.abc import Callable
from typing import Any

from lab import faults
from lab.errors import LabError
from lab.inside.cloud import wait_until
from lab.scenarios import compute, network, orchestration, storage
from lab.scenarios.project import Project, Seeder


def make(seeder: Seeder, options: argparse.Namespace) -> list[Project]:
    """Make one project full of what is stuck.

    :param seeder: the connection to the lab.
    :param options: ``project``, the project's name.
    :returns: the project.
    :raises LabError: if the backend is repaired: nothing would be stuck.
    """
    if seeder.lab.faults_off.exists():
        raise LabError(f'Nothing can be stuck while {faults.switch(seeder.lab, "status")} Run `faults on`.')
    return seeder.fill_all([options.project], _fill)


def _fill(project: Project) -> None:
    name, storage_ = project.name, project.connection.block_storage
    net = network.network(project, f'{name}-net')
    held = orchestration.volume(f'{name}-faildelete-in-stack')
    stack = orchestration.stack(project, f'{name}-stack', {'vol': held})
    server = compute.server(project, f'{name}-server', net, flavor='huge')
    for fault, state in (('faildelete', 'error_deleting'), ('hangdelete', 'deleting')):
        found = storage.volume(project, f'{name}-{fault}')
        _delete(storage_.get_volume, storage_.delete_volume, found, state)
    failed = storage.volume(project, f'{name}-failcreate')
    _fill_snapshots(project)
    _delete_stack(project, stack)
    storage.settled(storage_.get_volume, failed, 'error')
    storage.settled(project.connection.compute.get_server, server, 'error')


def _fill_snapshots(project: Project) -> None:
    name, storage_ = project.name, project.connection.block_storage
    source = storage.available(project, storage.volume(project, f'{name}-source'))
    failed = _begin_snapshot(project, f'{name}-snapshot-failcreate', source)
    doomed = _begin_snapshot(project, f'{name}-snapshot-faildelete', source)
    _delete(storage_.get_snapshot, storage_.delete_snapshot, doomed, 'error_deleting')
    storage.settled(storage_.get_snapshot, failed, 'error')


def _begin_snapshot(project: Project, name: str, source: Any) -> Any:
    storage_ = project.connection.block_storage
    found = storage_.find_snapshot(name) or storage_.create_snapshot(volume_id=source.id, name=name)
    return project.note('cinder-snapshot', found)


def _delete(get: Callable[[str], Any], delete: Callable[[Any], Any], found: Any, state: str) -> None:
    """Delete what is available, and wait until it is stuck."""
    if storage.settled(get, found, 'available', state).status == 'available':
        delete(found)
        wait_until(f'{found.name} as {state}', lambda: get(found.id).status == state, storage.SECONDS)


def _delete_stack(project: Project, stack: Any) -> None:
    heat = project.connection.orchestration
    found = storage.settled(heat.get_stack, stack, 'create_complete', 'delete_failed')
    orchestration.note_held(project, stack)
    if found.status == 'CREATE_COMPLETE':
        heat.delete_stack(stack)
        wait_until(
            f'{stack.name} as DELETE_FAILED',
            lambda: heat.get_stack(stack.id).status == 'DELETE_FAILED',
            storage.SECONDS,
        )
