"""What a stack holds, what loses something when it goes, and what its status means."""

import uuid
from typing import Any

import pytest

from orphancleanup import runs
from orphancleanup.errors import ApiError, IncompleteListing, NotFound, Unreachable
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Condition, Part, Ref, Resource
from orphancleanup.plugins.heat_stack import associations
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.testing.collection import Item
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.leaky import Leaky, site
from tests.unit.plugins.fake_orchestration import PROJECT, Orchestration

STACK = Stack()
SERVER, DISK, ROUTER, SUBNET = (str(uuid.UUID(int=number)) for number in range(1, 5))
ATTACHMENT = 'OS::Cinder::VolumeAttachment'


def only(cloud: FakeCloud) -> Resource:
    (found,) = STACK.discover(cloud)
    return found


def part(cloud: FakeCloud, resource_type: str) -> Part:
    (found,) = (each for each in STACK.parts(cloud, only(cloud)) if each.resource_type == resource_type)
    return found


def alters(cloud: FakeCloud, resource_type: str) -> set[Ref]:
    return set(part(cloud, resource_type).alters)


def called(kind: str, name: str) -> Ref:
    """Return what a name comes to, by which nobody finds the thing."""
    return Ref(associations.UNTOLD, f'{kind}:{name}')


@pytest.mark.parametrize('path', ['/template', '/resources'])
def test_a_404_for_what_a_stack_holds_is_not_the_end_of_the_stack(
    cloud: FakeCloud, heat: Orchestration, path: str
) -> None:
    heat.add()
    stack = only(cloud)
    cloud.fail(('orchestration', 'GET', f'{path}$'), ApiError.of(404, 'no'))
    with pytest.raises(IncompleteListing) as raised:
        list(STACK.parts(cloud, stack))
    assert not isinstance(raised.value, NotFound)


# A template may be empty, a list of resources in an answer may not be missing.
@pytest.mark.parametrize(
    ('path', 'document'),
    [('template', each) for each in (None, [], 'login please')]
    + [('resources', each) for each in (None, [], 'login please', {}, {'resources': None})],
)
def test_an_empty_answer_about_parts_is_never_taken_for_none(
    cloud: FakeCloud, heat: Orchestration, path: str, document: object
) -> None:
    heat.add()
    stack = only(cloud)
    cloud.override('orchestration', 'GET', f'.*/{path}', lambda *_: document)
    with pytest.raises(IncompleteListing):
        list(STACK.parts(cloud, stack))


@pytest.mark.parametrize('field', ['resource_type', 'resource_name', 'physical_resource_id'])
def test_a_part_that_does_not_tell_what_it_is_makes_all_parts_unread(
    cloud: FakeCloud, heat: Orchestration, field: str
) -> None:
    stack = heat.add()
    del heat.add_resource(stack, 'disk', 'v1')[field]
    with pytest.raises(IncompleteListing, match=field):
        list(STACK.parts(cloud, only(cloud)))


def test_parts_of_types_that_nobody_knows_are_listed(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    for number in range(3):
        heat.add_resource(stack, f'p{number}', f'port-{number}', resource_type='OS::Neutron::Port')
    assert len(list(STACK.parts(cloud, only(cloud)))) == 3


def test_an_attachment_between_a_server_and_a_disk_that_stay_alters_both(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    heat.add_part(heat.add(), 'att', DISK, ATTACHMENT, instance_uuid=SERVER, volume_id=DISK)
    assert alters(cloud, ATTACHMENT) == {Ref('nova-server', SERVER), Ref('cinder-volume', DISK)}


def test_the_disk_of_a_server_that_goes_along_loses_nothing(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    heat.add_part(stack, 'att', DISK, ATTACHMENT, instance_uuid=SERVER, volume_id=DISK)
    heat.add_resource(stack, 'vm', SERVER, resource_type='OS::Nova::Server')
    assert alters(cloud, ATTACHMENT) == set()


def test_a_server_that_stays_loses_the_disk_that_goes_along(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    heat.add_part(stack, 'att', DISK, ATTACHMENT, instance_uuid=SERVER, volume_id=DISK)
    heat.add_resource(stack, 'disk', DISK)
    assert alters(cloud, ATTACHMENT) == {Ref('nova-server', SERVER)}


def test_the_id_of_an_attachment_does_not_make_its_disk_a_part(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add_part(heat.add(), 'att', DISK, ATTACHMENT, instance_uuid=SERVER, volume_id=DISK)
    assert Ref('cinder-volume', DISK) in alters(cloud, ATTACHMENT)


def test_a_server_that_is_retained_stays_and_is_altered(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    heat.templates[stack['id']]['resources'] = {'vm': {'deletion_policy': 'retain'}}
    heat.add_part(stack, 'att', DISK, ATTACHMENT, instance_uuid=SERVER, volume_id=DISK)
    heat.add_resource(stack, 'vm', SERVER, resource_type='OS::Nova::Server')
    assert Ref('nova-server', SERVER) in alters(cloud, ATTACHMENT)


def test_an_association_that_is_retained_alters_nothing(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    heat.templates[stack['id']]['resources'] = {'att': {'deletion_policy': 'retain'}}
    heat.add_part(stack, 'att', DISK, ATTACHMENT, instance_uuid=SERVER, volume_id=DISK)
    assert alters(cloud, ATTACHMENT) == set()


def test_what_nested_stacks_hold_goes_along(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    heat.add_part(stack, 'att', DISK, ATTACHMENT, instance_uuid=SERVER, volume_id=DISK)
    heat.add_resource(stack, 'vm', SERVER, resource_type='OS::Nova::Server', parent_resource='group')
    assert alters(cloud, ATTACHMENT) == set()


def test_an_association_in_a_nested_stack_is_found_there(cloud: FakeCloud, heat: Orchestration) -> None:
    stack, nested = heat.add(), heat.add()
    record = heat.add_part(nested, 'att', DISK, ATTACHMENT, instance_uuid=SERVER, volume_id=DISK)
    heat.resources[nested['id']].clear()
    heat.resources[stack['id']].append(record | {'parent_resource': 'group'})
    root = next(each for each in STACK.discover(cloud) if each.id == stack['id'])
    (found,) = STACK.parts(cloud, root)
    assert set(found.alters) == {Ref('nova-server', SERVER), Ref('cinder-volume', DISK)}


@pytest.mark.parametrize(
    ('resource_type', 'physical_id', 'altered'),
    [
        (
            'OS::Neutron::RouterInterface',
            f'{ROUTER}:subnet_id={SUBNET}',
            {('router', ROUTER), ('subnet', SUBNET)},
        ),
        (
            'OS::Neutron::RouterInterface',
            f'{ROUTER}:port_id={SUBNET}',
            {('router', ROUTER), ('port', SUBNET)},
        ),
        ('OS::Neutron::RouterInterface', f'{ROUTER}:{SUBNET}', {('router', ROUTER), ('subnet', SUBNET)}),
        ('OS::Neutron::RouterGateway', f'{ROUTER}:{SUBNET}', {('router', ROUTER), ('network', SUBNET)}),
        ('OS::Neutron::ExtraRoute', f'{ROUTER}:fd00::/64:fd01::1', {('router', ROUTER)}),
        ('OS::Neutron::ExtraRouteSet', ROUTER, {('router', ROUTER)}),
    ],
)
def test_the_ends_of_what_neutron_connects_are_in_its_id(
    cloud: FakeCloud, heat: Orchestration, resource_type: str, physical_id: str, altered: set[tuple[str, str]]
) -> None:
    heat.add_resource(heat.add(), 'it', physical_id, resource_type=resource_type)
    assert alters(cloud, resource_type) == {
        Ref(f'neutron-{kind}', identifier) for kind, identifier in altered
    }


def test_a_subnet_of_the_stack_at_a_router_that_stays_alters_nothing(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    stack = heat.add()
    heat.add_resource(
        stack, 'it', f'{ROUTER}:subnet_id={SUBNET}', resource_type='OS::Neutron::RouterInterface'
    )
    heat.add_resource(stack, 'subnet', SUBNET, resource_type='OS::Neutron::Subnet')
    assert alters(cloud, 'OS::Neutron::RouterInterface') == set()


def test_a_subnet_that_stays_loses_the_router_that_goes_along(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    heat.add_resource(
        stack, 'it', f'{ROUTER}:subnet_id={SUBNET}', resource_type='OS::Neutron::RouterInterface'
    )
    heat.add_resource(stack, 'router', ROUTER, resource_type='OS::Neutron::Router')
    assert alters(cloud, 'OS::Neutron::RouterInterface') == {Ref('neutron-subnet', SUBNET)}


@pytest.mark.parametrize(
    ('resource_type', 'properties', 'altered'),
    [
        (
            'OS::Neutron::SecurityGroupRule',
            {'security_group': 'web'},
            {called('neutron-security-group', 'web')},
        ),
        ('OS::Octavia::PoolMember', {'pool': 'p', 'address': '192.0.2.1'}, {called('octavia-pool', 'p')}),
        (
            'OS::Neutron::FloatingIPAssociation',
            {'floatingip_id': 'f', 'port_id': 'p'},
            {called('neutron-floatingip', 'f'), called('neutron-port', 'p')},
        ),
        (
            'AWS::EC2::EIPAssociation',
            {'EIP': '192.0.2.1', 'InstanceId': SERVER},
            {
                called('neutron-floatingip', '192.0.2.1'),
                Ref('nova-server', SERVER),
            },
        ),
        (
            'OS::Neutron::Trunk',
            {'port': 'a', 'sub_ports': [{'port': 'b'}, {'port': 'c'}]},
            {called('neutron-port', each) for each in 'abc'},
        ),
        ('OS::Heat::SoftwareDeployment', {'server': SERVER}, {Ref('nova-server', SERVER)}),
        (
            'OS::Cinder::QoSAssociation',
            {'qos_specs': 'q', 'volume_types': ['a', 'b']},
            {
                called('cinder-qos', 'q'),
                called('cinder-volume-type', 'a'),
                called('cinder-volume-type', 'b'),
            },
        ),
    ],
)
def test_the_ends_of_others_are_in_the_newest_event(
    cloud: FakeCloud, heat: Orchestration, resource_type: str, properties: dict[str, Any], altered: set[Ref]
) -> None:
    heat.add_part(heat.add(), 'it', 'x', resource_type, **properties)
    assert alters(cloud, resource_type) == altered


def test_what_was_moved_by_an_update_alters_where_it_is_now(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    heat.add_part(stack, 'it', 'x', 'OS::Octavia::PoolMember', pool='old')
    heat.add_event(
        stack,
        'UPDATE_COMPLETE',
        5,
        resource_name='it',
        physical_resource_id='x',
        resource_properties={'pool': 'new'},
    )
    assert alters(cloud, 'OS::Octavia::PoolMember') == {called('octavia-pool', 'new')}


@pytest.mark.parametrize('kind', sorted({**associations.ASSOCIATIONS, **associations.BELONGINGS}))
def test_what_cannot_be_told_is_never_taken_for_nothing(
    cloud: FakeCloud, heat: Orchestration, kind: str
) -> None:
    heat.add_resource(heat.add(), 'it', 'x', resource_type=kind)
    (found,) = part(cloud, kind).alters or [None]
    assert found
    assert found.kind not in ('nova-server', 'cinder-volume')


def test_an_event_of_an_earlier_life_tells_nothing(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add()
    heat.add_part(stack, 'it', 'old', 'OS::Octavia::PoolMember', pool='p')
    heat.resources[stack['id']][0]['physical_resource_id'] = 'new'
    assert alters(cloud, 'OS::Octavia::PoolMember') == {Ref(associations.UNTOLD, 'new')}


def test_a_server_by_its_name_is_none_that_could_be_looked_up(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add_part(heat.add(), 'att', DISK, ATTACHMENT, instance_uuid='web', volume_id=DISK)
    assert alters(cloud, ATTACHMENT) == {called('nova-server', 'web'), Ref('cinder-volume', DISK)}


@pytest.mark.parametrize('user', [uuid.UUID(int=7).hex, 64 * 'a'])
def test_a_user_by_an_id_of_keystone_is_one_that_is_looked_up(
    cloud: FakeCloud, heat: Orchestration, user: str
) -> None:
    heat.add_part(heat.add(), 'role', 'x', 'OS::Keystone::UserRoleAssignment', user=user)
    assert alters(cloud, 'OS::Keystone::UserRoleAssignment') == {Ref('keystone-user', user)}


def test_a_stack_that_changes_something_by_its_name_is_kept_although_nothing_has_that_name_for_an_id() -> (
    None
):
    leaky = Leaky()
    heat = Orchestration(leaky.cloud)
    stack = heat.add(project='dead-project')
    heat.add_part(stack, 'rule', 'r', 'OS::Neutron::SecurityGroupRule', security_group='default')
    (verdict,) = [
        each
        for each in runs.review(site(leaky.cloud), Request(Selection(orphans=True))).verdicts
        if each.resource.kind == 'heat-stack'
    ]
    assert verdict.decision is Decision.KEEP
    assert 'neutron-security-group:default, which its removal changes' in verdict.guards[0].text


def test_an_outage_while_ends_are_read_is_raised(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add_part(heat.add(), 'att', DISK, ATTACHMENT, instance_uuid=SERVER, volume_id=DISK)
    cloud.fail(('orchestration', 'GET', '/events'), Unreachable('silence'))
    with pytest.raises(Unreachable):
        list(STACK.parts(cloud, only(cloud)))


def linked(cloud: FakeCloud, heat: Orchestration, status: str) -> Item:
    stack = heat.add(stack_status=status)
    heat.add_resource(stack, 'rule', 'r', resource_type='OS::Neutron::SecurityGroupRule')
    heat.add_resource(stack, 'sg', 's', resource_type='OS::Neutron::SecurityGroup')
    heat.templates[stack['id']]['resources'] = {
        'rule': {'properties': {'security_group': {'get_resource': 'sg'}}}
    }
    return stack


def test_what_the_template_connects_within_the_stack_costs_no_request(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    linked(cloud, heat, 'CREATE_COMPLETE')
    assert alters(cloud, 'OS::Neutron::SecurityGroupRule') == set()
    assert not [path for path in cloud.sent('GET') if '/events' in path]


def test_a_template_tells_nothing_about_what_is_in_a_nested_stack(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    stack = linked(cloud, heat, 'CREATE_COMPLETE')
    rule = heat.add_part(stack, 'rule', 'n', 'OS::Neutron::SecurityGroupRule', security_group='foreign')
    rule['parent_resource'] = 'group'
    altered = {each.id: each.alters for each in STACK.parts(cloud, only(cloud))}
    assert altered == {'r': (), 's': (), 'n': (called('neutron-security-group', 'foreign'),)}


@pytest.mark.parametrize(
    'status', ['UPDATE_FAILED', 'UPDATE_IN_PROGRESS', 'DELETE_FAILED', 'SUSPEND_COMPLETE']
)
def test_a_template_that_may_not_have_been_applied_tells_nothing(
    cloud: FakeCloud, heat: Orchestration, status: str
) -> None:
    stack = linked(cloud, heat, status)
    heat.add_event(
        stack, 'CREATE_COMPLETE', resource_name='rule', physical_resource_id='r',
        resource_properties={'security_group': 'foreign'},
    )  # fmt: skip
    assert alters(cloud, 'OS::Neutron::SecurityGroupRule') == {called('neutron-security-group', 'foreign')}


@pytest.mark.parametrize(
    ('status', 'condition'),
    [
        ('CREATE_FAILED', Condition.CREATION_FAILED),
        ('DELETE_FAILED', Condition.DELETION_FAILED),
        ('DELETE_IN_PROGRESS', Condition.LEAVING),
        *(
            (status, Condition.NORMAL)
            for status in (
                'CREATE_COMPLETE',
                'CREATE_IN_PROGRESS',
                'UPDATE_FAILED',
                'UPDATE_IN_PROGRESS',
                'CHECK_FAILED',
                'SNAPSHOT_FAILED',
                'RESTORE_FAILED',
                'SUSPEND_FAILED',
                'RESUME_FAILED',
                'ROLLBACK_FAILED',
                'ROLLBACK_IN_PROGRESS',
                'ADOPT_FAILED',
            )
        ),
    ],
)
def test_only_a_failed_creation_or_deletion_is_one(
    cloud: FakeCloud, heat: Orchestration, status: str, condition: Condition
) -> None:
    stack = heat.add(stack_status=status)
    found = only(cloud)
    assert found.condition is condition
    assert STACK.look(cloud, Ref('heat-stack', stack['id'])) == found


def test_a_status_stands_since_its_event_not_since_the_last_call(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    stack = heat.add(stack_status='DELETE_FAILED', updated_time='2020-01-01T00:00:00Z')
    heat.add_event(stack, 'DELETE_IN_PROGRESS', 10)
    heat.add_event(stack, 'DELETE_FAILED', 20)
    moment = only(cloud).updated_at
    assert moment
    assert (moment.year, moment.minute) == (2026, 20)


@pytest.mark.parametrize('seen', [None, 'DELETE_IN_PROGRESS', 'CREATE_COMPLETE'])
def test_without_the_event_of_its_status_nobody_knows_since_when_it_stands(
    cloud: FakeCloud, heat: Orchestration, seen: str | None
) -> None:
    stack = heat.add(stack_status='DELETE_FAILED', updated_time='2020-01-01T00:00:00Z')
    if seen:
        heat.add_event(stack, seen)
    assert only(cloud).updated_at is None


def test_the_event_of_a_resource_with_the_stacks_name_is_not_the_stacks(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    stack = heat.add(stack_status='DELETE_FAILED')
    heat.add_event(stack, 'DELETE_FAILED', 20, physical_resource_id='another')
    assert only(cloud).updated_at is None


def test_events_that_are_refused_leave_the_moment_open(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add(stack_status='CREATE_FAILED')
    cloud.fail(('orchestration', 'GET', '/events'), ApiError.of(403, 'no'))
    found = only(cloud)
    assert (found.condition, found.updated_at) == (Condition.CREATION_FAILED, None)


def test_an_outage_while_events_are_read_makes_the_listing_incomplete(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    heat.add(stack_status='CREATE_FAILED')
    cloud.fail(('orchestration', 'GET', '/events'), Unreachable('silence'))
    with pytest.raises(Unreachable):
        list(STACK.discover(cloud))


def test_stacks_that_are_well_cost_no_request_of_their_own(cloud: FakeCloud, heat: Orchestration) -> None:
    for _ in range(20):
        heat.add()
    assert len(list(STACK.discover(cloud))) == 20
    assert not [path for path in cloud.sent('GET') if '/events' in path]


@pytest.mark.parametrize(
    ('history', 'condition'),
    [
        (['CREATE_IN_PROGRESS', 'CREATE_FAILED', 'ROLLBACK_IN_PROGRESS'], Condition.CREATION_FAILED),
        (
            ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'UPDATE_FAILED', 'ROLLBACK_IN_PROGRESS'],
            Condition.NORMAL,
        ),
        (['CREATE_IN_PROGRESS', 'CREATE_FAILED', 'UPDATE_FAILED', 'ROLLBACK_IN_PROGRESS'], Condition.NORMAL),
        (['CREATE_FAILED', 'ROLLBACK_IN_PROGRESS'], Condition.NORMAL),
        (['ROLLBACK_IN_PROGRESS'], Condition.NORMAL),
    ],
)
def test_only_the_rollback_of_a_creation_is_a_failed_creation(
    cloud: FakeCloud, heat: Orchestration, history: list[str], condition: Condition
) -> None:
    stack = heat.add(stack_status='ROLLBACK_FAILED')
    for minute, status in enumerate([*history, 'ROLLBACK_FAILED']):
        heat.add_event(stack, status, minute)
    assert only(cloud).condition is condition


@pytest.mark.parametrize('field', ['id', 'stack_name', 'tags'])
def test_a_stack_that_lacks_what_it_is_judged_by_is_an_incomplete_listing(
    cloud: FakeCloud, heat: Orchestration, field: str
) -> None:
    del heat.add()[field]
    with pytest.raises(IncompleteListing):
        list(STACK.discover(cloud))


@pytest.mark.parametrize('nobody', [None, ''])
def test_only_a_null_project_means_nobodys(cloud: FakeCloud, heat: Orchestration, nobody: str | None) -> None:
    stack = heat.add()
    assert only(cloud).project_id == PROJECT
    stack['project'] = nobody
    assert only(cloud).project_id == ''
