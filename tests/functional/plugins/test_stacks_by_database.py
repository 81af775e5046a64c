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


def named(stack: Any) -> tuple[str, str]:
    return '--resource', f'heat-stack:{stack.id}'


def outcome(report: dict[str, Any], stack: Any) -> dict[str, Any]:
    (found,) = (each for each in report['outcomes'] if each['id'] == stack.id)
    assert isinstance(found, dict)
    return found


def test_the_first_case_of_all_ends_as_its_tool_ended_it(
    the_lab: Lab, engine: Engine, sandbox: Sandbox, project: Project, rescuer: Command, tmp_path: Path
) -> None:
    contrail = SimulatedContrail(sandbox, tmp_path / 'contrail.json')
    contrail.start()
    try:
        network = contrail.home(project).network('network')
        resource = {'type': 'OS::Contrail::VirtualNetwork', 'properties': {'uuid': network.uuid}}
        stack = made(sandbox, project, f'network_{network.uuid}', {'network': resource})
        sandbox.kill_project(project)
        log = tmp_path / 'log'
        both = dataclasses.replace(rescuer, configuration=rescuer.configuration + configuration(contrail.url))
        options = ('--backend', '--database', '--yes-remove')
        report = both.report('--log-file', str(log), 'cleanup', *named(stack), *options, code=0)
        assert results(report)['heat-stack', stack.id] == 'removed'
        assert results(report)['contrail-vn', network.uuid] == 'removed'
        assert not contrail.has(network)
        assert row(the_lab, stack) == ('DELETE', 'COMPLETE', DONE, 1)
        assert scratch.statement(the_lab, 'SELECT id FROM heat.resource WHERE stack_id = %s', stack.id) == []
        print(log.read_text())
    finally:
        contrail.stop()


def test_x(engine, sandbox, bereft, command, the_lab):
    report = command.report('cleanup', *named(bereft), '--force', '--yes-remove', code=4)
    print(json.dumps(outcome(report, bereft), indent=1))
