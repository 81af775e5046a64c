"""The life of images and of namespaces of metadata definitions."""

import uuid
from typing import Any

import pytest

from lab.scenarios import compute, network, storage
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import Forbidden, IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.glance_image.image import Image
from orphancleanup.plugins.glance_image.namespace import Namespace
from orphancleanup.plugins.nova_server.server import Server
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL
IMAGE, NAMESPACE, SERVER = Image(), Namespace(), Server()


def unique(word: str) -> str:
    return f'{word}-{uuid.uuid4().hex[:8]}'


def made(project: Project, **fields: Any) -> Any:
    return project.connection.image.create_image(
        name=unique('image'), container_format='bare', disk_format='raw', data=b'x' * 64, **fields
    )


def goes(handler: Handler, cloud: RealCloud, resource: Resource) -> None:
    life.climb(handler, cloud, resource, 'delete')
    life.await_end(handler, cloud, resource)


@pytest.mark.parametrize('visibility', ['private', 'shared', 'community'])
def test_an_image_of_any_visibility_is_listed_and_goes(
    cloud: RealCloud, project: Project, visibility: str
) -> None:
    image = made(project, visibility=visibility, tags=['blue'])
    seen = life.found(IMAGE, cloud, image.id)
    assert (seen.name, seen.project_id, seen.status) == (image.name, project.project_id, 'active')
    assert 'blue' in seen.tags
    assert seen.created_at
    goes(IMAGE, cloud, seen)


def test_a_hidden_and_deactivated_image_is_listed_and_goes(
    cloud: RealCloud, project: Project, sandbox: Sandbox
) -> None:
    image = made(project)
    project.connection.image.update_image(image, is_hidden=True)
    sandbox.admin.image.deactivate_image(image)
    seen = life.found(IMAGE, cloud, image.id)
    assert seen.status == 'deactivated'
    goes(IMAGE, cloud, seen)


def test_a_protected_image_goes_at_level_force_only(cloud: RealCloud, project: Project) -> None:
    image = made(project, is_protected=True)
    seen = life.found(IMAGE, cloud, image.id)
    assert [(step.name, step.level) for step in IMAGE.ladder(seen)] == [
        ('unprotect', Level.FORCE),
        ('delete', Level.FORCE),
    ]
    with pytest.raises(Forbidden, match='protected'):
        life.climb(IMAGE, cloud, seen, 'delete')
    life.climb(IMAGE, cloud, seen, 'unprotect')
    goes(IMAGE, cloud, seen)


def test_the_members_of_a_shared_image_are_told(cloud: RealCloud, project: Project, sandbox: Sandbox) -> None:
    image, other = made(project, visibility='shared'), sandbox.project('reader')
    project.connection.image.add_member(image, member_id=other.project_id)
    seen = life.found(IMAGE, cloud, image.id)
    (part,) = IMAGE.parts(cloud, seen)
    assert part.alters == (Ref('keystone-project', other.project_id),)
    other.connection.image.update_member(other.project_id, image.id, status='rejected')
    assert list(IMAGE.parts(cloud, seen)) == []
    goes(IMAGE, cloud, seen)


def test_the_image_of_a_server_with_volumes_hangs_on_their_snapshots(
    cloud: RealCloud, project: Project
) -> None:
    disk = storage.available(project, storage.volume(project, unique('boot')))
    net = network.network(project, 'images')
    server = compute.server(
        project, unique('vm'), net, block_device_mapping=compute.boot_device(project, disk)
    )
    compute.active(project, server)
    project.connection.compute.create_server_image(server, unique('snapshot'))

    def shown() -> Resource | None:
        return next((each for each in IMAGE.discover(cloud) if each.project_id == project.project_id), None)

    seen = life.until('the image of the server', shown)
    (parent,) = seen.parents
    assert parent.kind == 'cinder-snapshot'
    assert project.connection.block_storage.get_snapshot(parent.id).volume_id == disk.id
    goes(IMAGE, cloud, life.found(IMAGE, cloud, seen.id))


def test_a_volume_that_holds_an_image_is_cinders_own(cloud: RealCloud, project: Project) -> None:
    """Cinder's cache of images: its own project's, and named after the image; it evicts them itself."""
    disk = storage.available(project, storage.volume(project, f'image-{uuid.uuid4()}'))
    assert life.found(Volume(), cloud, disk.id).is_system


@pytest.fixture
def namespace(cloud: RealCloud, project: Project) -> str:
    name = f'Test::{unique("space")}'
    body = {'namespace': name, 'display_name': 'shown', 'visibility': 'private', 'owner': project.project_id}
    glance = cloud.service('image')
    glance.post('/metadefs/namespaces', body)
    glance.post(f'/metadefs/namespaces/{name}/tags', {'tags': [{'name': 'one'}]})
    return name


def test_a_namespace_goes_with_its_definitions(cloud: RealCloud, project: Project, namespace: str) -> None:
    seen = life.found(NAMESPACE, cloud, namespace)
    assert (seen.name, seen.project_id) == (namespace, project.project_id)
    goes(NAMESPACE, cloud, seen)


def test_a_protected_namespace_goes_at_level_force_only(cloud: RealCloud, namespace: str) -> None:
    body = {'namespace': namespace, 'display_name': 'shown', 'visibility': 'private', 'protected': True}
    cloud.service('image').put(f'/metadefs/namespaces/{namespace}', body)
    seen = life.found(NAMESPACE, cloud, namespace)
    with pytest.raises(Forbidden):
        life.climb(NAMESPACE, cloud, seen, 'delete')
    life.climb(NAMESPACE, cloud, seen, 'unprotect')
    goes(NAMESPACE, cloud, seen)


@pytest.mark.parametrize('handler', [IMAGE, NAMESPACE], ids=lambda each: each.kind)
def test_a_list_that_is_no_administrators_is_never_taken_for_the_whole(
    member: RealCloud, handler: Handler
) -> None:
    with pytest.raises(IncompleteListing, match='role admin'):
        list(handler.discover(member))
    with pytest.raises(IncompleteListing, match='role admin'):
        handler.look(member, Ref(handler.kind, str(uuid.uuid4())))
