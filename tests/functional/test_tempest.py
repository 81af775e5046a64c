"""A cloud before and after tempest: what failed and killed runs leave is named by test, removed, and nothing else is.

What this removes is all that is not in a saved state: the lab must be nobody else's meanwhile.
"""

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from lab.census import census
from lab.tempest import Tempest
from orphancleanup.tempest import results
from tests.functional.command import Command
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

API = 'tempest.api'
FAILS = f'{API}.volume.test_volumes_get.VolumesGetTest.test_volume_create_get_update_delete'
SELECTION = (
    f'{API}.compute.admin.test_flavors.FlavorsAdminTestJSON.test_create_flavor_with_int_id',
    f'{API}.identity.admin.v3.test_projects.ProjectsTestJSON.test_project_create_enabled',
    f'{API}.image.v2.test_images.BasicOperationsImagesTest.test_delete_image',
    f'{API}.network.test_networks.NetworksTest.test_create_update_delete_network_subnet',
    FAILS,
)
KILLED = f'{API}.compute.servers.test_servers.ServersTestJSON'
#: no volume with this in its name can be deleted while the backend of the lab is broken
PREFIX = 'tempest-faildelete'
_SECONDS = 120.0


class Story:
    """The run of one test: the lab, the command, tempest."""

    def __init__(self, sandbox: Sandbox, command: Command) -> None:
        self.sandbox = sandbox
        self.command = command
        self.tempest = Tempest.make(sandbox.lab, sandbox.admin, command.home / 'tempest', PREFIX)
        self.options = ('--preserve-state', '--tempest-conf', str(self.tempest.configuration))

    def stream(self, name: str) -> Path:
        return self.command.home / f'{name}.subunit'

    def run(self, name: str) -> Mapping[str, str]:
        """Run the selection; return test to its ending."""
        self.tempest.run(SELECTION, self.stream(name))
        return {each.id: str(each.ending) for each in results.read(self.stream(name)).trials}

    def run_and_kill(self, name: str) -> None:
        """Run a class that makes servers, and kill tempest as soon as there is one."""
        process = self.tempest.start([KILLED], self.stream(name), workers=1)
        try:
            end = time.monotonic() + _SECONDS
            while not self.servers():
                assert process.poll() is None, 'tempest ended before it made a server'
                assert time.monotonic() < end, 'tempest makes no server'
                time.sleep(0.2)
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def servers(self) -> list[str]:
        records = self.sandbox.witness.records('nova-server')
        return [each for each, record in records.items() if record['name'].startswith(PREFIX)]

    def leaking(self, name: str) -> Mapping[tuple[str, str], list[Mapping[str, Any]]]:
        """Return test and ending to what it left, as a dry run tells it."""
        report = self.command.report(
            'cleanup', '--dry-run', *self.options, '--tempest-results', str(self.stream(name)), code=4
        )
        return {(each['test'], each['ending']): each['resources'] for each in report['tests']['leaking']}

    def clean(self) -> None:
        """Repair the backend, and remove all that is not in the saved state."""
        self.sandbox.faults('off')
        report = self.command.report('cleanup', *self.options, '--force', '--yes-remove', code=0)
        assert {each['result'] for each in report['outcomes']} <= {'removed', 'already-gone'}
        self.sandbox.faults('on')


@pytest.fixture
def story(sandbox: Sandbox, command: Command) -> Iterator[Story]:
    """Return a story whose leaks are gone afterwards, whatever happened."""
    found = Story(sandbox, command)
    yield found
    if (command.home / 'saved_state.json').exists():
        sandbox.faults('off')
        command.run('cleanup', *found.options, '--force', '--yes-remove')


def kinds(left: list[Mapping[str, Any]]) -> set[str]:
    return {each['ref'].partition(':')[0] for each in left}


def test_after_failed_and_killed_runs_of_tempest_the_cloud_is_as_it_was(story: Story) -> None:
    before = census(story.sandbox.admin)
    assert story.command.run('cleanup', '--init-saved-state').code == 0

    first = story.run('first')
    assert {name for name, ending in first.items() if ending == 'failed'} == {FAILS}
    left = story.leaking('first')[FAILS, 'failed']
    assert kinds(left) == {'cinder-volume'}
    assert {each['certainty'] for each in left} == {'certain'}

    story.run_and_kill('killed')
    left = [
        each
        for (test, ending), found in story.leaking('killed').items()
        if test.startswith(KILLED) and ending == 'killed'
        for each in found
    ]
    assert kinds(left) >= {'nova-server', 'keystone-project', 'keystone-user', 'neutron-network'}

    story.clean()
    assert json.loads(story.command.run('saved-state', 'diff', '-f', 'json').stdout) == []
    assert census(story.sandbox.admin) == before

    assert story.run('again') == first
    story.clean()
    assert census(story.sandbox.admin) == before
