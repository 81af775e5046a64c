import uuid

import pytest

from orphancleanup import states
from orphancleanup.errors import IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.nova_server.server import Server
from orphancleanup.testing.conformance import HandlerConformance, Seed
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_compute import TENANT, Compute

SERVER = Server()


class TestConformance(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Server()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            compute = Compute(cloud)
            for _ in range(count):
                compute.add()

        return seed


def only(cloud: FakeCloud) -> Resource:
    (found,) = SERVER.discover(cloud)
    return found


def climb(cloud: FakeCloud, name: str) -> None:
    victim = only(cloud)
    (step,) = (each for each in SERVER.ladder(victim) if each.name == name)
    step.run(cloud, victim)


def test_a_server_is_read_whole(cloud: FakeCloud, compute: Compute) -> None:
    volumes = [{'id': 'boot', 'delete_on_termination': True}, {'id': 'data', 'delete_on_termination': False}]
    compute.add(
        name='vm', metadata={'a': 'b'}, tags=['c'], **{'os-extended-volumes:volumes_attached': volumes}
    )
    found = only(cloud)
    assert (found.name, found.project_id, found.status) == ('vm', TENANT, 'ACTIVE')
    assert found.holds == (Ref('cinder-volume', 'boot'),)
    assert found.tags == {'a', 'a=b', 'c'}
    assert found.created_at
    assert found.updated_at


@pytest.mark.parametrize('status', ['ACTIVE', 'ERROR', 'VERIFY_RESIZE', 'SHELVED_OFFLOADED', 'SOFT_DELETED'])
def test_servers_in_all_states_are_listed_once(cloud: FakeCloud, compute: Compute, status: str) -> None:
    compute.add(status=status)
    assert only(cloud).status == status


@pytest.mark.parametrize('task', ['deleting', 'soft-deleting'])
def test_a_removal_under_way_shows_as_the_status(cloud: FakeCloud, compute: Compute, task: str) -> None:
    compute.add(**{'OS-EXT-STS:task_state': task})
    assert states.is_leaving(only(cloud).status)


def test_other_tasks_do_not_hide_the_status(cloud: FakeCloud, compute: Compute) -> None:
    compute.add(**{'OS-EXT-STS:task_state': 'image_uploading'})
    assert only(cloud).status == 'ACTIVE'


def test_a_partial_record_of_a_silent_cell_is_refused(cloud: FakeCloud, compute: Compute) -> None:
    compute.down.add(compute.add()['id'])
    with pytest.raises(IncompleteListing, match='cell'):
        list(SERVER.discover(cloud))


def test_a_silent_cell_is_noticed_behind_a_full_first_page(cloud: FakeCloud, compute: Compute) -> None:
    compute.add()
    compute.hosts.append({'binary': 'nova-compute', 'host': 'two', 'status': 'UNKNOWN'})
    with pytest.raises(IncompleteListing, match='two'):
        list(SERVER.discover(cloud))


def test_a_server_with_an_unknown_state_is_no_silent_cell(cloud: FakeCloud, compute: Compute) -> None:
    compute.add(status='UNKNOWN')
    assert only(cloud).status == 'UNKNOWN'


def test_one_that_is_soft_deleted_between_two_listings_is_still_seen(
    cloud: FakeCloud, compute: Compute
) -> None:
    server = compute.add()
    cloud.before(
        ('compute', 'GET', '/servers/detail'), lambda _: server.update(status='SOFT_DELETED'), after=1
    )
    assert only(cloud).id == server['id']


def test_a_look_into_a_silent_cell_tells_nothing(cloud: FakeCloud, compute: Compute) -> None:
    server = compute.add()
    compute.down.add(server['id'])
    with pytest.raises(IncompleteListing):
        SERVER.look(cloud, Resource(Ref('nova-server', server['id'])))


def test_a_404_while_a_cell_is_silent_is_not_gone(cloud: FakeCloud, compute: Compute) -> None:
    compute.hosts.append({'binary': 'nova-compute', 'host': 'two', 'status': 'UNKNOWN'})
    with pytest.raises(IncompleteListing):
        SERVER.look(cloud, Resource(Ref('nova-server', str(uuid.uuid4()))))


def test_a_404_for_what_nova_lists_is_not_gone(cloud: FakeCloud, compute: Compute) -> None:
    server = compute.add()
    compute.unmapped.add(server['id'])
    with pytest.raises(IncompleteListing, match='mapping'):
        SERVER.look(cloud, Resource(Ref('nova-server', server['id'])))


@pytest.mark.parametrize('status', ['ACTIVE', 'ERROR', 'VERIFY_RESIZE', 'BUILD'])
def test_a_plain_delete_does_for_every_state(cloud: FakeCloud, compute: Compute, status: str) -> None:
    compute.add(status=status, locked=True)
    climb(cloud, 'delete')
    assert not compute.servers.items


def test_a_deletion_that_hangs_needs_a_reset_first(cloud: FakeCloud, compute: Compute) -> None:
    compute.add(**{'OS-EXT-STS:task_state': 'deleting'})
    climb(cloud, 'delete')
    climb(cloud, 'force-delete')
    assert compute.servers.items
    climb(cloud, 'reset-state')
    assert only(cloud).status == 'ERROR'
    climb(cloud, 'force-delete')
    assert not compute.servers.items


def test_only_the_plain_delete_is_allowed_always(cloud: FakeCloud, compute: Compute) -> None:
    compute.add()
    levels = {step.name: step.level for step in SERVER.ladder(only(cloud))}
    assert levels == {'delete': Level.API, 'reset-state': Level.FORCE, 'force-delete': Level.FORCE}


def test_what_was_soft_deleted_needs_no_force_to_go(cloud: FakeCloud) -> None:
    compute = Compute(cloud, reclaims=True)
    compute.add()
    climb(cloud, 'delete')
    cloud.clock.advance(2)
    assert [(step.name, step.level) for step in SERVER.ladder(only(cloud))] == [('force-delete', Level.API)]
    climb(cloud, 'force-delete')
    assert not list(SERVER.discover(cloud))


def test_evidence_is_the_fault_and_the_failed_events_without_tracebacks(
    cloud: FakeCloud, compute: Compute
) -> None:
    server = compute.add(
        status='ERROR', fault={'code': 500, 'message': 'No valid host', 'details': 'Traceback: x'}
    )
    events = [
        {'event': 'schedule', 'result': 'Error', 'finish_time': 'noon', 'traceback': 'Traceback: y'},
        {'event': 'build', 'result': 'Success', 'finish_time': 'noon', 'traceback': None},
    ]
    action = {'action': 'create', 'request_id': 'req-1', 'start_time': 'noon', 'events': events}
    compute.actions[server['id']] = [action]
    found = list(SERVER.evidence(cloud, only(cloud)))
    assert [(each.source, each.request_id) for each in found] == [('fault', ''), ('event', 'req-1')]
    assert found[0].text == '500: No valid host'
    assert 'schedule' in found[1].text
    assert 'Traceback' not in repr(found)


def test_a_server_that_is_gone_leaves_no_evidence(cloud: FakeCloud, compute: Compute) -> None:
    compute.actions = {}
    assert list(SERVER.evidence(cloud, Resource(Ref('nova-server', 'gone')))) == []
