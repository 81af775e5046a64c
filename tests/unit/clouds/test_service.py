"""Requests, their retries and their errors, on the wire."""

import datetime
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable
from email.utils import format_datetime
from pathlib import Path

import pytest

from orphancleanup.clouds import timeliness
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.service import RealService
from orphancleanup.errors import (
    ApiError,
    AuthenticationFailed,
    BadRequest,
    Conflict,
    Forbidden,
    IncompleteListing,
    NotFound,
    Redirected,
    TooLate,
    Unauthorized,
    Unreachable,
)
from orphancleanup.testing import FakeClock
from tests.unit.clouds.wire import Asked, Reply, Wire

VOLUMES = '/volume/v3/project-1/volumes'


@pytest.fixture
def cinder(cloud: RealCloud) -> RealService:
    return cloud.service('block-storage', '3.64')


@pytest.fixture
def heat(cloud: RealCloud) -> RealService:
    return cloud.service('orchestration')


def test_an_answer_is_parsed_json_and_the_microversion_is_asked_for(wire: Wire, cinder: RealService) -> None:
    wire.replies = [Reply(200, {'volume': {'id': 'a'}})]
    assert cinder.get('/volumes/a', {'x': 1}) == {'volume': {'id': 'a'}}
    assert wire.asked[0].path == VOLUMES + '/a?x=1'
    assert wire.asked[0].headers['OpenStack-API-Version'] == 'volume 3.64'
    assert wire.asked[0].headers['X-Auth-Token'] == 'token-1'


def test_post_and_put_send_json_and_answer_what_came(wire: Wire, cinder: RealService) -> None:
    wire.replies = [Reply(202), Reply(200, {'ok': True})]
    assert cinder.post('/volumes/a/action', {'os-force_delete': None}) is None
    assert cinder.put('/volumes/a', {'volume': {}}) == {'ok': True}
    assert [(each.method, each.body) for each in wire.asked] == [
        ('POST', {'os-force_delete': None}),
        ('PUT', {'volume': {}}),
    ]


def test_a_patch_sends_a_list_as_what_the_service_wants(wire: Wire, cinder: RealService) -> None:
    wire.replies = [Reply(200, {'ok': True}), Reply(200, {})]
    patch = [{'op': 'replace', 'path': '/protected', 'value': False}]
    assert cinder.patch('/images/a', patch, 'application/openstack-images-v2.1-json-patch') == {'ok': True}
    cinder.patch('/projects/a', {'project': {'enabled': False}})
    assert [(each.method, each.body, each.headers['Content-Type']) for each in wire.asked] == [
        ('PATCH', patch, 'application/openstack-images-v2.1-json-patch'),
        ('PATCH', {'project': {'enabled': False}}, 'application/json'),
    ]


def test_a_patch_whose_end_is_unknown_is_not_sent_again(wire: Wire, cinder: RealService) -> None:
    wire.replies = [Reply(502), Reply(200, {})]
    with pytest.raises(Unreachable):
        cinder.patch('/images/a', [])
    assert len(wire.asked) == 1


@pytest.mark.parametrize(
    ('status', 'error'),
    [(400, BadRequest), (403, Forbidden), (404, NotFound), (409, Conflict), (413, ApiError)],
)
def test_an_answer_that_says_no_is_an_error_with_its_words_and_request_id(
    wire: Wire, cinder: RealService, status: int, error: type[ApiError]
) -> None:
    body = {'badRequest': {'message': 'Volume is\x1b[31m busy', 'code': status}}
    wire.replies = [Reply(status, body, {'x-openstack-request-id': 'req-1'})]
    with pytest.raises(
        error, match=r'DELETE block-storage /volumes/a: Volume is \[31m busy \(req-1\)'
    ) as caught:
        cinder.delete('/volumes/a')
    assert (caught.value.status, caught.value.request_id) == (status, 'req-1')
    assert len(wire.asked) == 1


@pytest.mark.parametrize('status', [429, 502, 503, 504])
@pytest.mark.parametrize('method', ['get', 'delete'])
def test_what_may_pass_is_tried_again(wire: Wire, cinder: RealService, status: int, method: str) -> None:
    wire.replies = [Reply(status), Reply(status), Reply(200, {})]
    getattr(cinder, method)('/volumes/a')
    assert len(wire.asked) == 3


def test_what_does_not_pass_is_unreachable_after_the_last_attempt(wire: Wire, cinder: RealService) -> None:
    wire.replies = [Reply(503, headers={'x-openstack-request-id': 'req-9'})] * 9
    with pytest.raises(Unreachable, match=r'HTTP 503.*whether it took effect is unknown') as caught:
        cinder.delete('/volumes/a')
    assert caught.value.request_id == 'req-9'
    assert len(wire.asked) == 4


def test_pauses_grow_and_have_jitter_and_an_end(wire: Wire, cinder: RealService, clock: FakeClock) -> None:
    wire.replies = [Reply(503)] * 4
    with pytest.raises(Unreachable):
        cinder.get('/volumes/a')
    assert len(clock.pauses) == 3
    for pause, most in zip(clock.pauses, (0.5, 1.0, 2.0), strict=True):
        assert 0 <= pause <= most


@pytest.mark.parametrize('form', ['seconds', 'date'])
def test_retry_after_is_honoured(wire: Wire, cinder: RealService, clock: FakeClock, form: str) -> None:
    date = format_datetime(clock.now() + datetime.timedelta(seconds=7), usegmt=True)
    wire.replies = [Reply(429, headers={'Retry-After': '7' if form == 'seconds' else date}), Reply(200, {})]
    cinder.get('/volumes/a')
    assert 7.0 <= clock.pauses[0] <= 7.7


@pytest.mark.parametrize('value', ['86400', 'Fri, 31 Dec 2027 23:59:59 GMT'])
def test_retry_after_has_a_limit_for_one_pause_and_for_all(
    wire: Wire, cinder: RealService, clock: FakeClock, value: str
) -> None:
    wire.replies = [Reply(503, headers={'Retry-After': value})] * 9
    with pytest.raises(Unreachable):
        cinder.get('/volumes/a')
    assert clock.pauses == [30.0, 30.0]


@pytest.mark.parametrize('value', ['soon', '-5', '', 'Fri, 99 Foo 2027'])
def test_a_senseless_retry_after_is_ignored(
    wire: Wire, cinder: RealService, clock: FakeClock, value: str
) -> None:
    wire.replies = [Reply(503, headers={'Retry-After': value}), Reply(200, {})]
    cinder.get('/volumes/a')
    assert clock.pauses[0] <= 0.5


def test_500_is_tried_again_when_reading_only(wire: Wire, cinder: RealService) -> None:
    wire.replies = [Reply(500, {'computeFault': {'message': 'boom'}}), Reply(200, {})]
    assert cinder.get('/volumes/a') == {}
    wire.replies = [Reply(500, {'computeFault': {'message': 'boom'}})]
    with pytest.raises(ApiError, match=r'HTTP 500.*boom'):
        cinder.delete('/volumes/a')
    wire.replies = [Reply(500)] * 4
    with pytest.raises(ApiError, match='HTTP 500'):
        cinder.get('/volumes/a')


@pytest.mark.parametrize(
    'broken',
    [
        Reply(is_reset=True),
        Reply(200, {'volume': 'x' * 99}, missing=10),
        Reply(200, b'<html>Sorry!'),
        Reply(200),
    ],
    ids=['reset', 'truncated', 'html', 'empty'],
)
def test_an_unusable_answer_is_asked_for_again(wire: Wire, cinder: RealService, broken: Reply) -> None:
    wire.replies = [broken, Reply(200, {'volume': {}})]
    assert cinder.get('/volumes/a') == {'volume': {}}
    wire.replies = [broken] * 4
    with pytest.raises(Unreachable):
        cinder.get('/volumes/a')


@pytest.mark.parametrize('status', [429, 503])
def test_a_post_that_was_turned_away_is_sent_again(wire: Wire, cinder: RealService, status: int) -> None:
    wire.replies = [Reply(status), Reply(202)]
    cinder.post('/volumes/a/action', {'os-force_delete': {}})
    assert len(wire.asked) == 2


@pytest.mark.parametrize(
    'broken', [Reply(502), Reply(504), Reply(is_reset=True), Reply(200, {'a': 1}, missing=5), Reply(200, b'<html>')],
    ids=['502', '504', 'reset', 'truncated', 'html'],
)  # fmt: skip
def test_a_post_that_may_have_worked_is_never_sent_again(
    wire: Wire, cinder: RealService, broken: Reply
) -> None:
    wire.replies = [broken, Reply(202)]
    with pytest.raises(Unreachable, match='whether it took effect is unknown'):
        cinder.post('/volumes/a/action', {'os-force_delete': {}})
    assert len(wire.asked) == 1


PAGE = Reply(200, b'<html>Log in</html>', {'Content-Type': 'text/html'})


@pytest.mark.parametrize('page', [PAGE, Reply(202, b'OK'), Reply(200, b'\xff')])
def test_a_removal_that_is_answered_with_a_page_is_not_accepted(
    wire: Wire, cinder: RealService, page: Reply
) -> None:
    wire.replies = [page] * 4
    with pytest.raises(Unreachable, match=r'DELETE .* is not JSON; whether it took effect is unknown'):
        cinder.delete('/volumes/a')
    with pytest.raises(NotFound):
        cinder.delete('/volumes/a')


def test_a_404_of_a_proxy_does_not_say_that_a_resource_is_gone(wire: Wire, cinder: RealService) -> None:
    page = b'<html><h1>404 Not Found</h1></html>'
    for ask in (cinder.get, cinder.delete):
        wire.replies = [Reply(404, page)] * 4
        with pytest.raises(Unreachable, match=r'a 404 that is not the service.s own'):
            ask('/volumes/a')
        wire.replies = [Reply(404, page, {'x-openstack-request-id': 'req-1'})]
        with pytest.raises(NotFound):
            ask('/volumes/a')


@pytest.mark.parametrize('change', ['post', 'put'])
def test_a_change_that_is_answered_with_a_page_is_not_accepted(
    wire: Wire, cinder: RealService, change: str
) -> None:
    wire.replies = [PAGE] * 4
    with pytest.raises(Unreachable, match='whether it took effect is unknown'):
        getattr(cinder, change)('/volumes/a', {})
    assert len(wire.asked) == (1 if change == 'post' else 4)


@pytest.mark.parametrize('body', [None, b'\n', b'{}'])
def test_an_accepted_removal_may_say_nothing_in_any_content_type(
    wire: Wire, cinder: RealService, body: bytes | None
) -> None:
    wire.replies = [Reply(202, body, {'Content-Type': 'text/html; charset=UTF-8'})] * 2
    cinder.delete('/volumes/a')
    cinder.post('/volumes/a/action', {})
    assert len(wire.asked) == 2


@pytest.mark.parametrize('status', [408, 413, 500, 501])
def test_what_is_no_refusal_of_the_resource_is_none_of_the_errors_that_are(
    wire: Wire, cinder: RealService, status: int
) -> None:
    wire.replies = [Reply(status)]
    with pytest.raises(ApiError) as caught:
        cinder.delete('/volumes/a')
    assert type(caught.value) is ApiError


@pytest.mark.parametrize('change', ['delete', 'post', 'put'])
def test_a_change_is_not_sent_after_its_moment(
    wire: Wire, cinder: RealService, clock: FakeClock, change: str
) -> None:
    arguments = ('/volumes/a',) if change == 'delete' else ('/volumes/a', {})
    with timeliness.until(clock.monotonic() - 1.0), pytest.raises(TooLate, match='nothing was sent'):
        getattr(cinder, change)(*arguments)
    assert not wire.asked
    wire.replies = [Reply(202)]
    with timeliness.until(clock.monotonic()):
        getattr(cinder, change)(*arguments)
    assert len(wire.asked) == 1


def test_a_change_is_not_sent_again_after_its_moment(
    wire: Wire, cinder: RealService, clock: FakeClock
) -> None:
    wire.replies = [Reply(503, headers={'Retry-After': '20'}), Reply(202)]
    with timeliness.until(clock.monotonic() + 10.0), pytest.raises(TooLate):
        cinder.delete('/volumes/a')
    assert len(wire.asked) == 1


def test_a_redirected_change_is_not_sent_after_its_moment(
    wire: Wire, heat: RealService, clock: FakeClock
) -> None:
    def script(asked: Asked) -> Reply:
        clock.advance(20.0)
        return Reply(302, headers={'Location': '/v1/project-1/stacks/name/5f0c'})

    wire.script = script
    with timeliness.until(clock.monotonic() + 10.0), pytest.raises(TooLate):
        heat.delete('/stacks/name')
    assert len(wire.asked) == 1


def test_reading_and_logging_in_have_no_moment(wire: Wire, cinder: RealService, clock: FakeClock) -> None:
    wire.expired = {'token-1'}
    wire.replies = [Reply(200, {'volume': {}})]
    with timeliness.until(clock.monotonic() - 1.0):
        assert cinder.get('/volumes/a') == {'volume': {}}


def test_a_post_that_was_never_sent_is_tried_again(
    wire: Wire, clouds_yaml: Callable[..., Path], cloud: RealCloud, clock: FakeClock
) -> None:
    with socket.create_server(('127.0.0.1', 0)) as closed:
        port = closed.getsockname()[1]
    wire.catalogue[1]['endpoints'][0]['url'] = f'http://127.0.0.1:{port}/v3'
    # The catalogue came with the token: have a new one fetched.
    cloud._connection.session.auth.invalidate()
    with pytest.raises(Unreachable):
        cloud.service('block-storage').post('/volumes/a/action', {'os-force_delete': {}})
    assert len(clock.pauses) == 3


def test_an_expired_token_is_renewed_once(wire: Wire, cinder: RealService) -> None:
    wire.expired = {'token-1'}
    wire.replies = [Reply(200, {'volume': {}})]
    assert cinder.get('/volumes/a') == {'volume': {}}
    assert [each.headers['X-Auth-Token'] for each in wire.asked] == ['token-1', 'token-2']


def test_a_token_that_another_service_has_renewed_is_not_renewed_again(wire: Wire, cloud: RealCloud) -> None:
    wire.replies = [Reply(200, {}), Reply(200, {}), Reply(200, {}), Reply(200, {})]
    services = (cloud.service('block-storage'), cloud.service('compute'))
    for service in services:
        service.get('/a')
    wire.expired = {'token-1'}
    for service in services:
        service.get('/b')
    assert wire.tokens == 2


def test_nothing_but_the_token_is_kept_between_requests(wire: Wire, cinder: RealService) -> None:
    wire.replies = [Reply(200, {}, {'Set-Cookie': 'sticky=1'}), Reply(202), Reply(200, {})]
    cinder.put('/volumes/a', {'x': 'é'})
    cinder.delete('/volumes/a')
    cinder.get('/volumes/a')
    put, delete, get = (each.headers for each in wire.asked)
    assert (put['Content-Type'], delete['Content-Length']) == ('application/json', '0')
    assert {'Content-Type', 'Cookie'}.isdisjoint(delete)
    assert {'Content-Type', 'Content-Length', 'Cookie'}.isdisjoint(get)
    assert wire.asked[0].body == {'x': 'é'}


def test_names_in_paths_and_queries_arrive_as_they_are(wire: Wire, cinder: RealService) -> None:
    wire.replies = [Reply(200, {})]
    cinder.get('/volumes/a%2Fb~c', {'name': 'a&b=ü %'})
    path, _, query = wire.asked[0].path.partition('?')
    assert path == VOLUMES + '/a%2Fb~c'
    assert urllib.parse.parse_qs(query) == {'name': ['a&b=ü %']}


def test_nova_is_asked_for_a_microversion_in_both_of_its_ways(wire: Wire, cloud: RealCloud) -> None:
    wire.replies = [Reply(200, {}), Reply(200, {})]
    cloud.service('compute', '2.79').get('/servers')
    cloud.service('compute').get('/servers')
    asked, without = (each.headers for each in wire.asked)
    assert asked['OpenStack-API-Version'] == 'compute 2.79'
    assert asked['X-OpenStack-Nova-API-Version'] == '2.79'
    assert not [name for name in without if 'version' in name.lower()]


def test_a_service_that_refuses_every_token_after_one_fresh_login_is_unauthorized(
    wire: Wire, cinder: RealService
) -> None:
    wire.script = lambda asked: Reply(401, {'error': {'message': 'who are you'}})
    with pytest.raises(Unauthorized, match=r'HTTP 401.*who are you'):
        cinder.post('/volumes/a/action', {})
    assert len(wire.asked) == 2


def test_credentials_that_stop_working_are_an_authentication_failure(wire: Wire, cinder: RealService) -> None:
    wire.expired = {'token-1'}
    wire.projects = set()
    with pytest.raises(AuthenticationFailed, match='no token any more'):
        cinder.get('/volumes/a')


def test_a_redirected_delete_stays_a_delete_and_on_our_host(wire: Wire, heat: RealService) -> None:
    wire.replies = [
        Reply(302, headers={'Location': 'http://behind.the.proxy:8004/v1/project-1/stacks/name/5f0c'}),
        Reply(204),
    ]
    heat.delete('/stacks/name')
    assert [(each.method, each.path) for each in wire.asked] == [
        ('DELETE', '/heat/v1/project-1/stacks/name'),
        ('DELETE', '/heat/v1/project-1/stacks/name/5f0c'),
    ]


def test_a_redirect_keeps_its_query(wire: Wire, heat: RealService) -> None:
    location = f'{wire.url}/heat/v1/project-1/stacks/n/5f0c/resources?nested_depth=5'
    wire.replies = [Reply(302, headers={'Location': location}), Reply(200, {'resources': []})]
    heat.get('/stacks/n/resources', {'nested_depth': 5})
    assert wire.asked[1].path == '/heat/v1/project-1/stacks/n/5f0c/resources?nested_depth=5'


@pytest.mark.parametrize('location', ['http://evil/other/path', 'http://evil/v1/project-2/stacks/x', '/v1'])
def test_a_redirect_out_of_the_service_is_not_followed(wire: Wire, heat: RealService, location: str) -> None:
    wire.replies = [Reply(302, headers={'Location': location}), Reply(204)]
    with pytest.raises(Redirected, match='outside of the service'):
        heat.delete('/stacks/name')
    assert len(wire.asked) == 1


@pytest.mark.parametrize('pressed', [Reply(429), Reply(503), Reply(504), Reply(is_reset=True)])
def test_every_attempt_that_finds_no_room_halves_the_pace_of_its_service(
    wire: Wire, cloud: RealCloud, cinder: RealService, pressed: Reply
) -> None:
    rooms: list[int] = []

    def script(asked: Asked) -> Reply:
        rooms.append(cloud.room('block-storage'))
        return pressed if len(rooms) < 3 else Reply(202)

    wire.script = script
    cinder.delete('/volumes/a')
    assert rooms == [4, 2, 1]
    assert cloud.room('compute') == 4


def test_a_service_that_answers_many_at_a_time_gets_more(wire: Wire, cloud: RealCloud) -> None:
    cinder, met = cloud.service('block-storage'), threading.Barrier(4)

    def script(asked: Asked) -> Reply:
        met.wait(5)
        return Reply(202)

    wire.script = script
    for _ in range(2):
        threads = [threading.Thread(target=cinder.delete, args=(f'/volumes/{n}',)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert cloud.room('block-storage') > 4


@pytest.mark.parametrize('reply', [Reply(404), Reply(409), Reply(500), Reply(302)])
def test_an_answer_that_says_no_does_not_slow_a_service_down(
    wire: Wire, cloud: RealCloud, cinder: RealService, reply: Reply
) -> None:
    wire.replies = [reply]
    with pytest.raises(ApiError):
        cinder.delete('/volumes/a')
    assert cloud.room('block-storage') == 4


def test_redirects_have_an_end(wire: Wire, heat: RealService) -> None:
    wire.script = lambda asked: Reply(302, headers={'Location': asked.path})
    with pytest.raises(ApiError, match='HTTP 302'):
        heat.get('/stacks/name')
    assert len(wire.asked) == 4


def test_pages_are_followed_through_a_proxy(wire: Wire, cinder: RealService) -> None:
    def script(asked: Asked) -> Reply:
        if 'marker=b' in asked.path:
            return Reply(200, {'volumes': [{'id': 'c'}]})
        href = 'http://internal:8776/v3/project-1/volumes/detail?all_tenants=1&limit=2&marker=b'
        return Reply(
            200, {'volumes': [{'id': 'a'}, {'id': 'b'}], 'volumes_links': [{'rel': 'next', 'href': href}]}
        )

    wire.script = script
    found = cinder.pages('/volumes/detail', 'volumes', {'all_tenants': 1, 'limit': 2})
    assert [volume['id'] for volume in found] == ['a', 'b', 'c']
    assert wire.asked[1].path == VOLUMES + '/detail?all_tenants=1&limit=2&marker=b'


def test_a_page_that_fails_after_all_attempts_is_an_incomplete_listing(
    wire: Wire, cinder: RealService
) -> None:
    links = [{'rel': 'next', 'href': '?marker=a'}]
    wire.replies = [Reply(200, {'volumes': [{'id': 'a'}], 'volumes_links': links}), *[Reply(503)] * 4]
    listing = cinder.pages('/volumes/detail', 'volumes')
    assert next(listing)['id'] == 'a'
    with pytest.raises(IncompleteListing, match=r'Page 2 of block-storage /volumes/detail .*HTTP 503'):
        next(listing)


def test_an_id_that_is_no_id_is_never_sent(wire: Wire, cinder: RealService) -> None:
    with pytest.raises(BadRequest, match='nothing was sent'):
        cinder.delete('/volumes/' + '../backups/b')
    assert not wire.asked


def test_a_timeout_is_unreachable(wire: Wire, cloud: RealCloud) -> None:
    cloud._connection.transport._timeout = 0.05
    wire.script = lambda asked: wire_sleep()
    with pytest.raises(Unreachable, match=r'timed out.*unknown'):
        cloud.service('block-storage').post('/volumes/a/action', {})
    assert len(wire.asked) == 1


def wire_sleep() -> Reply:
    time.sleep(0.2)
    return Reply(202)


@pytest.mark.parametrize(
    'second',
    [
        Reply(400, {'badRequest': {'message': 'Invalid volume: status must be available.'}}),
        Reply(409, {'conflictingRequest': {'message': 'is being deleted'}}),
        # Manila says so of what is being deleted.
        Reply(403, {'forbidden': {'message': 'Share status must be available'}}),
    ],
)
def test_a_refusal_after_an_attempt_that_got_no_answer_refuses_nothing(
    wire: Wire, cinder: RealService, second: Reply
) -> None:
    """The first attempt may be what made the resource refuse the second one."""
    wire.replies = [Reply(is_reset=True), second]
    with pytest.raises(Unreachable, match='when it was tried again'):
        cinder.delete('/volumes/a')
    assert len(wire.asked) == 2


def test_a_refusal_after_an_attempt_that_was_turned_away_is_one(wire: Wire, cinder: RealService) -> None:
    wire.replies = [Reply(503), Reply(409, {'conflictingRequest': {'message': 'has snapshots'}})]
    with pytest.raises(Conflict):
        cinder.delete('/volumes/a')


def test_a_retry_that_comes_too_late_after_an_attempt_without_an_answer_is_unknown(
    wire: Wire, cinder: RealService, clock: FakeClock
) -> None:
    """Something was sent: that it came too late would say that nothing was."""

    def script(asked: Asked) -> Reply:
        clock.advance(61)
        return Reply(is_reset=True)

    wire.script = script
    with timeliness.until(clock.monotonic() + 60), pytest.raises(Unreachable, match='tried again'):
        cinder.delete('/volumes/a')
    assert len(wire.asked) == 1


def test_a_removal_may_bring_a_body_and_have_an_answer(wire: Wire, cinder: RealService) -> None:
    wire.replies = [Reply(200, {'stack_name': 'x'})]
    assert cinder.delete('/clusters/a', body={'force': True}) == {'stack_name': 'x'}
    assert wire.asked[0].body == {'force': True}
    assert wire.asked[0].headers['Content-Type'] == 'application/json'
