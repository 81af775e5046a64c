"""The life of stacks."""

import uuid
from typing import Any

import pytest

from lab.scenarios import compute, network, orchestration, storage
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import IncompleteListing
from orphancleanup.model import Condition, Part, Ref, Resource
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.heat_stack.stack import Stack
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life

pytestmark = FUNCTIONAL
STACK, VOLUME = Stack(), Volume()


def unique(word: str) -> str:
    return f'{word}-{uuid.uuid4().hex[:8]}'


def volumes_of(cloud: RealCloud, stack: Resource) -> list[str]:
    return [part.id for part in STACK.parts(cloud, stack) if part.resource_type == 'OS::Cinder::Volume']


def test_a_nested_stack_goes_with_all_its_parts(cloud: RealCloud, project: Project) -> None:
    name = unique('stack')
    resources = {'own': orchestration.volume(name), 'many': orchestration.many_volumes(name, 2)}
    made: Any = orchestration.created(project, orchestration.stack(project, name, resources))
    seen = life.found(STACK, cloud, made.id)
    assert (seen.name, seen.project_id, seen.status) == (name, project.project_id, 'CREATE_COMPLETE')
    assert seen.created_at
    volumes = volumes_of(cloud, seen)
    assert len(volumes) == 3
    life.climb(STACK, cloud, seen, 'delete')
    life.await_end(STACK, cloud, seen)
    for each in volumes:
        life.await_end(VOLUME, cloud, Resource(Ref('cinder-volume', each)))


def test_what_a_template_retains_outlives_the_stack(cloud: RealCloud, project: Project) -> None:
    name = unique('stack')
    retained = {**orchestration.volume(f'{name}-retained'), 'deletion_policy': 'Retain'}
    made = orchestration.stack(
        project, name, {'kept': retained, 'gone': orchestration.volume(f'{name}-gone')}
    )
    orchestration.created(project, made)
    listed = project.connection.orchestration.get(f'/stacks/{name}/{made.id}/resources').json()['resources']
    ids = {each['resource_name']: each['physical_resource_id'] for each in listed}
    seen = life.found(STACK, cloud, made.id)
    assert set(STACK.parts(cloud, seen)) == {
        Part('OS::Cinder::Volume', ids['gone']),
        Part('OS::Cinder::Volume', ids['kept'], is_retained=True),
    }
    life.climb(STACK, cloud, seen, 'delete')
    life.await_end(STACK, cloud, seen)
    left = life.found(VOLUME, cloud, ids['kept'])
    life.climb(VOLUME, cloud, left, 'delete')
    life.await_end(VOLUME, cloud, left)


def test_a_stack_that_failed_tells_why_and_goes_when_the_backend_is_repaired(
    cloud: RealCloud, project: Project
) -> None:
    name = unique('stack')
    made = orchestration.stack(project, name, {'disk': orchestration.volume(f'faildelete-{name}')})
    orchestration.created(project, made)
    seen = life.found(STACK, cloud, made.id)
    (volume,) = volumes_of(cloud, seen)
    life.climb(STACK, cloud, seen, 'delete')
    failed = life.in_status(STACK, cloud, made.id, 'DELETE_FAILED')
    texts = [each.text for each in STACK.evidence(cloud, failed)]
    assert any(text.startswith('disk (OS::Cinder::Volume)') for text in texts)
    assert volumes_of(cloud, failed) == [volume]
    project.connection.block_storage.update_volume(volume, name='repaired')
    life.climb(VOLUME, cloud, Resource(Ref('cinder-volume', volume)), 'force-delete')
    life.await_end(VOLUME, cloud, Resource(Ref('cinder-volume', volume)))
    life.climb(STACK, cloud, failed, 'delete')
    life.await_end(STACK, cloud, failed)


def test_a_stack_alters_the_server_and_the_disk_that_only_its_attachment_connects(
    cloud: RealCloud, project: Project
) -> None:
    name = unique('stack')
    server = compute.active(project, compute.server(project, name, network.network(project, name)))
    disk = storage.available(project, storage.volume(project, name))
    attachment = {
        'type': 'OS::Cinder::VolumeAttachment',
        'properties': {'instance_uuid': server.id, 'volume_id': disk.id},
    }
    made = orchestration.created(project, orchestration.stack(project, name, {'att': attachment}))
    (part,) = STACK.parts(cloud, life.found(STACK, cloud, made.id))
    assert set(part.alters) == {Ref('nova-server', server.id), Ref('cinder-volume', disk.id)}
    life.climb(STACK, cloud, life.found(STACK, cloud, made.id), 'delete')
    life.await_end(STACK, cloud, Resource(Ref('heat-stack', made.id)))
    # This is what it would have done unseen: the disk is out of the server, and both are there.
    assert life.in_status(VOLUME, cloud, disk.id, 'available').blockers == ()


def test_neutrons_associations_are_told_in_nested_stacks_too(cloud: RealCloud, project: Project) -> None:
    name = unique('stack')
    group = project.connection.network.create_security_group(name=name)
    foreign = {
        'type': 'OS::Neutron::SecurityGroupRule',
        'properties': {'security_group': group.id, 'protocol': 'tcp', 'direction': 'egress'},
    }
    interface = {'router': {'get_resource': 'router'}, 'subnet': {'get_resource': 'subnet'}}
    resources = {
        **orchestration.network(name),
        'router': {'type': 'OS::Neutron::Router'},
        'interface': {'type': 'OS::Neutron::RouterInterface', 'properties': interface},
        'many': {
            'type': 'OS::Heat::ResourceGroup',
            'properties': {'count': 1, 'resource_def': foreign},
        },
    }
    made = orchestration.created(project, orchestration.stack(project, name, resources))
    seen = life.found(STACK, cloud, made.id)
    altered = {part.resource_type: part.alters for part in STACK.parts(cloud, seen) if part.alters}
    assert altered == {
        'OS::Neutron::SecurityGroupRule': (Ref('neutron-security-group', group.id),),
    }
    life.climb(STACK, cloud, seen, 'delete')
    life.await_end(STACK, cloud, seen)
    project.connection.network.delete_security_group(group)


@pytest.mark.parametrize(
    ('rolls_back', 'status', 'condition'),
    [
        (False, 'CREATE_FAILED', Condition.CREATION_FAILED),
        (True, 'ROLLBACK_FAILED', Condition.CREATION_FAILED),
    ],
)
def test_a_creation_that_failed_tells_since_when(
    cloud: RealCloud, project: Project, rolls_back: bool, status: str, condition: Condition
) -> None:
    name = unique('stack')
    heat = project.connection.orchestration
    stays = orchestration.volume(f'faildelete-{name}')
    fails = {**orchestration.volume(f'failcreate-{name}'), 'depends_on': 'stays'}
    template = {'heat_template_version': '2021-04-16', 'resources': {'stays': stays, 'fails': fails}}
    made = heat.create_stack(
        name=name, template=template, timeout_mins=10, is_rollback_disabled=not rolls_back
    )
    failed = life.in_status(STACK, cloud, made.id, status)
    assert failed.condition is condition
    assert failed.updated_at
    assert failed.created_at
    assert failed.updated_at > failed.created_at
    for disk in volumes_of(cloud, failed):
        project.connection.block_storage.update_volume(disk, name='repaired')
        shown = VOLUME.look(cloud, Ref('cinder-volume', disk))
        if shown and shown.status == 'error_deleting':
            life.climb(VOLUME, cloud, shown, 'force-delete')
            life.await_end(VOLUME, cloud, shown)
    life.climb(STACK, cloud, failed, 'delete')
    life.await_end(STACK, cloud, failed)


def test_a_member_is_never_taken_for_an_administrator(
    member: RealCloud, project: Project, cloud: RealCloud
) -> None:
    with pytest.raises(IncompleteListing, match='administrator'):
        list(STACK.discover(member))
    name = unique('stack')
    made = orchestration.created(
        project, orchestration.stack(project, name, {'own': orchestration.volume(name)})
    )
    with pytest.raises(IncompleteListing, match='administrator'):
        list(STACK.discover(member))
    seen = life.found(STACK, cloud, made.id)
    life.climb(STACK, cloud, seen, 'delete')
    life.await_end(STACK, cloud, seen)


def test_a_look_at_what_never_was_says_gone(cloud: RealCloud) -> None:
    assert STACK.look(cloud, Ref('heat-stack', str(uuid.uuid4()))) is None
