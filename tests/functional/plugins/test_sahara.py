"""Clusters of the real Sahara, each case of what it does when one is deleted; the lab has it while these tests run."""

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest

from lab import lifecycle
from lab.inside.cloud import wait_until
from lab.layout import Lab
from lab.scenarios.clusters import Sahara, register_image
from lab.scenarios.project import Project
from lab.scenarios.sahara import fail
from tests.functional import scratch
from tests.functional.command import Command, results
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins.database import execute
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

KIND, STACK = 'sahara-cluster', 'heat-stack'
#: the words of their names that the storage backend fails by
WORDS = ('plain', 'faildelete-first', 'faildelete-second', 'abandoned', 'protected', 'failcreate')


@dataclasses.dataclass
class World:
    """A project with a cluster for each case, and one whose creator is gone."""

    sandbox: Sandbox
    command: Command
    project: Project
    sahara: Sahara
    ids: dict[str, str]
    orphan: Project

    def ref(self, word: str) -> str:
        project = self.orphan if word == 'left' else self.project
        return f'{project.project_id}/{self.ids[word]}'

    def stacks(self, word: str) -> list[dict[str, Any]]:
        found = self.sandbox.admin.orchestration.get('/stacks?global_tenant=true').json()['stacks']
        return [each for each in found if each['stack_name'].endswith(self.ids[word][:8])]

    def remove(self, ref: str, *options: str, code: int = 0) -> dict[str, Any]:
        kinds = ('--kind', KIND, '--kind', STACK)
        return self.command.report(
            'cleanup', '--resource', ref, *kinds, '--max-share', '100', '--yes-remove', *options, code=code
        )

    def removed(self, word: str, *options: str) -> dict[str, Any]:
        """Remove a cluster, and see that it and its stack are gone with all parts."""
        report = self.remove(f'{KIND}:{self.ref(word)}', *options)
        assert results(report)[KIND, self.ref(word)] == 'removed', report
        assert self.stacks(word) == []
        return report

    def parts(self, word: str) -> list[str]:
        """Return the servers and volumes of a cluster; all of them have its name."""
        admin = self.sandbox.admin
        listed = (*admin.compute.servers(all_projects=True), *admin.block_storage.volumes(all_projects=True))
        return [each.id for each in listed if each.name.startswith(f'{word}-workers')]


@pytest.fixture(scope='module')
def sahara_lab(the_lab: Lab) -> Iterator[Lab]:
    """Have Sahara in the lab for the time of these tests."""
    lab = lifecycle.join(the_lab.root, 'sahara')
    try:
        yield lab
    finally:
        lifecycle.leave(the_lab.root, 'sahara')
        scratch.statement(the_lab, 'DROP DATABASE IF EXISTS sahara')


@pytest.fixture(scope='module')
def world(sahara_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    sandbox = Sandbox.open(sahara_lab)
    try:
        with _role_everywhere(sandbox):
            yield _made(
                sandbox, Command(sahara_lab, tmp_path_factory.mktemp('home'), configuration=_told(sahara_lab))
            )
    finally:
        sandbox.clear()
        sandbox.close()


def _told(lab: Lab) -> str:
    return (
        f'[mysql-fallback]\nsahara_conf = {lab.etc}/sahara/sahara.conf\n'
        f'[kind:{KIND}]\ndeadline = 20\n[kind:{STACK}]\ndeadline = 60\n'
    )


@contextlib.contextmanager
def _role_everywhere(sandbox: Sandbox) -> Iterator[None]:
    """Give the admin a role in each project, as the documentation says."""
    identity = sandbox.admin.identity
    user, role = identity.find_user('admin'), identity.find_role('admin')
    path = f'/OS-INHERIT/domains/default/users/{user.id}/roles/{role.id}/inherited_to_projects'
    identity.put(path)
    try:
        yield
    finally:
        identity.delete(path)


def _made(sandbox: Sandbox, command: Command) -> World:
    image = register_image(sandbox.seeder)
    project, orphan = (sandbox.project(f'sahara-{word}') for word in ('living', 'orphan'))
    sahara = Sahara(sandbox.seeder, project, image)
    others = {'left': Sahara(sandbox.seeder, orphan, image)}
    ids = {word: sahara.begin(word, is_protected=word == 'protected') for word in WORDS}
    ids |= {word: each.begin(word) for word, each in others.items()}
    for word in WORDS:
        sahara.wait(ids[word], 'Error' if word == 'failcreate' else 'Active')
    for word, each in others.items():
        each.wait(ids[word])
    sandbox.admin.identity.delete_user(sandbox.admin.identity.find_user(orphan.name))
    return World(sandbox, command, project, sahara, ids, orphan)


def test_a_healthy_cluster_goes_with_its_stack_and_its_parts(world: World) -> None:
    assert world.parts('plain')
    report = world.removed('plain')
    assert results(report).keys() >= {(KIND, world.ref('plain'))}
    assert world.parts('plain') == []


def test_a_failed_creation_goes(world: World) -> None:
    world.removed('failcreate')


def test_a_protected_cluster_stays_until_force_is_allowed(world: World) -> None:
    report = world.remove(f'{KIND}:{world.ref("protected")}', code=4)
    assert 'unprotect' in str(report)
    world.removed('protected', '--force')


def test_what_hangs_goes_once_its_cause_is_repaired(world: World) -> None:
    """First the stack, in Heat, and then the cluster; nothing is forced."""
    fail(world.sandbox.seeder, world.project, world.sahara, world.ids['faildelete-first'])
    report = world.remove(f'{KIND}:{world.ref("faildelete-first")}', code=4)
    assert 'DELETE_FAILED' in str(report)
    world.sandbox.faults('off')
    _reset_volumes(world)
    try:
        report = world.removed('faildelete-first')
    finally:
        world.sandbox.faults('on')
    assert 'force' not in str([each['attempts'] for each in report['outcomes']])


def test_what_a_forced_deletion_leaves_behind_is_named_and_goes_later(world: World) -> None:
    fail(world.sandbox.seeder, world.project, world.sahara, world.ids['faildelete-second'])
    report = world.remove(f'{KIND}:{world.ref("faildelete-second")}', '--force', code=4)
    assert results(report)[KIND, world.ref('faildelete-second')] == 'removed'
    (stack,) = world.stacks('faildelete-second')
    world.sandbox.faults('off')
    _reset_volumes(world)
    try:
        report = world.remove(f'{STACK}:{stack["id"]}')
    finally:
        world.sandbox.faults('on')
    assert results(report)[STACK, stack['id']] == 'removed'
    assert world.parts('faildelete-second') == []


def test_what_an_abandoned_stack_leaves_is_found_by_its_own_kinds(world: World) -> None:
    (stack,) = world.stacks('abandoned')
    heat = world.sandbox.admin.orchestration
    heat.delete(f'/stacks/{stack["stack_name"]}/{stack["id"]}/abandon')
    wait_until('the abandonment', lambda: not world.stacks('abandoned'))
    world.removed('abandoned')
    server, volume = world.parts('abandoned')
    report = world.command.report(
        'cleanup', '--resource', f'nova-server:{server}', '--resource', f'cinder-volume:{volume}',
        '--max-share', '100', '--yes-remove', code=4,
    )  # fmt: skip
    found = results(report)
    assert (found['nova-server', server], found['cinder-volume', volume]) == ('removed', 'removed')
    # The stack made the port, too, and nobody named it: it is told.
    assert [kind for (kind, _), result in found.items() if result == 'not-removed'] == ['neutron-port']


def test_a_cluster_of_a_deleted_user_goes_by_the_database(world: World) -> None:
    world.removed('left', '--force', '--database')


def _reset_volumes(world: World) -> None:
    """Repair what the backend would not delete, as an operator does."""
    statement = "UPDATE volumes SET status = 'available' WHERE status = 'error_deleting' AND project_id = %s"
    with contextlib.suppress(Exception):
        execute(world.sandbox.lab, 'cinder', statement, world.project.project_id)
