"""Services whose place is told by the configuration, and what the API of Contrail does differently on the wire."""

import dataclasses
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.contrail.api import Api
from lab.contrail.callers import Caller, Known
from lab.contrail.server import Server
from lab.contrail.store import Store, fresh
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.clouds.sender import Content
from orphancleanup.clouds.service import RealService
from orphancleanup.errors import Forbidden, NotFound, ReadOnlyViolation, Unreachable
from orphancleanup.settings import Place
from orphancleanup.testing import FakeClock
from tests.unit.clouds.conftest import HTTP
from tests.unit.clouds.wire import Reply, Wire

CERTIFICATE = Path(__file__).with_name('loopback.pem')
NOBODY = '5f0c0000-0000-4000-8000-000000000000'


@pytest.fixture
def known() -> Known:
    return Known({'token-1': Caller('project-1', frozenset({'admin'}))})


@pytest.fixture
def server(known: Known) -> Iterator[Server]:
    with started(Api(fresh(), known)) as server:
        yield server


@contextmanager
def started(api: Api) -> Iterator[Server]:
    server = Server(api)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def opened(clouds_yaml: Callable[..., Path], clock: FakeClock) -> Iterator[Callable[[Place], RealCloud]]:
    """Return what opens a cloud with Contrail in a place."""
    clouds_yaml()
    clouds = []

    def open_with(place: Place) -> RealCloud:
        cloud = open_cloud(CloudSpec('here'), dataclasses.replace(HTTP, places={'contrail': place}), clock)
        cloud.allow_changes()
        clouds.append(cloud)
        return cloud

    yield open_with
    for cloud in clouds:
        cloud.close()


@pytest.fixture
def contrail(opened: Callable[[Place], RealCloud], server: Server) -> RealService:
    return opened(Place((server.url,))).service('contrail')


def dead_address() -> str:
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return f'http://127.0.0.1:{probe.getsockname()[1]}'


def test_a_configured_service_needs_no_catalogue(contrail: RealService) -> None:
    assert contrail.get('/aaa-mode') == {'aaa-mode': 'cloud-admin'}


def test_requests_are_counted_for_the_service(opened: Callable[[Place], RealCloud], server: Server) -> None:
    cloud = opened(Place((server.url,)))
    cloud.service('contrail').get('/aaa-mode')
    assert cloud.request_counts()['contrail GET'] == 1


def test_of_two_servers_the_one_that_is_down_is_tried_once(
    opened: Callable[[Place], RealCloud], server: Server, clock: FakeClock
) -> None:
    cloud = opened(Place((dead_address(), server.url)))
    for _ in range(3):
        assert cloud.service('contrail').get('/aaa-mode')
    # Each is asked what it is; what that comes to is two questions to the one that answers.
    assert cloud.request_counts()['contrail GET'] == 1 + 2 + 3


def test_of_one_server_nothing_is_asked_besides(opened: Callable[[Place], RealCloud], server: Server) -> None:
    cloud = opened(Place((server.url,)))
    cloud.service('contrail').get('/aaa-mode')
    assert server.requests == 1


@pytest.mark.parametrize('is_first', [True, False])
def test_a_server_of_another_installation_makes_all_unreadable(
    opened: Callable[[Place], RealCloud], server: Server, known: Known, is_first: bool
) -> None:
    with started(Api(fresh(), known)) as other:
        addresses = (server.url, other.url) if is_first else (other.url, server.url)
        contrail = opened(Place(addresses)).service('contrail')
        for _ in range(2):
            with pytest.raises(Unreachable, match='/domains differently'):
                contrail.get('/virtual-networks')


def test_a_server_that_takes_us_for_another_makes_all_unreadable(
    opened: Callable[[Place], RealCloud], server: Server
) -> None:
    """In the mode rbac it would leave out of its lists what it takes for others' own."""
    stranger = Known({'token-1': Caller('project-1', frozenset({'member'}))})
    with started(Api(server.api.store, stranger)) as other:
        other.api.behaviour.aaa_mode = 'rbac'
        with pytest.raises(Unreachable, match='/obj-perms differently'):
            opened(Place((server.url, other.url))).service('contrail').get('/virtual-networks')


def test_a_server_that_comes_back_is_asked_what_it_is_before_anything_else(
    opened: Callable[[Place], RealCloud], known: Known, clock: FakeClock
) -> None:
    """The first one loses its ZooKeeper; at the second's place is another installation, which has nothing."""
    with started(Api(fresh(), known)) as other:
        place = other.url
    with started(Api(fresh(), known)) as server:
        contrail = opened(Place((server.url, place))).service('contrail')
        assert contrail.get('/virtual-networks')
        server.api.behaviour.has_zookeeper = False
        late = Server(Api(Store(), known), int(place.rpartition(':')[2]))
        late.start()
        try:
            with pytest.raises(Unreachable, match='/domains differently'):
                contrail.delete(f'/virtual-network/{NOBODY}')
            assert late.requests == 2
        finally:
            late.stop()


def test_a_server_whose_database_is_away_is_not_called_another(
    opened: Callable[[Place], RealCloud], server: Server, known: Known
) -> None:
    with started(Api(server.api.store, known)) as other:
        other.api.behaviour.has_database = False
        assert opened(Place((other.url, server.url))).service('contrail').get('/virtual-networks')


def test_a_server_without_zookeeper_leaves_the_change_to_the_next(
    opened: Callable[[Place], RealCloud], server: Server, known: Known
) -> None:
    store = server.api.store
    (network, *_) = store.of_type('virtual-network')
    with started(Api(store, known)) as other:
        other.api.behaviour.has_zookeeper = False
        cloud = opened(Place((other.url, server.url)))
        cloud.service('contrail').delete(f'/virtual-network/{network.uuid}')
    assert network.uuid not in store.objects


def test_when_no_server_answers_nothing_is_known(opened: Callable[[Place], RealCloud]) -> None:
    cloud = opened(Place((dead_address(), dead_address())))
    with pytest.raises(Unreachable):
        cloud.service('contrail').get('/aaa-mode')


@pytest.mark.parametrize('method', ['get', 'delete'])
def test_its_plain_404_for_an_id_is_a_404(contrail: RealService, method: str) -> None:
    with pytest.raises(NotFound, match=NOBODY):
        getattr(contrail, method)(f'/virtual-network/{NOBODY}')


def test_a_list_that_is_not_found_is_no_404(contrail: RealService, server: Server) -> None:
    server.api.behaviour.has_database = False
    with pytest.raises(Unreachable):
        contrail.get('/virtual-networks')


@pytest.mark.parametrize(
    'text', ['<html><body>Unknown id: {}</body></html>', 'Unknown id: {}<hr><i>proxy</i>']
)
def test_the_page_of_a_proxy_is_no_404_of_contrail(
    opened: Callable[[Place], RealCloud], wire: Wire, text: str
) -> None:
    page = text.format(NOBODY).encode()
    wire.script = lambda asked: Reply(404, page, {'Content-Type': 'text/html'})
    with pytest.raises(Unreachable):
        opened(Place((f'{wire.url}/contrail',))).service('contrail').get(f'/virtual-network/{NOBODY}')


def test_the_plain_text_is_no_404_of_another_service(cloud: RealCloud, wire: Wire) -> None:
    wire.script = lambda asked: Reply(404, f'Unknown id: {NOBODY}'.encode(), {'Content-Type': 'text/html'})
    with pytest.raises(Unreachable):
        cloud.service('block-storage').get(f'/volumes/{NOBODY}')


def test_a_403_whose_body_breaks_off_is_a_403(contrail: RealService, server: Server, known: Known) -> None:
    known.tokens['token-1'] = Caller('project-1', frozenset({'member'}))
    with pytest.raises(Forbidden):
        contrail.get('/virtual-networks')
    assert server.requests == 1


def test_another_body_that_breaks_off_says_nothing(opened: Callable[[Place], RealCloud], wire: Wire) -> None:
    wire.script = lambda asked: Reply(200, b'{"aaa-mode": "no-auth"', missing=1)
    with pytest.raises(Unreachable):
        opened(Place((f'{wire.url}/contrail',))).service('contrail').get('/aaa-mode')


def test_contrail_is_told_the_token_twice_and_others_once(
    contrail: RealService, cloud: RealCloud, wire: Wire
) -> None:
    assert contrail.get('/obj-perms')['is_cloud_admin_role'] is True
    wire.replies = [Reply(200, {})]
    cloud.service('block-storage').get('/volumes')
    assert 'X-User-Token' not in wire.asked[-1].headers


def test_a_server_without_authentication_is_sent_no_token(
    opened: Callable[[Place], RealCloud], wire: Wire
) -> None:
    wire.replies = [Reply(200, {})]
    opened(Place((f'{wire.url}/contrail',), has_login=False)).service('contrail').get('/aaa-mode')
    assert not {'X-Auth-Token', 'X-User-Token'} & wire.asked[-1].headers.keys()


@pytest.mark.parametrize('is_trusted', [True, False])
def test_certificates_are_checked_with_the_configured_file(
    opened: Callable[[Place], RealCloud], server: Server, is_trusted: bool
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    place = Place((server.url.replace('http:', 'https:'),), str(CERTIFICATE) if is_trusted else '')
    contrail = opened(place).service('contrail')
    if is_trusted:
        assert contrail.get('/aaa-mode')
    else:
        with pytest.raises(Unreachable, match='certificate'):
            contrail.get('/aaa-mode')


READING = {'operation': 'RETRIEVE', 'key': None}


def test_the_post_that_only_reads_passes_while_only_reading(
    opened: Callable[[Place], RealCloud], server: Server
) -> None:
    server.api.store.pairs['a'] = 'b'
    cloud = opened(Place((server.url,)))
    cloud.forbid_changes()
    found = cloud.service('contrail').post('/useragent-kv', READING)
    assert found == {'value': [{'key': 'a', 'value': 'b'}]}


@pytest.mark.parametrize(
    ('method', 'path', 'body'),
    [
        ('POST', '/useragent-kv', {'operation': 'DELETE', 'key': None}),
        ('POST', '/useragent-kv', {'operation': 'STORE', 'key': None}),
        ('POST', '/useragent-kv', {'operation': 'RETRIEVE', 'key': 'a'}),
        ('POST', '/useragent-kv', {'key': None, 'operation': 'RETRIEVE'}),
        ('POST', '/useragent-kv', {**READING, 'more': 1}),
        ('POST', '/useragent-kv?operation=DELETE', READING),
        ('POST', '/useragent-kv/', READING),
        ('POST', '/useragent-kv/useragent-kv', READING),
        ('POST', '/x/../useragent-kv', READING),
        ('POST', '/ref-update', READING),
        ('POST', '/useragent-kv', None),
        ('PUT', '/useragent-kv', READING),
        ('PATCH', '/useragent-kv', READING),
        ('DELETE', '/useragent-kv', READING),
    ],
)
def test_nothing_that_is_only_like_it_does(
    opened: Callable[[Place], RealCloud],
    server: Server,
    method: str,
    path: str,
    body: dict[str, object] | None,
) -> None:
    cloud = opened(Place((server.url,)))
    cloud.forbid_changes()
    content = Content(body) if body is not None else None
    with pytest.raises(ReadOnlyViolation):
        cloud.service('contrail')._sender.send(method, path, None, content)
    assert server.requests == 0


def test_the_same_post_to_another_service_is_a_change(
    opened: Callable[[Place], RealCloud], server: Server, wire: Wire
) -> None:
    cloud = opened(Place((server.url,)))
    cloud.forbid_changes()
    for service in ('block-storage', 'network', 'identity'):
        with pytest.raises(ReadOnlyViolation):
            cloud.service(service).post('/useragent-kv', READING)
    assert not [each for each in wire.asked if each.method != 'GET']
