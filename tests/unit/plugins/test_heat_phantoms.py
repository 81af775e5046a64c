"""Where Heat and the other services disagree."""

import dataclasses
from typing import Any

import pytest

from orphancleanup.errors import Unreachable
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.heat_stack import phantoms
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_orchestration import Orchestration

STACK = Stack()
GONE = '428ab810-5946-42c0-b18b-042d312de06f'


@pytest.fixture(autouse=True)
def users(cloud: FakeCloud) -> None:
    cloud.route('identity', 'GET', '/users', lambda *_: {'users': []})


def told(cloud: FakeCloud, *held: str) -> list[str]:
    (found,) = STACK.discover(cloud)
    owner = dataclasses.replace(found, holds=tuple(Ref('cinder-volume', each) for each in held))
    return [each.text for each in STACK.evidence(cloud, owner)]


def knows(cloud: FakeCloud, **gone: bool) -> None:
    """Have the services say of each volume whether it is gone."""
    cloud.ask_with(lambda ref: gone[ref.id])


def test_a_complete_part_that_its_service_does_not_have_is_told(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    stack = heat.add()
    heat.add_resource(stack, 'well', 'v1')
    heat.add_resource(stack, 'lost', 'v2', parent_resource='group')
    knows(cloud, v1=False, v2=True)
    phantom = 'lost (OS::Cinder::Volume) is CREATE_COMPLETE to Heat, and cinder-volume:v2 does not exist'
    assert [text for text in told(cloud, 'v1', 'v2') if 'does not exist' in text] == [phantom]


@pytest.mark.parametrize(
    'status', ['DELETE_COMPLETE', 'DELETE_FAILED', 'DELETE_IN_PROGRESS', 'CREATE_FAILED']
)
def test_a_part_that_heat_does_not_hold_as_complete_is_no_phantom(
    cloud: FakeCloud, heat: Orchestration, status: str
) -> None:
    heat.add_resource(heat.add(), 'lost', 'v1', resource_status=status)
    knows(cloud, v1=True)
    assert not [text for text in told(cloud, 'v1') if 'does not exist' in text]


def test_a_part_of_which_nothing_can_be_told_is_no_phantom(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add_resource(heat.add(), 'hidden', 'v1')

    def ask(ref: Ref) -> bool:
        raise Unreachable(f'{ref} may be in another region')

    cloud.ask_with(ask)
    assert not [text for text in told(cloud, 'v1') if 'does not exist' in text]


def test_a_large_stack_does_not_ask_for_all_it_holds(cloud: FakeCloud, heat: Orchestration) -> None:
    stack, asked = heat.add(), []
    names = [f'v{number}' for number in range(phantoms.ASKED + 9)]
    for each in names:
        heat.add_resource(stack, each, each)
    cloud.ask_with(lambda ref: bool(asked.append(ref)))
    told(cloud, *names)
    assert len(asked) == phantoms.ASKED


def test_what_hangs_in_a_stack_is_told_behind_what_failed(cloud: FakeCloud, heat: Orchestration) -> None:
    stack = heat.add(stack_status='DELETE_IN_PROGRESS', stack_status_reason='')
    heat.add_resource(
        stack, 'disk', 'v1', resource_status='DELETE_IN_PROGRESS', resource_status_reason='state changed'
    )
    heat.add_resource(stack, 'deep', 'v2', resource_status='DELETE_FAILED', parent_resource='group')
    assert [text for text in told(cloud) if 'OS::' in text] == [
        'deep (OS::Cinder::Volume): no reason was given',
        'disk (OS::Cinder::Volume) is DELETE_IN_PROGRESS: state changed',
    ]


def server(cloud: FakeCloud, **metadata: Any) -> Resource:
    cloud.route('compute', 'GET', '/servers/s1/metadata', lambda *_: {'metadata': metadata})
    return Resource(Ref('nova-server', 's1'), tags=frozenset(metadata))


def named(cloud: FakeCloud, resource: Resource) -> list[str]:
    return [each.text for each in STACK.added_evidence(cloud, resource)]


@pytest.mark.parametrize('key', ['metering.stack', 'metering.server_group'])
def test_a_server_that_names_a_stack_that_is_gone_says_so(
    cloud: FakeCloud, heat: Orchestration, key: str
) -> None:
    heat.add()
    assert named(cloud, server(cloud, **{key: GONE})) == [
        f'its metadata {key} names the stack {GONE}, which does not exist'
    ]


def test_a_server_that_names_a_nested_stack_is_no_phantom(cloud: FakeCloud, heat: Orchestration) -> None:
    heat.add_nested(heat.add(), id=GONE)
    assert named(cloud, server(cloud, **{'metering.stack': GONE})) == []


@pytest.mark.parametrize('value', ['my own', '', f'{GONE}0', '../../servers'])
def test_metadata_that_are_no_id_of_a_stack_are_not_taken_for_one(
    cloud: FakeCloud, heat: Orchestration, value: str
) -> None:
    assert named(cloud, server(cloud, **{'metering.stack': value})) == []


def test_a_server_without_such_metadata_costs_no_request(cloud: FakeCloud, heat: Orchestration) -> None:
    assert named(cloud, server(cloud, role='web')) == []
    assert not cloud.requests


def test_a_project_of_the_guests_of_a_stack_that_is_gone_says_so(
    cloud: FakeCloud, heat: Orchestration
) -> None:
    living = heat.add()['id']
    for stack, is_told in ((GONE, True), (living, False)):
        # Heat cuts the name after 64 characters.
        project = Resource(Ref('keystone-project', 'p'), name=f'{"a" * 32}-{stack}'[:64])
        assert bool(named(cloud, project)) is is_told


def test_a_cloud_without_heat_has_no_stack_that_is_gone_or_there(cloud: FakeCloud) -> None:
    assert named(cloud, server(cloud, **{'metering.stack': GONE})) == []
