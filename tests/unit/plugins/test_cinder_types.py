"""Types of volumes and groups, quality of service and quotas: the kit's tests, and what is special about each."""

import re
from typing import Any

import pytest

from orphancleanup.errors import ApiError, BadRequest, IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.model import Project, Ref, Resource
from orphancleanup.plugins.cinder_volume.group import Group
from orphancleanup.plugins.cinder_volume.group_type import GroupType
from orphancleanup.plugins.cinder_volume.qos import Qos
from orphancleanup.plugins.cinder_volume.quota import Quota
from orphancleanup.plugins.cinder_volume.volume_type import VolumeType
from orphancleanup.testing.collection import Collection, CollectionOptions, Item
from orphancleanup.testing.conformance import HandlerConformance, Seed
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT, FakeCloud, Request
from tests.unit.plugins.fake_block_storage import SERVICE, BlockStorage

HANDLERS: list[Handler] = [VolumeType(), Qos(), GroupType(), Quota()]
DEFAULT = {'volumes': 10, 'gigabytes': 1000, 'volumes_lab': -1}


class Types:
    """What the whole cloud shares in a fake Cinder, and its quotas."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.storage = BlockStorage(cloud)
        #: the id of the default type; empty when none is configured
        self.default = ''
        cloud.route(SERVICE, 'GET', '/types/default', lambda *_: self._shown_default())
        self.types = _collection(cloud, '/types', 'volume_types', self._refuse_type)
        self.qos = _collection(cloud, '/qos-specs', 'qos_specs', self._refuse_qos, 'qos_specs')
        self.group_types = _collection(cloud, '/group_types', 'group_types')
        cloud.route(
            SERVICE, 'GET', '/os-quota-sets/[^/]+/defaults', lambda *_: {'quota_set': {'id': 'x', **DEFAULT}}
        )
        cloud.route(SERVICE, 'GET', '/os-quota-sets/(?P<id>[^/]+)', self._quota)
        self.quotas = cloud.collection(
            SERVICE, '/os-quota-sets', 'quota_sets', CollectionOptions(all_tenants='')
        )

    def add_type(self, name: str, **fields: Any) -> Item:
        return self.types.add(
            **{'name': name, 'is_public': True, 'extra_specs': {}, 'qos_specs_id': None, **fields}
        )

    def add_qos(self, name: str) -> Item:
        return self.qos.add(name=name, consumer='back-end', specs={})

    def add_group_type(self, name: str) -> Item:
        return self.group_types.add(name=name, is_public=False, group_specs={})

    def grant(self, project: str, **values: int) -> Item:
        return self.quotas.add(**{'id': project, **DEFAULT, **values})

    def _shown_default(self) -> Item:
        return {'volume_type': self.types.get(self.default)}

    def _refuse_type(self, item: Item) -> ApiError | None:
        used = any(each.get('volume_type') == item['name'] for each in self.storage.volumes.items.values())
        if used or item['id'] == self.default:
            return BadRequest(400, 'Target volume type is still in use.')
        return None

    def _refuse_qos(self, item: Item) -> ApiError | None:
        used = any(each['qos_specs_id'] == item['id'] for each in self.types.items.values())
        return BadRequest(400, 'Qos specs still in use.') if used else None

    def _quota(self, match: re.Match[str], request: Request) -> Item:
        return {'quota_set': self.quotas.items.get(match['id'], {'id': match['id'], **DEFAULT})}


def _collection(
    cloud: FakeCloud, path: str, key: str, refuse: Any = lambda item: None, singular: str = ''
) -> Collection:
    options = CollectionOptions(singular=singular, refuse=refuse, has_links=False, all_tenants='')

    def listed(_: re.Match[str], request: Request) -> Item:
        # An administrator is shown the public ones unless it asks for all.
        wanted = {'is_public': 'True', **request.query}
        if wanted['is_public'] == 'none' or key == 'qos_specs':
            del wanted['is_public']
        return found.page(wanted, request.project_id, False)

    cloud.route(SERVICE, 'GET', path, listed)
    found = cloud.collection(SERVICE, path, key, options)
    return found


class TestVolumeType(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return VolumeType()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            types = Types(cloud)
            for number in range(count):
                types.add_type(f'aa-{number}')

        return seed

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let a volume be of it."""
        volumes = cloud.collection(SERVICE, '/volumes', 'volumes')
        volumes.add(id='late', volume_type=resource.name, status='available')


class TestQos(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return Qos()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            types = Types(cloud)
            for number in range(count):
                types.add_qos(f'aa-{number}')

        return seed

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let a type name it."""
        cloud.collection(SERVICE, '/types', 'volume_types').add(name='late', qos_specs_id=resource.id)


class TestGroupType(HandlerConformance):
    is_global = True

    @pytest.fixture
    def handler(self) -> Handler:
        return GroupType()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            types = Types(cloud)
            for number in range(count):
                types.add_group_type(f'aa-{number}')

        return seed


class TestQuota(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Quota()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            types = Types(cloud)
            for number in range(count):
                name = f'project-{number:04}'
                cloud.projects[name] = Project(name, f'aa-{number:04}', 'default')
                types.grant(name, volumes=99)

        return seed

    def test_discover_asks_no_more_when_there_is_more(self, subject: object) -> None:
        """Cinder lists no quotas: each project has to be asked for."""
        assert Quota.__doc__
        assert 'lists no quotas' in Quota.__doc__

    def test_whoever_owns_it_it_is_listed(self, subject: object) -> None:
        """The quota of a project has the id of that project, and no other owner."""


@pytest.fixture
def types(cloud: FakeCloud) -> Types:
    return Types(cloud)


def one(handler: Handler, cloud: FakeCloud, identifier: str) -> Resource:
    (found,) = (each for each in handler.discover(cloud) if each.id == identifier)
    assert handler.look(cloud, found.ref) == found
    return found


def test_what_the_whole_cloud_shares_goes_only_when_it_is_meant() -> None:
    for handler in HANDLERS[:3]:
        assert handler.selected_by == {'named', 'prefix', 'not-in-baseline'}
    assert Quota.selected_by == {'named', 'prefix', 'not-in-baseline', 'everything', 'project-missing'}


def test_private_types_are_listed(cloud: FakeCloud, types: Types) -> None:
    private = types.add_type('private', is_public=False), types.add_group_type('private')
    for handler, each in zip((VolumeType(), GroupType()), private, strict=True):
        assert one(handler, cloud, each['id']).name == 'private'


def test_a_type_is_needed_by_its_volumes_and_names_its_quality_of_service(
    cloud: FakeCloud, types: Types
) -> None:
    qos = types.add_qos('gold')
    made = types.add_type('fast', qos_specs_id=qos['id'])
    other = types.add_type('slow')
    volume = types.storage.add_volume(volume_type='fast')
    types.storage.add_volume(volume_type=None)
    found = one(VolumeType(), cloud, made['id'])
    assert found.blockers == (Ref('cinder-volume', volume['id']),)
    assert found.parents == (Ref('cinder-qos', qos['id']),)
    assert one(VolumeType(), cloud, other['id']).blockers == ()


def test_a_type_without_its_quality_of_service_told_is_an_incomplete_listing(
    cloud: FakeCloud, types: Types
) -> None:
    del types.add_type('fast')['qos_specs_id']
    with pytest.raises(IncompleteListing, match='qos_specs_id'):
        list(VolumeType().discover(cloud))


def test_the_type_that_cinder_gives_to_who_names_none_stays(cloud: FakeCloud, types: Types) -> None:
    made, first = types.add_type('fast'), types.add_type('__DEFAULT__')
    assert one(VolumeType(), cloud, first['id']).is_system
    assert one(VolumeType(), cloud, made['id']).protection == ''
    types.default = made['id']
    assert 'nobody names one' in one(VolumeType(), cloud, made['id']).protection


def test_the_group_type_that_cinder_installs_stays(cloud: FakeCloud, types: Types) -> None:
    assert one(GroupType(), cloud, types.add_group_type('default_cgsnapshot_type')['id']).is_system


def test_a_group_depends_on_its_types(cloud: FakeCloud, types: Types) -> None:
    group = types.storage.add_group(group_type='gt', volume_types=['vt'])
    assert one(Group(), cloud, group['id']).parents == (
        Ref('cinder-group-type', 'gt'),
        Ref('cinder-volume-type', 'vt'),
    )


def test_a_quota_is_what_is_granted_beside_the_default(cloud: FakeCloud, types: Types) -> None:
    cloud.projects['p'] = Project('p', 'tempest-p', 'default')
    assert list(Quota().discover(cloud)) == []
    types.grant('p')
    assert list(Quota().discover(cloud)) == []
    types.grant('p', volumes_lab=3)
    found = one(Quota(), cloud, 'p')
    assert (found.ref, found.name, found.project_id) == (Ref('cinder-quota', 'p'), 'tempest-p', 'p')
    assert found.values['volumes_lab'] == 3


def test_the_quota_of_a_project_that_is_gone_is_told_by_what_it_left(cloud: FakeCloud, types: Types) -> None:
    types.storage.add_volume(**{'os-vol-tenant-attr:tenant_id': 'dead', 'volume_type': None})
    types.grant('dead', volumes=1)
    assert one(Quota(), cloud, 'dead').project_id == 'dead'
    assert {each.id for each in Quota().discover(cloud)} == {'dead'}
    assert ADMIN_PROJECT not in types.quotas.items


@pytest.mark.parametrize('handler', HANDLERS, ids=lambda handler: handler.kind)
def test_who_is_no_administrator_is_told_nothing(cloud: FakeCloud, types: Types, handler: Handler) -> None:
    types.storage.is_admin = False
    with pytest.raises(IncompleteListing, match='role admin'):
        list(handler.discover(cloud))
    with pytest.raises(IncompleteListing, match='role admin'):
        handler.look(cloud, Ref(handler.kind, 'x'))
