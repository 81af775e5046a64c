"""The Ansible role on the lab: with the inputs of tempest's own role, as a Zuul job runs it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lab import environment, services
from tests.functional.command import PROGRAM, Command
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

ROLES = Path(__file__).resolve().parents[2] / 'roles'
PREFIX = 'tempest-role'


class Role:
    """The role, run by ansible-playbook on this machine."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.folder = command.home / 'tempest'
        self.folder.mkdir()
        self.programs = environment.location(environment.ANSIBLE)
        environment.ensure(self.programs, services.outer_variables(command.lab), environment.ANSIBLE)

    def run(self, **inputs: object) -> 'subprocess.CompletedProcess[str]':
        """Run it with these inputs."""
        values = {
            'orphancleanup_dir': str(self.folder),
            'orphancleanup_command': str(PROGRAM),
            'orphancleanup_cloud': 'lab',
            'orphancleanup_tempest_conf': '',
            'orphancleanup_prefix': PREFIX,
            'ansible_python_interpreter': str(self.programs / 'bin' / 'python'),
            **inputs,
        }
        play: list[dict[str, Any]] = [
            {
                'hosts': 'localhost',
                'connection': 'local',
                'gather_facts': False,
                'vars': values,
                'roles': ['orphancleanup'],
            }
        ]
        book = self.command.home / 'play.json'
        book.write_text(json.dumps(play))
        variables = {
            **self.command.environment,
            'PATH': f'{self.programs}/bin{os.pathsep}{os.environ["PATH"]}',
            'ANSIBLE_ROLES_PATH': str(ROLES),
            'HOME': str(self.command.home),
            'ANSIBLE_LOCALHOST_WARNING': 'false',
            'LC_ALL': 'C.UTF-8',
        }
        command = [str(self.programs / 'bin' / 'ansible-playbook'), '-i', 'localhost,', str(book)]
        return subprocess.run(
            command,
            env=variables,
            cwd=self.command.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / 'orphancleanup.json').read_text())
        return found


@pytest.fixture
def role(command: Command) -> Role:
    return Role(command)


def test_the_role_finds_leaks_fails_the_job_and_removes_them(role: Role, sandbox: Sandbox) -> None:
    done = role.run(init_saved_state=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((role.folder / 'saved_state.json').read_text())['kinds']

    project = sandbox.project('role')
    (volume,) = sandbox.volumes(project, PREFIX, 1)
    inputs = {'run_tempest_cleanup_prefix': True, 'run_tempest_fail_if_leaked_resources': True}
    done = role.run(dry_run=True, **inputs)
    assert done.returncode == 2, done.stdout + done.stderr
    assert 'Something is left behind' in done.stdout
    assert [each['id'] for each in role.report()['verdicts'] if each['decision'] == 'remove'] == [volume]
    assert volume in sandbox.witness.records('cinder-volume')

    done = role.run(**inputs)
    assert done.returncode == 0, done.stdout + done.stderr
    assert volume not in sandbox.witness.records('cinder-volume')


def test_without_the_gate_a_dry_run_with_leaks_passes(role: Role, sandbox: Sandbox) -> None:
    sandbox.volumes(sandbox.project('role'), PREFIX, 1)
    done = role.run(dry_run=True, run_tempest_cleanup_prefix=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert role.report()['exit_code'] == 4


def test_a_run_that_cannot_read_its_saved_state_fails_the_job(role: Role) -> None:
    done = role.run()
    assert done.returncode == 2
    assert 'There is no saved state' in done.stdout + done.stderr
