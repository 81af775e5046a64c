"""Steps in the databases of the lab's own Heat and Cinder, with their services running all the while."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab.layout import Lab
from lab.scenarios import orchestration, storage
from lab.scenarios.project import Project
from orphancleanup.rescue import undo_file
from orphancleanup.rescue.undo_file import State
from tests.functional import scratch
from tests.functional.command import Command, results
from tests.functional.in_place import announce
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

PLUGIN = Path(__file__).resolve().parents[2] / 'plugins' / 'file-backend'
HARSH = ('--force', '--database', '--yes-remove')
# Without --force no stack is abandoned.
DATABASE = ('--database', '--yes-remove')


@pytest.fixture
def rescuer(the_lab: Lab, tmp_path: Path) -> Command:
    """Return the command, told where the services' own configuration files are, beside a plugin for the backend."""
    path = [announce(PLUGIN, tmp_path / 'installed'), *filter(None, [os.environ.get('PYTHONPATH')])]
    files = {each: the_lab.root / 'etc' / each / f'{each}.conf' for each in ('heat', 'cinder')}
    told = ''.join(f'{each}_conf = {file}\n' for each, file in files.items())
    more = f'[mysql-fallback]\n{told}[kind:cinder-volume]\ndeadline = 5\n[kind:heat-stack]\ndeadline = 60\n'
    extra = {'PYTHONPATH': os.pathsep.join(path), 'FILE_BACKEND': str(volumes(the_lab))}
    return Command(the_lab, tmp_path, extra, configuration=more)


@pytest.fixture
def project(sandbox: Sandbox) -> Project:
    """Return a project of its own."""
    return sandbox.project('database')


def volumes(lab: Lab) -> Path:
    return lab.root / 'state' / 'cinder' / 'volumes'


def lose_file(lab: Lab, identifier: str) -> None:
    """Have the backend have it no longer."""
    for path in volumes(lab).iterdir():
        if identifier in path.name:
            path.unlink()


def transactions(command: Command) -> tuple[undo_file.Prepared, ...]:
    return undo_file.read(command.last_run() / undo_file.NAME)


def are_as_before(lab: Lab, schema: str, transaction: undo_file.Prepared) -> bool:
    """Return whether the rows of a transaction are as they were before it."""
    return all(
        _row(lab, schema, change.table, change.key) == dict(change.before) for change in transaction.changes
    )


def _row(lab: Lab, schema: str, table: str, key: Any) -> dict[str, Any]:
    where = ' AND '.join(f'`{name}` = %s' for name in key)
    with scratch.connection(lab, schema) as connection, connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM `{table}` WHERE {where}', list(key.values()))
        names = [each[0] for each in cursor.description]
        found = cursor.fetchone() or ()
        return dict(zip(names, found, strict=False))


def usage(sandbox: Sandbox, project: Project) -> dict[str, int]:
    """Return what Cinder says that a project uses."""
    path = f'/os-quota-sets/{project.project_id}?usage=True'
    told = sandbox.admin.block_storage.get(path).json()['quota_set']
    return {name: each['in_use'] for name, each in told.items() if isinstance(each, dict)}


def manage(lab: Lab, program: str, *arguments: str) -> str:
    """Run a service's own program of administration."""
    service = program.partition('-')[0]
    configuration = str(lab.root / 'etc' / service / f'{service}.conf')
    command = [str(lab.environment / 'bin' / program), '--config-file', configuration, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def stuck_volumes(sandbox: Sandbox, project: Project) -> list[Any]:
    """Make a volume that hangs in error_deleting and one that hangs in deleting.

    Their backend was taken out of service: nobody takes Cinder's messages about them.
    """
    found = []
    for status in ('error_deleting', 'deleting'):
        made = storage.available(project, storage.volume(project, f'{status}-{project.name}'))
        scratch.statement(
            sandbox.lab,
            "UPDATE cinder.volumes SET host = 'gone@gone#gone', status = %s WHERE id = %s",
            status,
            made.id,
        )
        found.append(made)
    return found


def test_volumes_that_cinder_cannot_delete_are_purged_and_come_back_by_an_undo(
    the_lab: Lab, sandbox: Sandbox, project: Project, rescuer: Command
) -> None:
    stuck = stuck_volumes(sandbox, project)
    storage.available(project, storage.volume(project, f'other-{project.name}'))
    named = [word for each in stuck for word in ('--resource', f'cinder-volume:{each.id}')]
    report = rescuer.report('cleanup', *named, *HARSH, code=4)
    assert set(results(report).values()) == {'not-removed'}
    assert all('The backend still has' in each['text'] for each in report['outcomes']), report['outcomes']
    for each in stuck:
        lose_file(the_lab, each.id)
    report = rescuer.report('cleanup', *named, *HARSH, code=0)
    assert set(results(report).values()) == {'removed'}
    assert {each['steps'][-1] for each in report['outcomes']} == {'purge'}
    assert not {each.id for each in project.connection.block_storage.volumes()} & {each.id for each in stuck}
    assert usage(sandbox, project)['volumes'] == usage(sandbox, project)['gigabytes'] == 1
    told = manage(the_lab, 'cinder-manage', 'quota', 'check', '--project-id', project.project_id)
    assert project.project_id in told
    assert 'invalid' not in told, told
    again = storage.available(project, storage.volume(project, stuck[0].name))
    assert again.id != stuck[0].id
    done = transactions(rescuer)
    undone = rescuer.run('database', 'undo', 'latest', '--yes-restore')
    assert undone.code == 0, undone
    assert all(
        are_as_before(the_lab, 'cinder', each)
        or all(change.is_derived for change in each.changes if not _is_same(the_lab, change))
        for each in done
    )
    assert [each.state for each in transactions(rescuer)] == [State.UNDONE, State.UNDONE]
    assert {each.id for each in project.connection.block_storage.volumes()} >= {each.id for each in stuck}
    rescuer.report('cleanup', *named, *HARSH, code=0)


def _is_same(lab: Lab, change: Any) -> bool:
    return _row(lab, 'cinder', change.table, change.key) == dict(change.before)


def test_a_stack_whose_network_somebody_needs_keeps_its_rows_and_goes_when_nobody_does(
    the_lab: Lab, sandbox: Sandbox, project: Project, rescuer: Command
) -> None:
    heat, name = project.connection.orchestration, f'stack-{project.name}'
    stack = orchestration.stack(project, name, orchestration.network(name))
    storage.settled(heat.get_stack, stack, 'create_complete')
    listed = heat.get(f'/stacks/{name}/{stack.id}/resources').json()['resources']
    net = next(each['physical_resource_id'] for each in listed if each['resource_name'] == 'net')
    sandbox.kill_project(project)
    plan, named = str(rescuer.home / 'plan.json'), ('--resource', f'heat-stack:{stack.id}')
    rescuer.report('cleanup', '--dry-run', *named, '--plan-file', plan, code=4)
    # Meanwhile somebody's port comes onto its network: Heat's delete fails, and so does Neutron's.
    port = sandbox.admin.network.create_port(
        network_id=net, name=f'foreign-{name}', project_id=project.project_id
    )
    report = rescuer.report('cleanup', '--plan', plan, *DATABASE, code=4)
    outcome = next(each for each in report['outcomes'] if each['id'] == stack.id)
    assert outcome['result'] == 'not-removed', outcome
    assert 'must go first' in outcome['text'], outcome
    assert 'nothing was changed in the database' in outcome['text'], outcome
    row = _row(the_lab, 'heat', 'stack', {'id': stack.id})
    assert (row['action'], row['status'], row['deleted_at']) == ('DELETE', 'FAILED', None)
    sandbox.admin.network.delete_port(port.id)
    report = rescuer.report('cleanup', *named, *DATABASE, code=0)
    assert results(report)['heat-stack', stack.id] == 'removed'
    assert next(each['steps'][-1] for each in report['outcomes'] if each['id'] == stack.id) == 'delete'
    assert stack.id not in {each['id'] for each in sandbox.witness.records('heat-stack').values()}
