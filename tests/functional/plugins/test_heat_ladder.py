"""The harsher steps for stacks, on the real Heat: the creator's trusts, and abandonment with nested stacks."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.inside.cloud import admin as connect
from lab.layout import Lab
from lab.scenarios import orchestration
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import Forbidden
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.storing.run_folder import RunFolder
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life
from tests.functional.plugins.test_heat_stack import unique, volumes_of

pytestmark = FUNCTIONAL
STACK, VOLUME = Stack(), Volume()


class Alone:
    """A plan that is being applied and names nothing else."""

    def __init__(self, root: Path) -> None:
        self.folder = RunFolder(root)

    def is_planned(self, ref: Ref) -> bool:
        return False

    def set_aside(self, name: str, document: Any) -> str:
        return str(self.folder.set_aside(name, document))


@pytest.fixture
def applied(cloud: RealCloud, tmp_path: Path) -> Iterator[Path]:
    """Apply a plan; return the folder of the run."""
    cloud.apply_with(Alone(tmp_path))
    yield tmp_path
    cloud.forbid_changes()
    cloud.allow_changes()


@pytest.fixture
def admin(the_lab: Lab) -> Iterator[Any]:
    """Return the SDK's connection as admin."""
    with connect(the_lab.clouds_yaml) as connection:
        yield connection


def trusts(admin: Any, trustor: str) -> set[str]:
    path = f'/OS-TRUST/trusts?trustor_user_id={trustor}'
    return {each['id'] for each in admin.identity.get(path).json()['trusts']}


@contextlib.contextmanager
def disabled(admin: Any, user: Any) -> Iterator[None]:
    """Have a user disabled, and remove the trusts that Heat leaves behind by its refusals."""
    own = admin.current_user_id
    before = trusts(admin, own)
    admin.identity.update_user(user, is_enabled=False)
    try:
        yield
    finally:
        admin.identity.update_user(user, is_enabled=True)
        for each in trusts(admin, own) - before:
            admin.identity.delete(f'/OS-TRUST/trusts/{each}')


def test_an_abandoned_stack_leaves_a_record_and_a_nested_stack_that_is_found_and_goes(
    cloud: RealCloud, project: Project, applied: Path
) -> None:
    name = unique('stack')
    resources = {
        'own': orchestration.volume(f'faildelete-{name}'),
        'many': orchestration.many_volumes(f'faildelete-{name}', 1),
    }
    made = orchestration.created(project, orchestration.stack(project, name, resources))
    seen = life.found(STACK, cloud, made.id)
    volumes = volumes_of(cloud, seen)
    assert len(volumes) == 2
    assert 'abandon' not in life.names(STACK, cloud, seen)
    life.climb(STACK, cloud, seen, 'delete')
    life.in_status(STACK, cloud, made.id, 'DELETE_FAILED')
    life.climb(STACK, cloud, seen, 'abandon')
    life.await_end(STACK, cloud, seen)
    (kept,) = applied.glob('kept-abandoned-*')
    told = json.loads(kept.read_text())
    assert told['export']['id'] == made.id
    assert {each['physical_resource_id'] for each in told['resources']} > set(volumes)
    (nested,) = (each for each in STACK.discover(cloud) if each.parents == (seen.ref,))
    life.in_status(STACK, cloud, nested.id, 'DELETE_FAILED')
    for each in volumes:
        project.connection.block_storage.update_volume(each, name='repaired')
        life.climb(VOLUME, cloud, Resource(Ref('cinder-volume', each)), 'force-delete')
        life.await_end(VOLUME, cloud, Resource(Ref('cinder-volume', each)))
    life.climb(STACK, cloud, nested, 'delete')
    life.await_end(STACK, cloud, nested)


def test_a_stack_whose_creator_is_disabled_goes_when_its_trust_does(
    cloud: RealCloud, project: Project, admin: Any, applied: Path
) -> None:
    name = unique('stack')
    made = orchestration.stack(project, name, {'word': {'type': 'OS::Heat::RandomString'}})
    orchestration.created(project, made)
    user = admin.identity.find_user(project.username)
    seen = life.found(STACK, cloud, made.id)
    with disabled(admin, user):
        with pytest.raises(Forbidden):
            life.climb(STACK, cloud, seen, 'delete')
        assert trusts(admin, user.id)
        life.climb(STACK, cloud, seen, 'delete-trust')
        life.await_end(STACK, cloud, seen)
        assert not trusts(admin, user.id)
