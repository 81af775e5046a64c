"""Nothing goes round the gate."""

import datetime
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from orphancleanup.clouds import timeliness
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.clouds.outgoing import Security
from orphancleanup.errors import IncompleteListing, ReadOnlyViolation, TooLate
from orphancleanup.settings import HttpSettings
from orphancleanup.testing import FakeClock
from tests.unit.clouds.wire import Asked, Reply, Wire


@pytest.fixture
def reader(clouds_yaml: Callable[..., Path]) -> RealCloud:
    """Return a cloud that nobody has allowed to change anything."""
    clouds_yaml()
    return open_cloud(CloudSpec('here'), HttpSettings())


def test_a_cloud_begins_read_only_and_reads(wire: Wire, reader: RealCloud) -> None:
    wire.replies = [Reply(200, {'volumes': []})]
    assert reader.read_only
    assert reader.service('block-storage').get('/volumes') == {'volumes': []}


@pytest.mark.parametrize(
    'change',
    [
        lambda service: service.delete('/volumes/a'),
        lambda service: service.post('/volumes/a/action', {'os-reset_status': {}}),
        lambda service: service.put('/volumes/a', {}),
        lambda service: service._sender.send('PATCH', '/volumes/a'),
    ],
)
def test_a_change_is_refused_before_it_leaves(
    wire: Wire, reader: RealCloud, change: Callable[[object], None]
) -> None:
    with pytest.raises(ReadOnlyViolation, match='nothing was sent'):
        change(reader.service('block-storage'))
    assert wire.asked == []
    assert not [name for name in reader.request_counts() if name.startswith('block-storage')]


def test_a_change_of_roles_is_a_change(wire: Wire, reader: RealCloud) -> None:
    with pytest.raises(ReadOnlyViolation):
        reader.service('identity').put('/projects/p/users/u/roles/r', {})
    with pytest.raises(ReadOnlyViolation):
        reader.service('identity').post('/projects', {})


def test_an_open_gate_lets_changes_through(wire: Wire, reader: RealCloud) -> None:
    reader.allow_changes()
    wire.replies = [Reply(202)]
    reader.service('block-storage').delete('/volumes/a')
    assert [each.method for each in wire.asked] == ['DELETE']


def test_what_is_outside_the_cloud_may_be_changed_when_the_cloud_may(wire: Wire, reader: RealCloud) -> None:
    with pytest.raises(ReadOnlyViolation, match='DELETE on an array was tried'):
        reader.require_change('DELETE on an array')
    reader.allow_changes()
    reader.require_change('DELETE on an array')
    with timeliness.until(reader._connection.clock.monotonic() - 1), pytest.raises(TooLate):
        reader.require_change('DELETE on an array')


def test_what_a_plugin_opened_is_closed_with_the_cloud(clouds_yaml: Callable[..., Path], wire: Wire) -> None:
    clouds_yaml()
    cloud = open_cloud(CloudSpec('here'), HttpSettings(), options={'3par:a': {'x': 1}, 'other': {}})
    assert cloud.options('3par') == {'3par:a': {'x': 1}}
    closed: list[object] = []

    class Opened:
        def close(self) -> None:
            closed.append(self)

    opened = cloud.kept('array', Opened)
    assert cloud.kept('array', Opened) is opened
    cloud.close()
    assert closed == [opened]


def test_requests_are_counted_by_service_and_method(wire: Wire, cloud: RealCloud) -> None:
    wire.replies = [Reply(503), Reply(200, {'volumes': []}), Reply(202), Reply(200, {'servers': []})]
    cloud.service('block-storage').get('/volumes')
    cloud.service('block-storage').delete('/volumes/a')
    cloud.service('compute').get('/servers')
    assert cloud.request_counts() == {
        'identity GET': 1,
        'identity POST': 1,
        'block-storage GET': 2,
        'block-storage DELETE': 1,
        'compute GET': 1,
    }


@pytest.mark.parametrize(('workers', 'of_service', 'most'), [(8, 2, 2), (2, 8, 2)])
def test_no_more_requests_run_at_a_time_than_allowed(
    wire: Wire, clouds_yaml: Callable[..., Path], workers: int, of_service: int, most: int
) -> None:
    clouds_yaml()
    cloud = open_cloud(
        CloudSpec('here'), HttpSettings(workers=workers, service_workers={'block-storage': of_service})
    )
    running: list[str] = []
    peak: list[int] = []

    def script(asked: Asked) -> Reply:
        running.append(asked.path)
        peak.append(len(running))
        time.sleep(0.01)
        running.remove(asked.path)
        return Reply(200, {})

    wire.script = script
    service = cloud.service('block-storage')
    threads = [threading.Thread(target=service.get, args=(f'/volumes/{n}',)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wire.asked) == 8
    assert max(peak) <= most
    cloud.close()


def test_a_change_that_waited_for_a_slot_until_its_moment_was_over_is_not_sent(
    wire: Wire, clouds_yaml: Callable[..., Path], clock: FakeClock
) -> None:
    clouds_yaml()
    cloud = open_cloud(CloudSpec('here'), HttpSettings(workers=1), clock)
    cloud.allow_changes()
    cinder, nova = cloud.service('block-storage'), cloud.service('compute')
    arrived, release, waiting = threading.Event(), threading.Event(), threading.Event()

    def script(asked: Asked) -> Reply:
        arrived.set()
        release.wait(5)
        return Reply(200, {})

    wire.script = script
    raised: list[type[BaseException]] = []

    def change() -> None:
        with timeliness.until(clock.monotonic() + 10.0):
            waiting.set()
            try:
                nova.delete('/servers/b')
            except TooLate as error:
                raised.append(type(error))

    reading = threading.Thread(target=cinder.get, args=('/volumes/a',))
    reading.start()
    arrived.wait(5)
    changing = threading.Thread(target=change)
    changing.start()
    waiting.wait(5)
    clock.advance(11.0)
    release.set()
    reading.join()
    changing.join()
    assert raised == [TooLate]
    assert {each.method for each in wire.asked} == {'GET'}
    cloud.close()


def test_proxies_of_the_environment_are_used_and_excepted(
    wire: Wire, clouds_yaml: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    clouds_yaml()
    monkeypatch.setenv('http_proxy', wire.url)
    monkeypatch.setenv('no_proxy', '127.0.0.1')
    cloud = open_cloud(CloudSpec('here'), HttpSettings())
    wire.catalogue[1]['endpoints'][0]['url'] = 'http://cinder.invalid/v3'
    cloud._connection.session.auth.invalidate()
    wire.replies = [Reply(200, {'through': 'the proxy'})]
    assert cloud.service('block-storage').get('/volumes') == {'through': 'the proxy'}
    assert wire.asked[0].path == 'http://cinder.invalid/v3/volumes'
    cloud.close()


@pytest.mark.parametrize('name', ['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'])
def test_certificates_of_the_environment_are_trusted(
    clouds_yaml: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.setenv(name, str(tmp_path / 'ca.pem'))
    for options, verify in (
        ({}, str(tmp_path / 'ca.pem')),
        ({'verify': False}, False),
        ({'cacert': '/ca'}, '/ca'),
    ):
        clouds_yaml(**options)
        cloud = open_cloud(CloudSpec('here'), HttpSettings())
        assert cloud._connection.session.verify == verify
        cloud.close()


def test_where_no_certificates_are_named_those_of_requests_are_used(cloud: RealCloud) -> None:
    way = cloud._connection.transport._way_to
    checked = way('https://cloud.invalid/volume', Security(True, None, None)).pool
    assert (checked.cert_reqs, checked.ca_certs) == ('CERT_REQUIRED', requests.certs.where())
    unchecked = way('https://cloud.invalid/volume', Security(False, None, None)).pool
    assert (unchecked.cert_reqs, unchecked.ca_certs) == ('CERT_NONE', None)


def test_passwords_of_netrc_are_not_sent(wire: Wire, tmp_path: Path, cloud: RealCloud) -> None:
    (tmp_path / '.netrc').write_text('machine 127.0.0.1 login somebody password secret\n')
    wire.replies = [Reply(200, {'volumes': []})]
    cloud.service('block-storage').get('/volumes')
    assert 'Authorization' not in wire.asked[0].headers


def test_a_violation_in_a_listing_is_no_incomplete_listing(reader: RealCloud) -> None:
    service = reader.service('block-storage')
    service.get = lambda path, query=None: service.delete('/volumes/a')  # type: ignore[method-assign]
    with pytest.raises(ReadOnlyViolation):
        list(service.pages('/volumes', 'volumes'))
    assert not issubclass(ReadOnlyViolation, IncompleteListing)


def test_how_far_keystone_s_clock_is_ahead_is_told_by_its_answers(cloud: RealCloud, clock: FakeClock) -> None:
    ahead = cloud.clock_ahead()
    assert ahead is not None
    assert abs(datetime.datetime.now(datetime.UTC) - clock.now() - ahead) < datetime.timedelta(minutes=1)


def test_what_may_come_of_whole_seconds_is_no_difference(reader: RealCloud) -> None:
    assert reader.clock_ahead() == datetime.timedelta()


def test_the_clock_of_another_service_tells_nothing(wire: Wire, cloud: RealCloud) -> None:
    before = cloud.clock_ahead()
    cloud._connection.clock.sleep(3600)
    wire.replies = [Reply(200, {'volumes': []})]
    cloud.service('block-storage').get('/volumes')
    assert cloud.clock_ahead() == before
