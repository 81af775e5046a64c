"""What is kept of the requests of a step, on the wire."""

import pytest

from orphancleanup.clouds import transcript
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import Conflict, NotFound, Unreachable
from orphancleanup.outcome import Exchange
from tests.unit.clouds.wire import Reply, Wire

REQUEST_ID = {'x-openstack-request-id': 'req-1'}


def test_status_message_and_request_id_of_every_request_are_kept(wire: Wire, cloud: RealCloud) -> None:
    cinder = cloud.service('block-storage')
    refusal = {'badRequest': {'message': 'in use'}}
    wire.replies = [Reply(200, {'volume': {}}, REQUEST_ID), Reply(202), Reply(409, refusal, REQUEST_ID)]
    with transcript.kept() as exchanges:
        cinder.get('/volumes/a')
        cinder.post('/volumes/a/action', {'x': {}})
        with pytest.raises(Conflict):
            cinder.delete('/volumes/a')
    assert exchanges == [
        Exchange('GET', 'block-storage', '/volumes/a', 200, '', 'req-1'),
        Exchange('POST', 'block-storage', '/volumes/a/action', 202),
        Exchange('DELETE', 'block-storage', '/volumes/a', 409, 'in use', 'req-1'),
    ]


def test_a_request_without_a_usable_answer_is_kept_with_why(wire: Wire, cloud: RealCloud) -> None:
    wire.replies = [Reply(is_reset=True)]
    with transcript.kept() as exchanges, pytest.raises(Unreachable):
        cloud.service('block-storage').post('/volumes/a/action', {})
    (exchange,) = exchanges
    assert exchange.status is None
    assert 'no usable answer' in exchange.text


def test_the_requests_of_a_thread_are_counted_while_somebody_counts(wire: Wire, cloud: RealCloud) -> None:
    cinder = cloud.service('block-storage')
    wire.replies = [Reply(200, {}), Reply(404, {}), Reply(200, {})]
    with transcript.counted() as count:
        cinder.get('/volumes/a')
        with pytest.raises(NotFound):
            cinder.get('/volumes/b')
    cinder.get('/volumes/a')
    assert count.requests == 2


def test_nothing_is_kept_outside_of_a_step(wire: Wire, cloud: RealCloud) -> None:
    wire.replies = [Reply(200, {}), Reply(200, {})]
    with transcript.kept() as exchanges:
        pass
    cloud.service('block-storage').get('/volumes/a')
    assert exchanges == []


def test_a_step_that_goes_on_and_on_does_not_fill_the_memory() -> None:
    with transcript.kept() as exchanges:
        for _ in range(transcript.MOST + 5):
            transcript.note(Exchange('GET', 'compute', '/'))
    assert len(exchanges) == transcript.MOST
