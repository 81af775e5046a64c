"""The fake cloud behaves as the real ones do where handlers rely on it."""

import math
import subprocess
import sys

import pytest

from orphancleanup.clouds import timeliness
from orphancleanup.errors import (
    BadRequest,
    Conflict,
    IncompleteListing,
    NotFound,
    ReadOnlyViolation,
    ServiceAbsent,
    ServiceHidden,
    TooLate,
    Unreachable,
)
from orphancleanup.model import Project, Ref
from orphancleanup.testing import Collection, CollectionOptions, Deletion, FakeCloud, FakeService
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT

CINDER = 'block-storage'
OPTIONS = CollectionOptions(
    list_paths=('/volumes/detail',),
    actions={'os-reset_status': lambda item, argument: item.update(argument)},
    all_tenants='all_tenants',
)


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud(projects=[Project('t', 't')])
    cloud.allow_changes()
    return cloud


@pytest.fixture
def volumes(cloud: FakeCloud) -> Collection:
    volumes = cloud.collection(CINDER, '/volumes', 'volumes', OPTIONS)
    for number in range(5):
        volumes.add(id=f'v{number}', project_id='t', status='available')
    return volumes


@pytest.fixture
def cinder(cloud: FakeCloud, volumes: Collection) -> FakeService:
    return cloud.service(CINDER)


def ids(service: FakeService, **query: str | int) -> list[str]:
    return [item['id'] for item in service.pages('/volumes/detail', 'volumes', {'all_tenants': 1, **query})]


def test_a_service_is_absent_until_it_has_something() -> None:
    cloud = FakeCloud()
    with pytest.raises(ServiceAbsent):
        cloud.service(CINDER)
    cloud.collection(CINDER, '/volumes', 'volumes')
    cloud.service(CINDER)
    cloud.remove_service(CINDER)
    with pytest.raises(ServiceAbsent):
        cloud.service(CINDER)


def test_a_hidden_service_is_not_absent_and_keystone_lists_it(cloud: FakeCloud, volumes: Collection) -> None:
    cloud.hide_service(CINDER)
    with pytest.raises(ServiceHidden):
        cloud.service(CINDER)
    with pytest.raises(ServiceHidden):
        cloud.project('t').service(CINDER)
    identity = cloud.service('identity')
    assert {each['type'] for each in identity.pages('/services', 'services')} == {'identity', CINDER}
    services = {each['id'] for each in identity.pages('/services', 'services')}
    assert {each['service_id'] for each in identity.pages('/endpoints', 'endpoints')} == services
    cloud.remove_service(CINDER)
    assert {each['type'] for each in identity.pages('/services', 'services')} == {'identity', CINDER}


def test_regions_share_what_a_test_says_unless_keystone_fails(cloud: FakeCloud) -> None:
    cloud.sharing['compute', CINDER] = frozenset({'Two'})
    cloud.fail(('identity', 'GET', '/endpoints'), Unreachable('silent'))
    with pytest.raises(Unreachable):
        cloud.sharing_regions('compute', CINDER)
    assert cloud.sharing_regions('compute', CINDER) == {'Two'}
    assert cloud.project('t').sharing_regions('network', CINDER) == frozenset()


def test_items_are_listed_looked_at_and_removed(cloud: FakeCloud, cinder: FakeService) -> None:
    assert ids(cinder) == ['v0', 'v1', 'v2', 'v3', 'v4']
    assert cinder.get('/volumes/v1')['volume']['status'] == 'available'
    cinder.delete('/volumes/v1')
    with pytest.raises(NotFound):
        cinder.get('/volumes/v1')
    with pytest.raises(NotFound):
        cinder.delete('/volumes/v1')
    assert cloud.sent('DELETE') == ['/volumes/v1', '/volumes/v1']
    assert cloud.request_counts() == {f'{CINDER} GET': 3, f'{CINDER} DELETE': 2}


def test_what_a_caller_changes_in_an_answer_does_not_change_the_cloud(cinder: FakeService) -> None:
    cinder.get('/volumes/v1')['volume']['status'] = 'mine'
    next(cinder.pages('/volumes', 'volumes', {'all_tenants': 1}))['status'] = 'mine'
    assert cinder.get('/volumes/v0')['volume']['status'] == 'available'
    assert cinder.get('/volumes/v1')['volume']['status'] == 'available'


def test_without_all_tenants_only_the_callers_items_are_listed(
    volumes: Collection, cinder: FakeService
) -> None:
    volumes.add(id='mine', project_id=ADMIN_PROJECT)
    assert [item['id'] for item in cinder.pages('/volumes', 'volumes')] == ['mine']


def test_a_project_sees_its_own_whatever_it_asks_for(cloud: FakeCloud, volumes: Collection) -> None:
    volumes.add(id='mine', project_id=ADMIN_PROJECT)
    inside = cloud.project('t')
    assert 'mine' not in ids(inside.service(CINDER))
    assert cloud.requests[-1].project_id == inside.project_id == 't'
    with pytest.raises(NotFound):
        cloud.project('nobody')


def test_queries_select(volumes: Collection, cinder: FakeService) -> None:
    volumes.items['v2']['status'] = 'error'
    assert ids(cinder, status='ERROR') == ['v2']


@pytest.mark.parametrize('has_links', [True, False])
def test_listings_come_in_pages(cloud: FakeCloud, has_links: bool) -> None:
    stacks = cloud.collection('orchestration', '/stacks', 'stacks', CollectionOptions(has_links=has_links))
    for number in range(5):
        stacks.add(id=str(number))
    found = cloud.service('orchestration').pages('/stacks', 'stacks', {'limit': 2})
    assert [item['id'] for item in found] == ['0', '1', '2', '3', '4']
    assert [str(request.query.get('marker')) for request in cloud.requests] == ['None', '1', '3']


def test_a_marker_that_was_removed_fails_the_listing(volumes: Collection, cinder: FakeService) -> None:
    listing = cinder.pages('/volumes', 'volumes', {'all_tenants': 1, 'limit': 2})
    next(listing)
    volumes.remove('v1')
    with pytest.raises(IncompleteListing, match=r'Page 2 .*HTTP 404'):
        list(listing)


def test_a_removal_during_a_listing_loses_nothing_of_it(
    cloud: FakeCloud, volumes: Collection, cinder: FakeService
) -> None:
    cloud.before((CINDER, 'GET', '/volumes'), lambda _: volumes.remove('v4'), after=1)
    assert ids(cinder, limit=2, with_count='true') == ['v0', 'v1', 'v2', 'v3']


def test_a_listing_can_be_cut_or_leave_items_out(
    cloud: FakeCloud, volumes: Collection, cinder: FakeService
) -> None:
    volumes.cut = 2
    assert ids(cinder) == ['v0', 'v1']
    query = {'all_tenants': 1}
    found = cinder.pages('/volumes/detail', 'volumes', query, past_end=True)
    assert [item['id'] for item in found] == ['v0', 'v1', 'v2', 'v3', 'v4']
    volumes.cut = 0
    with pytest.raises(IncompleteListing, match='gave 0 of 5'):
        ids(cinder, with_count='true')
    volumes.cut = None
    volumes.unlisted = {'v0', 'v4'}
    assert ids(cinder, with_count='true') == ['v1', 'v2', 'v3']
    assert cinder.get('/volumes/v4')['volume']['id'] == 'v4'


def test_an_injected_failure_meets_what_it_is_meant_for(cloud: FakeCloud, cinder: FakeService) -> None:
    cloud.fail((CINDER, 'GET', '/detail$'), Unreachable('gone silent'), times=2, after=1)
    cinder.get('/volumes/v0')
    cinder.get('/volumes/detail')
    for _ in range(2):
        with pytest.raises(Unreachable):
            cinder.get('/volumes/detail')
    cinder.get('/volumes/detail')
    cloud.fail(('*', '*', ''), Unreachable('gone silent'), times=math.inf)
    for _ in range(3):
        with pytest.raises(Unreachable):
            cinder.delete('/volumes/v0')


def test_a_removal_takes_its_time(cloud: FakeCloud) -> None:
    slow = cloud.collection('x', '/things', 'things', CollectionOptions(deletion=Deletion(seconds=10)))
    slow.add(id='a', status='available')
    service = cloud.service('x')
    service.delete('/things/a')
    assert service.get('/things/a')['thing']['status'] == 'deleting'
    cloud.clock.advance(9.9)
    service.get('/things/a')
    cloud.clock.advance(0.1)
    with pytest.raises(NotFound):
        service.get('/things/a')


def test_a_removal_can_end_in_an_error_or_never(cloud: FakeCloud) -> None:
    options = CollectionOptions(deletion=lambda item: item['deletion'])
    things = cloud.collection('x', '/things', 'things', options)
    things.add(id='a', deletion=Deletion(5, ends_in='error_deleting'))
    things.add(id='b', deletion=Deletion(math.inf))
    service = cloud.service('x')
    service.delete('/things/a')
    service.delete('/things/b')
    cloud.clock.advance(1e9)
    assert service.get('/things/a')['thing']['status'] == 'error_deleting'
    assert service.get('/things/b')['thing']['status'] == 'deleting'


def test_a_removal_can_be_refused(cloud: FakeCloud) -> None:
    options = CollectionOptions(refuse=lambda item: Conflict(409, 'in use') if item.get('used') else None)
    things = cloud.collection('x', '/things', 'things', options)
    things.add(id='a', used=True)
    things.add(id='b')
    with pytest.raises(Conflict):
        cloud.service('x').delete('/things/a')
    cloud.service('x').delete('/things/b')
    assert list(things.items) == ['a']


def test_actions_do_what_they_were_registered_with(cinder: FakeService) -> None:
    cinder.post('/volumes/v0/action', {'os-reset_status': {'status': 'error'}})
    assert cinder.get('/volumes/v0')['volume']['status'] == 'error'
    with pytest.raises(BadRequest):
        cinder.post('/volumes/v0/action', {'os-unheard_of': {}})
    with pytest.raises(NotFound):
        cinder.post('/volumes/none/action', {'os-reset_status': {}})


def test_routes_answer_what_collections_do_not(cloud: FakeCloud) -> None:
    cloud.route('compute', 'PUT', '/servers/([^/]+)/tags', lambda match, request: [match[1], request.body])
    assert cloud.service('compute').put('/servers/a/tags', {'tags': []}) == ['a', {'tags': []}]
    with pytest.raises(NotFound):
        cloud.service('compute').get('/servers/a/tags')


def test_a_patch_arrives_with_its_content_type(cloud: FakeCloud) -> None:
    cloud.route('image', 'PATCH', '/v2/images/a', lambda _, request: [request.body, request.content_type])
    image = cloud.service('image')
    assert image.patch('/v2/images/a', [{'op': 'remove'}], 'x-patch') == [[{'op': 'remove'}], 'x-patch']
    assert image.patch('/v2/images/a', {}) == [{}, 'application/json']


def test_what_a_test_does_not_say_of_other_kinds_cannot_be_told(cloud: FakeCloud) -> None:
    cloud.projects['t'] = Project('t', 't')
    gone, there, untold = (Ref('nova-server', each) for each in ('gone', 'there', 'untold'))
    cloud.told_gone = {gone: True, there: False}
    for view in (cloud, cloud.project('t')):
        assert view.is_gone(gone)
        assert not view.is_gone(there)
        with pytest.raises(Unreachable, match='nova-server:untold'):
            view.is_gone(untold)
    cloud.ask_with(lambda ref: ref == untold)
    assert cloud.is_gone(untold)
    assert not cloud.is_gone(gone)


def test_it_begins_read_only(volumes: Collection) -> None:
    cloud = FakeCloud()
    cloud.collection(CINDER, '/volumes', 'volumes').add(id='a')
    service = cloud.service(CINDER)
    for change in (
        lambda: service.delete('/volumes/a'),
        lambda: service.post('/volumes/a/action', {}),
        lambda: service.put('/volumes/a', {}),
    ):
        with pytest.raises(ReadOnlyViolation):
            change()
    assert cloud.requests == []


def test_a_change_meets_its_moment_before_it_takes_its_time(cloud: FakeCloud, cinder: FakeService) -> None:
    met: list[str] = []
    cloud.before((CINDER, '*', ''), lambda request: met.append(request.method), times=math.inf)
    cloud.latency = 20.0
    with timeliness.until(cloud.clock.monotonic() + 10.0):
        cinder.delete('/volumes/v0')
        with pytest.raises(TooLate):
            cinder.delete('/volumes/v1')
        with pytest.raises(TooLate):
            cinder.post('/volumes/v1/action', {'os-reset_status': {}})
        cinder.get('/volumes/v1')
    assert met == ['DELETE', 'GET']
    assert cloud.clock.monotonic() == 40.0


def test_each_request_takes_its_fake_time(cloud: FakeCloud, cinder: FakeService) -> None:
    cloud.latency = 0.25
    cinder.get('/volumes/v0')
    assert cloud.clock.monotonic() == 0.25


def test_paths_are_checked_as_in_a_real_cloud(cinder: FakeService) -> None:
    with pytest.raises(BadRequest):
        cinder.delete('/volumes/')


def test_the_kit_needs_no_pytest_and_no_client_library() -> None:
    script = (
        'import sys, orphancleanup.testing; print({"pytest", "openstack", "requests"} & set(sys.modules))'
    )
    output = subprocess.run([sys.executable, '-c', script], capture_output=True, text=True, check=True).stdout
    assert output == 'set()\n'
