"""The life of types of volumes and groups, of quality of service, and of quotas."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from lab.inside.cloud import admin as connect
from lab.layout import Lab
from lab.scenarios import storage
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import BadRequest, IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.model import Ref
from orphancleanup.plugins.cinder_volume.group import Group
from orphancleanup.plugins.cinder_volume.group_type import GroupType
from orphancleanup.plugins.cinder_volume.qos import Qos
from orphancleanup.plugins.cinder_volume.quota import Quota
from orphancleanup.plugins.cinder_volume.volume_type import VolumeType
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL
TYPE, QOS, GROUP_TYPE, QUOTA = VolumeType(), Qos(), GroupType(), Quota()
HANDLERS: list[Handler] = [TYPE, QOS, GROUP_TYPE, QUOTA]


def unique(word: str) -> str:
    return f'{word}-{uuid.uuid4().hex[:8]}'


class Cinder:
    """Makes what the whole cloud shares, and takes it away again."""

    def __init__(self, lab: Lab) -> None:
        self._connection = connect(lab.clouds_yaml)
        self._made: list[str] = []

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request that must succeed; answer its document."""
        answer = getattr(self._connection.block_storage, method)(path, json=body, microversion='3.11')
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.text else None

    def make(self, path: str, key: str, **fields: Any) -> dict[str, Any]:
        """Make one; answer its record."""
        made = self.send('post', path, {key: fields})[key]
        self._made.append(f'{path}/{made["id"]}')
        return dict(made)

    def clear(self) -> None:
        for path in reversed(self._made):
            self._connection.block_storage.delete(path, microversion='3.11')
        self._connection.close()


@pytest.fixture
def cinder(the_lab: Lab) -> Iterator[Cinder]:
    made = Cinder(the_lab)
    try:
        yield made
    finally:
        made.clear()


def goes(handler: Handler, cloud: RealCloud, identifier: str, step: str = 'delete') -> None:
    seen = life.found(handler, cloud, identifier)
    life.climb(handler, cloud, seen, step)
    life.await_end(handler, cloud, seen)


def test_a_type_goes_with_its_encryption_and_before_its_quality_of_service(
    cloud: RealCloud, cinder: Cinder
) -> None:
    qos = cinder.make('/qos-specs', 'qos_specs', name=unique('qos'), consumer='back-end')
    made = cinder.make(
        '/types', 'volume_type', name=unique('type'), **{'os-volume-type-access:is_public': False}
    )
    cinder.send('get', f'/qos-specs/{qos["id"]}/associate?vol_type_id={made["id"]}')
    encryption = {
        'provider': 'luks',
        'control_location': 'front-end',
        'cipher': 'aes-xts-plain64',
        'key_size': 256,
    }
    cinder.send('post', f'/types/{made["id"]}/encryption', {'encryption': encryption})
    seen = life.found(TYPE, cloud, made['id'])
    assert (seen.parents, seen.blockers) == ((Ref('cinder-qos', qos['id']),), ())
    with pytest.raises(BadRequest, match='in use'):
        life.climb(QOS, cloud, life.found(QOS, cloud, qos['id']), 'delete')
    goes(TYPE, cloud, made['id'])
    goes(QOS, cloud, qos['id'])


def test_a_type_in_use_is_needed_by_its_volumes(cloud: RealCloud, cinder: Cinder, project: Project) -> None:
    made = cinder.make(
        '/types', 'volume_type', name=unique('type'), extra_specs={'volume_backend_name': 'lab'}
    )
    volume = storage.available(project, storage.volume(project, unique('volume'), volume_type=made['name']))
    seen = life.found(TYPE, cloud, made['id'])
    assert seen.blockers == (Ref('cinder-volume', volume.id),)
    with pytest.raises(BadRequest, match='in use'):
        life.climb(TYPE, cloud, seen, 'delete')
    project.connection.block_storage.delete_volume(volume)
    life.until('the end of the volume', lambda: not life.found(TYPE, cloud, made['id']).blockers)
    goes(TYPE, cloud, made['id'])


def test_what_cinder_has_from_its_installation_stays(cloud: RealCloud) -> None:
    types = {each.name: each for each in TYPE.discover(cloud)}
    assert types['__DEFAULT__'].is_system
    kept = [each.name for each in types.values() if each.is_system or each.protection]
    assert len(kept) < len(types) or set(types) == {'__DEFAULT__', 'lab'}
    assert {each.name for each in GROUP_TYPE.discover(cloud) if each.is_system} == {'default_cgsnapshot_type'}


def test_a_group_type_goes_after_its_groups(cloud: RealCloud, cinder: Cinder, project: Project) -> None:
    made = cinder.make('/group_types', 'group_type', name=unique('type'), is_public=False)
    goes(GROUP_TYPE, cloud, made['id'])
    group = storage.group(project, unique('group'))
    found = life.found(Group(), cloud, group.id)
    assert [each.kind for each in found.parents] == ['cinder-group-type', 'cinder-volume-type']
    for ref in found.parents:
        handler: Handler = GROUP_TYPE if ref.kind == 'cinder-group-type' else TYPE
        assert handler.look(cloud, ref)


def test_a_quota_beside_the_default_lives_and_is_reset(
    cloud: RealCloud, cinder: Cinder, sandbox: Sandbox
) -> None:
    project = sandbox.project('quota')
    identifier = project.project_id
    assert QUOTA.look(cloud, Ref('cinder-quota', identifier)) is None
    cinder.send('put', f'/os-quota-sets/{identifier}', {'quota_set': {'volumes': 3}})
    seen = life.found(QUOTA, cloud, identifier)
    assert (seen.name, seen.project_id) == (project.name, identifier)
    goes(QUOTA, cloud, identifier, 'reset')
    assert cinder.send('get', f'/os-quota-sets/{identifier}')['quota_set']['volumes'] != 3


def test_the_quota_of_a_deleted_project_is_told_as_long_as_a_volume_is_left(
    cloud: RealCloud, cinder: Cinder, sandbox: Sandbox
) -> None:
    project = sandbox.project('quota-dead')
    storage.available(project, storage.volume(project, unique('left')))
    cinder.send('put', f'/os-quota-sets/{project.project_id}', {'quota_set': {'volumes': 3}})
    sandbox.kill_project(project)
    assert life.found(QUOTA, cloud, project.project_id).name == ''
    goes(QUOTA, cloud, project.project_id, 'reset')


@pytest.mark.parametrize('handler', HANDLERS, ids=lambda handler: handler.kind)
def test_what_never_was_is_gone(cloud: RealCloud, handler: Handler) -> None:
    assert handler.look(cloud, Ref(handler.kind, str(uuid.uuid4()))) is None


@pytest.mark.parametrize('handler', HANDLERS, ids=lambda handler: handler.kind)
def test_a_list_that_is_no_administrators_is_never_taken_for_the_whole(
    member: RealCloud, handler: Handler
) -> None:
    with pytest.raises(IncompleteListing, match='role admin'):
        list(handler.discover(member))
