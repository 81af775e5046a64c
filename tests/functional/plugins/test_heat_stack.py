"""The life of stacks."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from lab.layout import Lab
from lab.scenarios import orchestration
from lab.scenarios.tenant import Tenant
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.errors import IncompleteListing
from orphancleanup.model import Part, Ref, Resource
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.settings import HttpSettings
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life

pytestmark = FUNCTIONAL
STACK, VOLUME = Stack(), Volume()


def unique(word: str) -> str:
    return f'{word}-{uuid.uuid4().hex[:8]}'


def volumes_of(cloud: RealCloud, stack: Resource) -> list[str]:
    return [part.id for part in STACK.parts(cloud, stack) if part.resource_type == 'OS::Cinder::Volume']


@pytest.fixture
def member(the_lab: Lab, tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> Iterator[RealCloud]:
    """Answer the lab as a member of the tenant sees it."""
    for name, value in {
        'OS_AUTH_URL': the_lab.endpoint('keystone'),
        'OS_USERNAME': tenant.name,
        'OS_PASSWORD': the_lab.password,
        'OS_PROJECT_NAME': tenant.name,
        'OS_USER_DOMAIN_NAME': 'Default',
        'OS_PROJECT_DOMAIN_NAME': 'Default',
        'OS_REGION_NAME': 'RegionOne',
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv('OS_CLIENT_CONFIG_FILE', raising=False)
    monkeypatch.delenv('OS_CLOUD', raising=False)
    cloud = open_cloud(CloudSpec('envvars'), HttpSettings())
    yield cloud
    cloud.close()


def test_a_nested_stack_goes_with_all_its_parts(cloud: RealCloud, tenant: Tenant) -> None:
    name = unique('stack')
    resources = {'own': orchestration.volume(name), 'many': orchestration.many_volumes(name, 2)}
    made: Any = orchestration.created(tenant, orchestration.stack(tenant, name, resources))
    seen = life.found(STACK, cloud, made.id)
    assert (seen.name, seen.project_id, seen.status) == (name, tenant.project_id, 'CREATE_COMPLETE')
    assert seen.created_at
    volumes = volumes_of(cloud, seen)
    assert len(volumes) == 3
    life.climb(STACK, cloud, seen, 'delete')
    life.await_end(STACK, cloud, seen)
    for each in volumes:
        life.await_end(VOLUME, cloud, Resource(Ref('cinder-volume', each)))


def test_what_a_template_retains_outlives_the_stack(cloud: RealCloud, tenant: Tenant) -> None:
    name = unique('stack')
    retained = {**orchestration.volume(f'{name}-retained'), 'deletion_policy': 'Retain'}
    made = orchestration.stack(tenant, name, {'kept': retained, 'gone': orchestration.volume(f'{name}-gone')})
    orchestration.created(tenant, made)
    listed = tenant.connection.orchestration.get(f'/stacks/{name}/{made.id}/resources').json()['resources']
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
    cloud: RealCloud, tenant: Tenant
) -> None:
    name = unique('stack')
    made = orchestration.stack(tenant, name, {'disk': orchestration.volume(f'faildelete-{name}')})
    orchestration.created(tenant, made)
    seen = life.found(STACK, cloud, made.id)
    (volume,) = volumes_of(cloud, seen)
    life.climb(STACK, cloud, seen, 'delete')
    failed = life.in_status(STACK, cloud, made.id, 'DELETE_FAILED')
    texts = [each.text for each in STACK.evidence(cloud, failed)]
    assert any(text.startswith('disk (OS::Cinder::Volume)') for text in texts)
    assert volumes_of(cloud, failed) == [volume]
    tenant.connection.block_storage.update_volume(volume, name='repaired')
    life.climb(VOLUME, cloud, Resource(Ref('cinder-volume', volume)), 'force-delete')
    life.await_end(VOLUME, cloud, Resource(Ref('cinder-volume', volume)))
    life.climb(STACK, cloud, failed, 'delete')
    life.await_end(STACK, cloud, failed)


def test_a_member_is_never_taken_for_an_administrator(
    member: RealCloud, tenant: Tenant, cloud: RealCloud
) -> None:
    with pytest.raises(IncompleteListing, match='administrator'):
        list(STACK.discover(member))
    name = unique('stack')
    made = orchestration.created(
        tenant, orchestration.stack(tenant, name, {'own': orchestration.volume(name)})
    )
    with pytest.raises(IncompleteListing, match='administrator'):
        list(STACK.discover(member))
    seen = life.found(STACK, cloud, made.id)
    life.climb(STACK, cloud, seen, 'delete')
    life.await_end(STACK, cloud, seen)


def test_a_look_at_what_never_was_says_gone(cloud: RealCloud) -> None:
    assert STACK.look(cloud, Resource(Ref('heat-stack', str(uuid.uuid4())))) is None
