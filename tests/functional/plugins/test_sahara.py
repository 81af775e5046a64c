"""Clusters of the real Sahara: each case of what it does when one is deleted ends with the cluster, its stack and its
parts gone. The lab has Sahara while these tests run.

One run serves several cases, since each reads the whole cloud: while the backend fails, after its repair, and by the
database.
"""

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import lifecycle
from lab.inside.cloud import wait_until
from lab.layout import Lab
from lab.scenarios.clusters import Sahara, register_image, unregister_image
from lab.scenarios.project import Project, Seeder
from lab.scenarios.sahara import fail
from tests.functional.command import Command, results
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL

KIND, STACK = 'sahara-cluster', 'heat-stack'
Report = dict[str, Any]
#: the words of their names that the storage backend fails by
BROKEN = ('faildelete-repaired', 'faildelete-forced')
# What takes longest first.
LIVING = ('failcreate', *BROKEN, 'healthy', 'abandoned', 'protected')
WITH_VOLUMES = ('healthy', 'failcreate', *BROKEN)
#: its creator is deleted, and its project
LEFT, LOST = 'left', 'lost'


@dataclasses.dataclass
class World:
    """A project with a cluster for each case, one whose creator is gone, and one that is gone itself.

    :ivar ids: the name of a cluster to its id, as Sahara has it.
    :ivar homes: the name of a cluster to its project.
    """

    sandbox: Sandbox
    command: Command
    ids: dict[str, str]
    homes: dict[str, Project]

    def ref(self, name: str) -> str:
        return f'{self.homes[name].project_id}/{self.ids[name]}'

    def cleanup(self, *options: str, code: int) -> Report:
        return self.command.report('cleanup', *options, '--max-share', '100', '--yes-remove', code=code)

    def remove(self, *names: str, options: tuple[str, ...] = (), code: int = 0) -> Report:
        """Remove clusters by their names."""
        named = [word for name in names for word in ('--resource', f'{KIND}:{self.ref(name)}')]
        return self.cleanup(*named, '--kind', KIND, '--kind', STACK, *options, code=code)

    def stacks(self, name: str) -> list[str]:
        """Return the ids of the stacks of a cluster; their names begin with its own, as those of all parts do."""
        found = self.sandbox.admin.orchestration.get('/stacks').json()['stacks']
        return [each['id'] for each in found if each['stack_name'] == f'{name}{self.ids[name][:8]}']

    def parts(self, name: str) -> list[tuple[str, str]]:
        """Return the kind and the id of each part of a cluster that is there."""
        project = self.homes[name].project_id
        kinds = ('nova-server', 'cinder-volume', 'neutron-port', 'neutron-security-group')
        listed = [(kind, each) for kind in kinds for each in self.sandbox.witness.records(kind).values()]
        found = [each for each in listed if project in each[1].values()]
        return [(kind, each['id']) for kind, each in found if each['name'].startswith(name)]

    def is_gone(self, name: str) -> bool:
        """Return whether nothing is left of a cluster's stack and parts."""
        return not self.stacks(name) and not self.parts(name)


@pytest.fixture(scope='module')
def sahara_lab(the_lab: Lab) -> Iterator[Lab]:
    """Have Sahara in the lab for the time of these tests, unless it has it anyway."""
    if 'sahara' in the_lab.extras:
        yield the_lab
        return
    lab = lifecycle.join(the_lab.root, 'sahara')
    try:
        yield lab
    finally:
        lifecycle.leave(the_lab.root, 'sahara')


@pytest.fixture(scope='module')
def world(sahara_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    sandbox = Sandbox.open(sahara_lab)
    try:
        with _role_everywhere(sandbox), _image(sandbox.seeder) as image:
            home = tmp_path_factory.mktemp('home')
            yield _made(sandbox, _command(sahara_lab, home, patience=60), image)
    finally:
        sandbox.clear()
        sandbox.close()


def _command(lab: Lab, home: Path, patience: int) -> Command:
    """Return the command, as it is configured for clusters.

    :param patience: seconds that a cluster may take to go.
    """
    told = (
        f'[mysql-fallback]\nsahara_conf = {lab.etc}/sahara/sahara.conf\n'
        f'[kind:{KIND}]\ndeadline = {patience}\n[kind:{STACK}]\ndeadline = 180\n'
    )
    return Command(lab, home, configuration=told)


@contextlib.contextmanager
def _image(seeder: Seeder) -> Iterator[str]:
    """Let Sahara know an image, and forget it again."""
    image = register_image(seeder)
    try:
        yield image
    finally:
        unregister_image(seeder, image)


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


def _made(sandbox: Sandbox, command: Command, image: str) -> World:
    projects = {word: sandbox.project(f'sahara-{word}') for word in ('living', LEFT, LOST)}
    homes = {**dict.fromkeys(LIVING, projects['living']), LEFT: projects[LEFT], LOST: projects[LOST]}
    saharas = {name: Sahara(sandbox.seeder, home, image) for name, home in homes.items()}
    ids = {
        name: each.begin(name, volumes=int(name in WITH_VOLUMES), is_protected=name == 'protected')
        for name, each in saharas.items()
    }
    world = World(sandbox, command, ids, homes)
    for name in BROKEN:
        saharas[name].wait(ids[name], 'Active')
    fail(projects['living'], saharas[BROKEN[0]], *(ids[name] for name in BROKEN))
    for name in ids.keys() - BROKEN:
        saharas[name].wait(ids[name], 'Error' if name == 'failcreate' else 'Active')
    _abandon(world, 'abandoned')
    sandbox.admin.identity.delete_user(sandbox.admin.identity.find_user(projects[LEFT].name))
    sandbox.kill_project(projects[LOST])
    return world


def _abandon(world: World, name: str) -> None:
    """Have Heat forget the stack of a cluster."""
    (stack,) = world.stacks(name)
    world.sandbox.admin.orchestration.delete(f'/stacks/{name}{world.ids[name][:8]}/{stack}/abandon')
    wait_until('the abandonment', lambda: not world.stacks(name))


# While the backend fails; force is allowed, and taken only where nothing else helps


@pytest.fixture(scope='module')
def forced(world: World) -> Report:
    names = ('healthy', 'failcreate', 'abandoned', 'protected', 'faildelete-forced')
    return world.remove(*names, options=('--force',), code=4)


@pytest.mark.parametrize('name', ['healthy', 'failcreate'])
def test_a_cluster_goes_with_its_stack_and_its_parts(world: World, forced: Report, name: str) -> None:
    assert went_by(forced, world.ref(name)) == ['delete']
    assert world.is_gone(name)


def test_a_cluster_whose_stack_was_abandoned_goes_and_its_parts_stay(world: World, forced: Report) -> None:
    assert went_by(forced, world.ref('abandoned')) == ['delete']
    assert {kind for kind, _ in world.parts('abandoned')} == {
        'nova-server',
        'neutron-port',
        'neutron-security-group',
    }


def test_force_lifts_protection(world: World, forced: Report) -> None:
    assert went_by(forced, world.ref('protected')) == ['unprotect', 'delete']
    assert world.is_gone('protected')


def test_what_a_forced_deletion_leaves_behind_is_told(world: World, forced: Report) -> None:
    assert went_by(forced, world.ref('faildelete-forced'))[-1] == 'force'
    left = {ref for ref, result in results(forced).items() if result != 'removed'}
    stacks, parts = world.stacks('faildelete-forced'), world.parts('faildelete-forced')
    assert parts
    assert left >= {*parts, *((STACK, each) for each in stacks)}


# Once the backend is repaired, without force


@pytest.fixture(scope='module')
def repaired(world: World, forced: Report) -> Report:
    sandbox, project = world.sandbox, world.homes['healthy'].project_id
    sandbox.faults('off')
    try:
        _reset_volumes(world)
        names = ('--prefix', 'faildelete-forced', '--prefix', 'abandoned')
        return world.cleanup('--project', project, '--stuck', '1s', *names, code=0)
    finally:
        sandbox.faults('on')


def _reset_volumes(world: World) -> None:
    """Let Cinder try once more to delete what it could not, as an operator does."""
    for name in BROKEN:
        for kind, identifier in world.parts(name):
            if kind == 'cinder-volume':
                world.sandbox.admin.block_storage.reset_volume_status(identifier, status='available')


def test_what_hangs_is_known_by_its_stack_and_goes_once_the_cause_is_repaired(
    world: World, repaired: Report
) -> None:
    """First the stack, in Heat, and then the cluster; nothing is forced."""
    told = outcome(repaired, world.ref('faildelete-repaired'))
    assert [each['code'] for each in told['reasons']] == ['stuck']
    assert went_by(repaired, world.ref('faildelete-repaired')) == ['delete-stack', 'delete-again']
    assert world.is_gone('faildelete-repaired')


@pytest.mark.parametrize('name', ['faildelete-forced', 'abandoned'])
def test_what_was_left_behind_goes_by_its_own_kinds(world: World, repaired: Report, name: str) -> None:
    assert set(results(repaired).values()) == {'removed'}
    assert world.is_gone(name)


# By the database


@pytest.fixture(scope='module')
def rescued(world: World) -> Report:
    # Sahara accepts a deletion that it cannot do: that is waited for.
    world = dataclasses.replace(world, command=_command(world.sandbox.lab, world.command.home, patience=10))
    return world.remove(LEFT, LOST, options=('--database',))


@pytest.mark.parametrize('name', [LEFT, LOST])
def test_a_cluster_without_its_creator_or_its_project_goes_by_the_database(
    world: World, rescued: Report, name: str
) -> None:
    assert went_by(rescued, world.ref(name))[-1] == 'adopt'
    assert world.is_gone(name)


def went_by(report: Report, identifier: str) -> list[str]:
    """Return the steps that a cluster was removed by."""
    told = outcome(report, identifier)
    assert told['result'] == 'removed', told
    return [each['step'] for each in told['attempts']]


def outcome(report: Report, identifier: str) -> Report:
    """Return what came of a cluster."""
    (found,) = (each for each in report['outcomes'] if (each['kind'], each['id']) == (KIND, identifier))
    assert isinstance(found, dict)
    return found
