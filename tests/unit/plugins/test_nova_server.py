import uuid

import pytest

from orphancleanup.errors import ApiError, Conflict, IncompleteListing
from orphancleanup.handler import Handler, ShowsById
from orphancleanup.model import Condition, Level, Ref, Resource
from orphancleanup.plugins.nova_server.server import Server
from orphancleanup.testing.conformance import HandlerConformance, Seed
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_compute import PROJECT, Compute

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


def named(identifier: str) -> Ref:
    return Ref('nova-server', identifier)


def levels(cloud: FakeCloud) -> dict[str, Level]:
    return {step.name: step.level for step in SERVER.ladder(only(cloud))}


def test_a_server_is_read_whole(cloud: FakeCloud, compute: Compute) -> None:
    volumes = [{'id': 'boot', 'delete_on_termination': True}, {'id': 'data', 'delete_on_termination': False}]
    compute.add(
        name='vm', metadata={'a': 'b'}, tags=['c'], **{'os-extended-volumes:volumes_attached': volumes}
    )
    found = only(cloud)
    assert (found.name, found.project_id, found.status) == ('vm', PROJECT, 'ACTIVE')
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
    assert (only(cloud).status, only(cloud).condition) == (task, Condition.LEAVING)


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
        SERVER.look(cloud, Ref('nova-server', server['id']))


def test_a_404_while_a_cell_is_silent_is_not_gone(cloud: FakeCloud, compute: Compute) -> None:
    compute.hosts.append({'binary': 'nova-compute', 'host': 'two', 'status': 'UNKNOWN'})
    with pytest.raises(IncompleteListing):
        SERVER.look(cloud, Ref('nova-server', str(uuid.uuid4())))


def test_a_404_for_what_nova_lists_is_not_gone(cloud: FakeCloud, compute: Compute) -> None:
    server = compute.add()
    compute.unmapped.add(server['id'])
    with pytest.raises(IncompleteListing, match='mapping'):
        SERVER.look(cloud, Ref('nova-server', server['id']))


def test_an_account_that_may_not_list_all_projects_is_told_to_be_admin(
    cloud: FakeCloud, compute: Compute
) -> None:
    compute.add()
    compute.lists_all = False
    with pytest.raises(IncompleteListing, match='role admin'):
        list(SERVER.discover(cloud))


def test_soft_deleted_servers_that_nova_hides_are_not_gone(cloud: FakeCloud, compute: Compute) -> None:
    compute.add()
    compute.add(status='SOFT_DELETED')
    compute.honours_filters = False
    with pytest.raises(IncompleteListing, match='allow_all_filters'):
        list(SERVER.discover(cloud))


@pytest.mark.parametrize('field', ['tenant_id', 'metadata', 'tags', 'os-extended-volumes:volumes_attached'])
def test_a_record_that_lacks_what_protects_it_is_an_incomplete_listing(
    cloud: FakeCloud, compute: Compute, field: str
) -> None:
    server = compute.add()
    del server[field]
    with pytest.raises(IncompleteListing, match=field):
        list(SERVER.discover(cloud))
    with pytest.raises(IncompleteListing, match=field):
        SERVER.look(cloud, named(server['id']))


@pytest.mark.parametrize('nobody', [None, ''])
def test_only_a_null_owner_means_nobodys(cloud: FakeCloud, compute: Compute, nobody: str | None) -> None:
    compute.add(tenant_id=nobody)
    assert only(cloud).project_id == ''


@pytest.mark.parametrize('document', [{}, {'server': None}, None, [], 'login please'])
def test_an_empty_answer_to_a_look_tells_nothing(
    cloud: FakeCloud, compute: Compute, document: object
) -> None:
    cloud.override('compute', 'GET', '/.*', lambda *_: document)
    for ask in (SERVER.look, SERVER.show):
        with pytest.raises(IncompleteListing):
            ask(cloud, named('x'))


def test_a_server_that_our_nova_does_not_know_may_be_another_regions() -> None:
    assert SERVER.shared_through == ('block-storage', 'network')


def test_next_to_a_complete_listing_a_missing_server_costs_one_request(
    cloud: FakeCloud, compute: Compute
) -> None:
    assert isinstance(SERVER, ShowsById)
    for _ in range(100):
        assert SERVER.show(cloud, named(str(uuid.uuid4()))) is None
    assert len(cloud.sent('GET', 'compute')) == 100


@pytest.mark.parametrize(
    ('launched', 'actions', 'condition'),
    [
        (None, [], Condition.CREATION_FAILED),
        ('2026-11-20T12:00:00.000000', [], Condition.NORMAL),
        ('2026-11-20T12:00:00.000000', ['create', 'resize'], Condition.NORMAL),
        ('2026-11-20T12:00:00.000000', ['create', 'delete', 'rebuild'], Condition.NORMAL),
        ('2026-11-20T12:00:00.000000', ['create', 'delete'], Condition.DELETION_FAILED),
        ('2026-11-20T12:00:00.000000', ['create', 'delete', 'lock', 'resetState'], Condition.DELETION_FAILED),
        ('2026-11-20T12:00:00.000000', ['create', 'resetState'], Condition.NORMAL),
    ],
)
def test_a_server_in_error_that_was_launched_may_live(
    cloud: FakeCloud, compute: Compute, launched: str | None, actions: list[str], condition: Condition
) -> None:
    server = compute.add(status='ERROR', **{'OS-SRV-USG:launched_at': launched})
    compute.actions[server['id']] = [
        {'action': each, 'request_id': each, 'start_time': f'2026-11-20T12:0{number}:00'}
        for number, each in enumerate(actions)
    ]
    assert only(cloud).condition is condition


def test_a_server_in_error_that_does_not_tell_whether_it_was_launched_has_not_failed(
    cloud: FakeCloud, compute: Compute
) -> None:
    server = compute.add(status='ERROR')
    del server['OS-SRV-USG:launched_at']
    assert only(cloud).condition is Condition.NORMAL


@pytest.mark.parametrize('status', ['ACTIVE', 'BUILD', 'VERIFY_RESIZE', 'SOFT_DELETED', 'SHUTOFF', 'UNKNOWN'])
def test_no_other_status_is_a_failure(cloud: FakeCloud, compute: Compute, status: str) -> None:
    compute.add(status=status, **{'OS-SRV-USG:launched_at': None})
    assert only(cloud).condition is Condition.NORMAL


def test_only_servers_in_error_that_were_launched_are_asked_for_their_history(
    cloud: FakeCloud, compute: Compute
) -> None:
    for status in ('ACTIVE', 'SHUTOFF', 'SOFT_DELETED'):
        compute.add(status=status)
    compute.add(status='ERROR', **{'OS-SRV-USG:launched_at': None})
    list(SERVER.discover(cloud))
    assert not [path for path in cloud.sent('GET') if 'os-instance-actions' in path]


def test_a_history_that_cannot_be_read_makes_the_listing_incomplete(
    cloud: FakeCloud, compute: Compute
) -> None:
    compute.add(status='ERROR')
    cloud.fail(('compute', 'GET', 'os-instance-actions'), ApiError.of(500, 'no'))
    with pytest.raises(ApiError):
        list(SERVER.discover(cloud))


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
    server = compute.add()
    assert levels(cloud) == {'delete': Level.API, 'force-delete': Level.FORCE}
    server['OS-EXT-STS:task_state'] = 'deleting'
    assert levels(cloud) == {'delete': Level.API, 'reset-state': Level.FORCE, 'force-delete': Level.FORCE}


@pytest.mark.parametrize('status', ['ACTIVE', 'ERROR', 'BUILD', 'VERIFY_RESIZE'])
def test_a_server_that_is_not_being_deleted_is_never_reset(
    cloud: FakeCloud, compute: Compute, status: str
) -> None:
    compute.add(status=status)
    assert 'reset-state' not in levels(cloud)


def test_a_server_whose_deletion_has_ended_since_it_was_looked_at_is_not_reset(
    cloud: FakeCloud, compute: Compute
) -> None:
    server = compute.add(**{'OS-EXT-STS:task_state': 'deleting'})
    victim = only(cloud)
    server['OS-EXT-STS:task_state'] = None
    with pytest.raises(Conflict, match='ACTIVE'):
        next(each for each in SERVER.ladder(victim) if each.name == 'reset-state').run(cloud, victim)
    assert server['status'] == 'ACTIVE'
    assert not cloud.sent('POST')


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
        status='ERROR',
        user_id='ann',
        fault={'code': 500, 'message': 'No valid host', 'details': 'Traceback: x'},
        **{'OS-EXT-SRV-ATTR:host': 'one', 'OS-EXT-SRV-ATTR:hypervisor_hostname': None},
    )
    traceback = 'Traceback (most recent call last):\n  File "x", line 1\nNoValidHost: secret is not here\n'
    events = [
        {
            'event': 'schedule',
            'result': 'Error',
            'finish_time': 'noon',
            'traceback': traceback,
            'host': 'lab',
        },
        {'event': 'build', 'result': 'Success', 'finish_time': 'noon', 'traceback': None},
    ]
    action = {'action': 'create', 'request_id': 'req-1', 'start_time': 'noon', 'events': events}
    compute.actions[server['id']] = [action]
    found = list(SERVER.evidence(cloud, only(cloud)))
    assert [(each.source, each.text, each.request_id) for each in found] == [
        ('user', 'ann', ''),
        ('host', 'one', ''),
        ('fault', '500: No valid host', ''),
        ('event', 'create: schedule failed on lab at noon: NoValidHost: secret is not here', 'req-1'),
    ]
    assert 'Traceback' not in repr(found)


def test_a_server_that_is_gone_leaves_no_evidence(cloud: FakeCloud, compute: Compute) -> None:
    compute.actions = {}
    assert list(SERVER.evidence(cloud, Resource(Ref('nova-server', 'gone')))) == []
