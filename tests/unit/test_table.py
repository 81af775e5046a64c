"""A plain kind is told by a table, and nothing is left out of it because a record did not say it."""

from collections.abc import Iterable
from typing import Any

import pytest

from orphancleanup.api import Cloud
from orphancleanup.errors import ApiError, CloudError, IncompleteListing, NotFound, PluginError
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.model import Condition, Ref
from orphancleanup.records import Record
from orphancleanup.states import States
from orphancleanup.table import TableHandler
from orphancleanup.testing import CollectionOptions, FakeCloud, FakeService
from orphancleanup.testing.conformance import HandlerConformance, Seed


class ServerGroup(TableHandler):
    """A server group of Nova."""

    kind = 'nova-server-group'
    service = 'compute'
    microversion = '2.13'
    path = '/os-server-groups'
    key = 'server_groups'
    query = {'all_projects': 'true'}
    after = ('nova-server',)


class TestServerGroup(HandlerConformance):
    """Thirteen lines keep the contract."""

    @pytest.fixture
    def handler(self) -> ServerGroup:
        return ServerGroup()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            options = CollectionOptions(all_tenants='all_projects')
            groups = cloud.collection('compute', '/os-server-groups', 'server_groups', options)
            for number in range(count):
                groups.add(name=f'group {number}', project_id=f'project-{number}', members=[])

        return seed


class Port(TableHandler):
    """A kind with all that a table can tell."""

    kind = 'neutron-port'
    service = 'network'
    path, list_path, key, singular = '/v2.0/ports', '/v2.0/ports/all', 'ports', 'port'
    show_query = {'fields': 'all'}
    project_field, status_field, created_field, updated_field = 'owner.id', 'state', 'made', 'changed'
    tag_fields = ('labels',)
    filled = frozenset({'network_id'})
    parents = {'network_id': 'neutron-network', 'device_id': 'nova-server'}
    blockers = {'bindings.server.id': 'nova-server'}
    owners = {'trunk_id': 'neutron-trunk'}
    holds = {'rules': 'neutron-rule'}
    retains = {'kept': 'neutron-kept'}
    alters = {'security_groups': 'neutron-security-group'}
    states = States(creation_failed=frozenset({'ERROR'}))


RECORD: dict[str, Any] = {
    'id': 'p',
    'name': None,
    'owner': {'id': 'alpha'},
    'state': 'error',
    'made': '2026-11-20T12:00:00Z',
    'changed': '2026-11-20T13:00:00Z',
    'labels': {'orphancleanup:keep': 'yes'},
    'tags': ['blue'],
    'network_id': 'n',
    'device_id': '',
    'bindings': [{'server': {'id': 's'}}, {'server': None}, {'server': {'id': 's'}}],
    'trunk_id': None,
    'rules': ['r1', 'r2'],
    'kept': [],
    'security_groups': ['g'],
}


def ports(cloud: FakeCloud, *records: Record) -> None:
    shown = {record['id']: dict(record) for record in records if 'id' in record}
    cloud.route('network', 'GET', '/v2.0/ports/all', lambda *_: {'ports': list(map(dict, records))})

    def one(match: Any, request: Any) -> Any:
        if match['id'] not in shown:
            raise NotFound(404, 'no such port')
        assert request.query == {'fields': 'all'}
        return {'port': shown[match['id']]}

    cloud.route('network', 'GET', '/v2.0/ports/(?P<id>[^/]+)', one)


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


def test_all_that_a_table_names_is_told(cloud: FakeCloud) -> None:
    ports(cloud, RECORD)
    (found,) = Port().discover(cloud)
    assert found == Port().look(cloud, Ref('neutron-port', 'p'))
    assert (found.name, found.project_id, found.status) == ('', 'alpha', 'error')
    assert found.condition is Condition.CREATION_FAILED
    assert found.created_at
    assert found.updated_at
    assert found.updated_at > found.created_at
    assert found.tags == {'orphancleanup:keep', 'orphancleanup:keep=yes', 'blue'}
    assert found.parents == (Ref('neutron-network', 'n'),)
    assert found.blockers == (Ref('nova-server', 's'),)
    assert found.owners == ()
    assert found.holds == (Ref('neutron-rule', 'r1'), Ref('neutron-rule', 'r2'))
    assert found.retains == ()
    assert found.alters == (Ref('neutron-security-group', 'g'),)


@pytest.mark.parametrize(
    'field', ['id', 'owner', 'labels', 'network_id', 'device_id', 'bindings', 'trunk_id', 'rules', 'kept']
)
def test_a_record_that_lacks_a_field_of_the_table_is_an_incomplete_listing(
    cloud: FakeCloud, field: str
) -> None:
    ports(cloud, {name: value for name, value in RECORD.items() if name != field})
    with pytest.raises(IncompleteListing, match=f"without its field '{field}'"):
        list(Port().discover(cloud))


@pytest.mark.parametrize(
    'wrong',
    [
        {'owner': {}},
        {'owner': 'alpha'},
        {'owner': {'id': 5}},
        {'network_id': None},
        {'network_id': ''},
        {'bindings': [{}]},
        {'bindings': ['s']},
        {'rules': [{'id': 'r'}]},
        {'id': ''},
    ],
)
def test_a_field_with_something_else_in_it_is_an_incomplete_listing(
    cloud: FakeCloud, wrong: dict[str, Any]
) -> None:
    ports(cloud, {**RECORD, **wrong})
    with pytest.raises(IncompleteListing, match='neutron-port'):
        list(Port().discover(cloud))


def test_what_is_nobodys_is_so_only_when_the_service_says_it(cloud: FakeCloud) -> None:
    ports(cloud, {**RECORD, 'owner': {'id': None}})
    assert [each.project_id for each in Port().discover(cloud)] == ['']


def test_a_kind_of_the_whole_cloud_has_no_project(cloud: FakeCloud) -> None:
    class Flavor(TableHandler):
        kind, service, path, key, project_field = 'nova-flavor', 'compute', '/flavors', 'flavors', ''

    cloud.collection('compute', '/flavors', 'flavors').add(id='42', name='m1.tiny')
    (found,) = Flavor().discover(cloud)
    assert (found.ref, found.name, found.project_id) == (Ref('nova-flavor', '42'), 'm1.tiny', '')


class Image(TableHandler):
    """A kind whose documents are the records themselves, of a service that may show less."""

    kind, service, path, key = 'glance-image', 'image', '/v2/images', 'images'
    is_wrapped = False
    project_field = 'owner'

    def require_all(self, cloud: Cloud) -> None:
        cloud.service('image').get('/who')


@pytest.fixture
def images(cloud: FakeCloud) -> FakeCloud:
    options = CollectionOptions(is_item_wrapped=False)
    cloud.collection('image', '/v2/images', 'images', options).add(id='i', owner='alpha')
    cloud.route('image', 'GET', '/who', lambda *_: {})
    return cloud


def test_a_document_may_be_the_record_itself(images: FakeCloud) -> None:
    found = Image().look(images, Ref('glance-image', 'i'))
    assert found
    assert (found.ref, found.project_id) == (Ref('glance-image', 'i'), 'alpha')


def test_who_may_not_see_all_is_told_nothing_is_gone_and_lists_nothing(images: FakeCloud) -> None:
    assert Image().look(images, Ref('glance-image', 'x')) is None
    images.fail(('image', 'GET', '/who'), ApiError.of(403, 'no'), times=9)
    for ask in (
        lambda: Image().look(images, Ref('glance-image', 'x')),
        lambda: list(Image().discover(images)),
    ):
        with pytest.raises(CloudError):
            ask()


def test_what_a_record_does_not_tell_is_asked_for_in_a_listing_and_a_look(images: FakeCloud) -> None:
    class Named(Image):
        def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
            return [{**record, 'name': f'asked {record["id"]}'} for record in found]

    looked = Named().look(images, Ref('glance-image', 'i'))
    assert [looked] == list(Named().discover(images))
    assert looked
    assert looked.name == 'asked i'


@pytest.mark.parametrize('document', [{}, {'port': None}, {'port': []}, {'port': 'p'}, [], 'p'])
def test_an_answer_without_its_record_says_nothing(cloud: FakeCloud, document: object) -> None:
    cloud.route('network', 'GET', '/v2.0/ports/p', lambda *_: document)
    with pytest.raises(IncompleteListing):
        Port().look(cloud, Ref('neutron-port', 'p'))


def test_a_name_stays_in_its_segment_of_the_path(images: FakeCloud) -> None:
    assert Image().look(images, Ref('glance-image', 'a/b')) is None
    assert '/v2/images/a%2Fb' in images.sent('GET')


def test_one_step_removes_it_by_default(images: FakeCloud) -> None:
    images.allow_changes()
    found = Image().look(images, Ref('glance-image', 'i'))
    assert found
    (step,) = Image().ladder(found)
    step.run(images, found)
    assert images.sent('DELETE') == ['/v2/images/i']
    assert Image().look(images, found.ref) is None


@pytest.mark.parametrize(
    'attributes',
    [
        {'path': 'flavors'},
        {'path': '/flavors/'},
        {'list_path': 'detail'},
        {'key': ''},
        {'query': 'all'},
        {'tag_fields': 'tags'},
        {'filled': {'name'}},
        {'parents': {'volume_id': 'Volume'}},
        {'holds': ('volume_id', 'cinder-volume')},
    ],
)
def test_a_table_of_the_wrong_types_is_refused(attributes: dict[str, Any]) -> None:
    (name,) = attributes
    with pytest.raises(PluginError, match=f"'glance-image' of t 1 has {name} = "):
        build([Loaded(type('Wrong', (Image,), attributes)(), 'glance-image', 't 1')])


def test_a_mistyped_kind_in_a_relation_is_refused() -> None:
    class Mistyped(Image):
        blockers = {'server_id': 'nova-server-groups'}

    with pytest.raises(PluginError, match="'nova-server-group' is meant"):
        build([Loaded(Mistyped(), 'glance', 't 1'), Loaded(ServerGroup(), 'nova', 't 1')])


def test_the_microversion_is_the_one_of_the_table(images: FakeCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    service = images.service

    def noted(service_type: str, microversion: str | None = None) -> FakeService:
        asked.append((service_type, microversion))
        return service(service_type, microversion)

    monkeypatch.setattr(images, 'service', noted)
    images.collection('compute', '/os-server-groups', 'server_groups')
    assert list(ServerGroup().discover(images)) == []
    assert ServerGroup().look(images, Ref('nova-server-group', 'x')) is None
    assert set(asked) == {('compute', '2.13')}
