"""Stacks that Heat cannot delete and may not abandon: their rows are the last step, with Heat at work all the while."""

import dataclasses
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.layout import Lab
from lab.scenarios import orchestration, storage
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.model import Ref
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.plugins.mysql_fallback.heat_stack import StackRows
from orphancleanup.rescue import undo_file
from orphancleanup.rescue.undo_file import State
from orphancleanup.storing import journal
from orphancleanup.testing.rows import Rows
from tests.functional import heat_engine, killed_at_commit, scratch
from tests.functional.command import Command, results
from tests.functional.heat_engine import Engine, slow
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life
from tests.functional.sandbox import Sandbox
from tests.functional.simulated_contrail import SimulatedContrail, configuration

pytestmark = FUNCTIONAL

PLUGINS = Path(heat_engine.__file__).with_name('heat_plugins')
HARSH = ('--force', '--database', '--yes-remove')
DONE = 'Stack DELETE completed successfully'
WORD = {'word': {'type': 'OS::Heat::RandomString'}}


@pytest.fixture(scope='module')
def engine(the_lab: Lab) -> Iterator[Engine]:
    """Return Heat as it is by default, where no stack is abandoned, with a plug-in that fails."""
    found = Engine(the_lab)
    with found.options(enable_stack_abandon='False', plugin_dirs=str(PLUGINS)):
        yield found


@pytest.fixture
def rescuer(the_lab: Lab, command: Command) -> Command:
    """Return the command, told where Heat's database is."""
    return dataclasses.replace(command, configuration=f'[mysql-fallback]\nheat_conf = {conf(the_lab)}\n')


@pytest.fixture
def project(sandbox: Sandbox) -> Project:
    return sandbox.project('rows')


def conf(lab: Lab) -> Path:
    return lab.etc / 'heat' / 'heat.conf'


def made(sandbox: Sandbox, project: Project, name: str, resources: dict[str, Any]) -> Any:
    """Make a stack, and wait for it."""
    found = orchestration.stack(project, name, resources)
    storage.settled(sandbox.admin.orchestration.get_stack, found, 'create_complete')
    return found


@pytest.fixture
def bereft(engine: Engine, sandbox: Sandbox, project: Project) -> Iterator[Any]:
    """Return a stack with something of a service that the cloud has no longer: its deletion fails."""
    found = made(sandbox, project, f'bereft-{project.name}', WORD)
    _retype(sandbox.lab, found.id, 'OS::Heat::RandomString', 'OS::Designate::Zone')
    yield found
    _retype(sandbox.lab, found.id, 'OS::Designate::Zone', 'OS::Heat::RandomString')


def _retype(lab: Lab, stack: str, before: str, after: str) -> None:
    scratch.statement(
        lab,
        'UPDATE heat.raw_template SET template = REPLACE(template, %s, %s) WHERE id IN ('
        'SELECT raw_template_id FROM heat.stack WHERE id = %s UNION '
        'SELECT prev_raw_template_id FROM heat.stack WHERE id = %s UNION '
        'SELECT current_template_id FROM heat.resource WHERE stack_id = %s)',
        before, after, stack, stack, stack,
    )  # fmt: skip


def row(lab: Lab, stack: Any) -> tuple[Any, ...]:
    """Return action, status and reason of a stack in the database, and whether it is deleted there."""
    text = 'SELECT action, status, status_reason, deleted_at IS NOT NULL FROM heat.stack WHERE id = %s'
    (found,) = scratch.statement(lab, text, stack.id)
    return found


def ref(stack: Any) -> str:
    return f'heat-stack:{stack.id}'


def outcome(report: dict[str, Any], stack: Any) -> dict[str, Any]:
    (found,) = (each for each in report['outcomes'] if each['id'] == stack.id)
    assert isinstance(found, dict)
    return found


def require_as_if_never(engine: Engine, sandbox: Sandbox, stack: Any) -> None:
    """Return when nothing of a stack is left, and Heat has nothing to complain about."""
    before = engine.tracebacks()
    assert stack.id not in sandbox.witness.records('heat-stack')
    heat_engine.purge_deleted(engine.lab)
    assert heat_engine.rows_of(engine.lab, [stack.id]) == 0
    assert engine.tracebacks() == before


def test_the_first_case_of_all_ends_as_its_tool_ended_it(
    the_lab: Lab, engine: Engine, sandbox: Sandbox, project: Project, rescuer: Command, tmp_path: Path
) -> None:
    contrail, log = SimulatedContrail(sandbox, tmp_path / 'contrail.json'), tmp_path / 'log'
    contrail.start()
    try:
        network = contrail.home(project).network('network')
        resource = {'type': 'OS::Contrail::VirtualNetwork', 'properties': {'uuid': network.uuid}}
        stack = made(sandbox, project, f'network_{network.uuid}', {'network': resource})
        sandbox.kill_project(project)
        both = dataclasses.replace(rescuer, configuration=rescuer.configuration + configuration(contrail.url))
        asked = ('cleanup', '--resource', ref(stack), '--backend', '--database', '--yes-remove')
        report = both.report('--log-file', str(log), *asked, code=0)
        assert not contrail.has(network)
    finally:
        contrail.stop()
    assert results(report) == {
        ('heat-stack', stack.id): 'removed',
        ('contrail-vn', network.uuid): 'removed',
    }
    assert list(dict.fromkeys(outcome(report, stack)['steps'])) == ['delete', 'purge']
    assert row(the_lab, stack) == ('DELETE', 'COMPLETE', DONE, 1)
    assert scratch.statement(the_lab, 'SELECT id FROM heat.resource WHERE stack_id = %s', stack.id) == []
    told = [line.rpartition('[-] ')[2] for line in log.read_text().splitlines() if '.rescue.' in line]
    assert told == [
        f'{ref(stack)}: purge in the database of heat started',
        f'contrail-vn:{network.uuid}: gone',
        f'{ref(stack)}: purge completed, 3 rows changed',
    ]
    require_as_if_never(engine, sandbox, stack)


def test_where_no_stack_is_abandoned_the_database_is_the_next_step_and_does_it(
    engine: Engine, sandbox: Sandbox, bereft: Any, project: Project, command: Command, rescuer: Command
) -> None:
    named = ('cleanup', '--resource', ref(bereft))
    told = outcome(command.report(*named, '--force', '--yes-remove', code=4), bereft)
    assert told['result'] == 'not-removed'
    assert told['attempts'][-1]['step'] == 'abandon'
    assert told['attempts'][-1]['reply'] == 'unavailable'
    assert 'enable_stack_abandon in its heat.conf allows it' in told['attempts'][-1]['text']
    assert told['next_step'] == {
        'name': 'purge',
        'level': 'database',
        'option': '--database',
        'setting': '[mysql-fallback] heat_connection',
    }
    told = outcome(rescuer.report(*named, *HARSH, code=0), bereft)
    assert list(dict.fromkeys(told['steps'])) == ['delete', 'abandon', 'purge']
    assert made(sandbox, project, bereft.name, WORD).id != bereft.id
    require_as_if_never(engine, sandbox, bereft)


def test_a_run_that_is_killed_at_the_commit_is_finished_and_undone(
    the_lab: Lab, bereft: Any, rescuer: Command, tmp_path: Path
) -> None:
    sums = tmp_path / 'sums.json'

    def end(moment: str, *arguments: str) -> State:
        """Be killed; return what the undo file knows of the transaction."""
        program = (sys.executable, '-W', 'ignore', '-m', killed_at_commit.__name__, moment, str(sums))
        path = {'PYTHONPATH': str(Path(killed_at_commit.__file__).parents[2])}
        killed = dataclasses.replace(rescuer, program=program, extra=path).run(*arguments, *HARSH)
        assert killed.code == -signal.SIGKILL, killed
        return undo_file.read(rescuer.last_run() / undo_file.NAME)[-1].state

    assert end('before', 'cleanup', '--resource', ref(bereft)) is State.PREPARED
    assert row(the_lab, bereft)[:2] == ('DELETE', 'FAILED')
    assert end('after', 'run', 'resume', 'latest') is State.PREPARED
    assert row(the_lab, bereft) == ('DELETE', 'COMPLETE', DONE, 1)
    report = rescuer.report('run', 'resume', 'latest', *HARSH, code=0)
    assert outcome(report, bereft)['result'] == 'removed'
    assert settled(rescuer) == ['was not committed: nothing was changed by it', 'was committed']
    kept = undo_file.read(rescuer.last_run() / undo_file.NAME)
    assert [each.state for each in kept] == [State.ROLLED_BACK, State.FINISHED]
    assert changed(the_lab, sums)
    undone = rescuer.run('database', 'undo', 'latest', '--yes-restore')
    assert undone.code == 0, undone
    assert changed(the_lab, sums) == set()


def settled(command: Command) -> list[str]:
    """Return what resumed runs have found out about transactions that were cut short."""
    records = journal.read(command.last_run() / 'journal.jsonl')
    return [
        each['text'].rpartition(', which ')[2].rstrip('.') for each in records if each['event'] == 'settled'
    ]


def changed(lab: Lab, sums: Path) -> set[str]:
    """Return the tables of Heat that are not as they were; engines report to one of them."""
    before = json.loads(sums.read_text())
    now = Rows(scratch.address(lab, 'heat')).sums()
    return {name for name, total in now.items() if total != before[name]} - {'service'}


def test_a_deletion_whose_engine_was_killed_goes_on_at_once_after_a_reset(
    the_lab: Lab, engine: Engine, sandbox: Sandbox, project: Project, rescuer: Command, cloud: RealCloud
) -> None:
    stack = made(sandbox, project, f'killed-{project.name}', {'slow': slow(4)})
    engine.until_deleting(sandbox.admin, [stack])
    engine.kill()
    engine.start()
    # Whoever was killed counts for living as long as its last report is young.
    shown = rescuer.run('database', 'show', ref(stack))
    assert 'it would be refused: ' in shown.stdout, shown
    _age(the_lab, stack)
    seen = Stack().look(cloud, Ref('heat-stack', stack.id))
    assert seen
    assert seen.status == 'DELETE_IN_PROGRESS'
    Rows(scratch.address(the_lab, 'heat')).take(StackRows(), seen, 'reset')
    assert row(the_lab, stack) == ('DELETE', 'FAILED', 'Stack status manually reset', 0)
    life.climb(Stack(), cloud, seen, 'delete')
    life.await_end(Stack(), cloud, seen)


def _age(lab: Lab, stack: Any) -> None:
    """Let it be an hour ago that the stack changed, and that engines reported that live no longer."""
    hour = 'UTC_TIMESTAMP() - INTERVAL 1 HOUR'
    scratch.statement(lab, f'UPDATE heat.stack SET updated_at = {hour} WHERE id = %s', stack.id)
    engine = 'SELECT engine_id FROM heat.resource WHERE stack_id = %s'
    scratch.statement(
        lab, f'UPDATE heat.service SET updated_at = {hour} WHERE engine_id IN ({engine})', stack.id
    )
