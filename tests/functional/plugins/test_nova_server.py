"""The life of servers."""

import uuid
from typing import Any

import pytest

from lab.layout import Lab
from lab.scenarios import compute, network, storage
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import IncompleteListing
from orphancleanup.model import Condition, Level, Ref, Resource
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.nova_server.server import Server
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import database, life

pytestmark = FUNCTIONAL
SERVER, VOLUME = Server(), Volume()


@pytest.fixture(scope='module')
def net(project: Project) -> Any:
    return network.network(project, 'net')


def made(project: Project, net: Any, **properties: Any) -> Any:
    return compute.active(project, compute.server(project, f'vm-{uuid.uuid4().hex[:8]}', net, **properties))


def test_a_server_goes_with_the_volume_that_it_holds(cloud: RealCloud, project: Project, net: Any) -> None:
    disk = storage.available(project, storage.volume(project, f'boot-{uuid.uuid4().hex[:8]}'))
    server = made(project, net, block_device_mapping=compute.boot_device(project, disk))
    seen = life.found(SERVER, cloud, server.id)
    assert (seen.name, seen.project_id, seen.status) == (server.name, project.project_id, 'ACTIVE')
    assert seen.holds == (Ref('cinder-volume', disk.id),)
    assert seen.created_at
    life.climb(SERVER, cloud, seen, 'delete')
    life.await_end(SERVER, cloud, seen)
    life.await_end(VOLUME, cloud, Resource(Ref('cinder-volume', disk.id)))


def test_a_server_in_error_tells_why_and_goes(cloud: RealCloud, project: Project, net: Any) -> None:
    server = compute.server(project, f'vm-{uuid.uuid4().hex[:8]}', net, flavor='huge')
    failed = life.in_status(SERVER, cloud, server.id, 'ERROR')
    assert failed.condition is Condition.CREATION_FAILED
    found = list(SERVER.evidence(cloud, failed))
    assert {'fault', 'event'} <= {each.source for each in found}
    assert any(each.request_id for each in found)
    assert 'Traceback' not in repr(found)
    life.climb(SERVER, cloud, failed, 'delete')
    life.await_end(SERVER, cloud, failed)


def test_a_locked_server_goes(cloud: RealCloud, project: Project, net: Any) -> None:
    server = made(project, net)
    project.connection.compute.lock_server(server)
    seen = life.found(SERVER, cloud, server.id)
    life.climb(SERVER, cloud, seen, 'delete')
    life.await_end(SERVER, cloud, seen)


def test_a_server_whose_resize_waits_for_a_word_goes(cloud: RealCloud, project: Project, net: Any) -> None:
    server = made(project, net)
    nova = project.connection.compute
    nova.resize_server(server, nova.find_flavor('small').id)
    waiting = life.in_status(SERVER, cloud, server.id, 'VERIFY_RESIZE')
    life.climb(SERVER, cloud, waiting, 'delete')
    life.await_end(SERVER, cloud, waiting)


def test_a_deletion_that_its_host_forgot_is_reset_and_forced(
    cloud: RealCloud, project: Project, net: Any, the_lab: Lab
) -> None:
    server = made(project, net)
    seen = life.found(SERVER, cloud, server.id)
    database.execute(
        the_lab, 'nova', "UPDATE instances SET task_state = 'deleting' WHERE uuid = %s", server.id
    )
    life.in_status(SERVER, cloud, server.id, 'deleting')
    for ignored in ('delete', 'force-delete'):
        life.climb(SERVER, cloud, seen, ignored)
        assert life.found(SERVER, cloud, server.id).status == 'deleting'
    assert life.found(SERVER, cloud, server.id).condition is Condition.LEAVING
    life.climb(SERVER, cloud, seen, 'reset-state')
    life.in_status(SERVER, cloud, server.id, 'ERROR')
    life.climb(SERVER, cloud, seen, 'force-delete')
    life.await_end(SERVER, cloud, seen)


def test_a_soft_deleted_server_is_listed_and_goes_without_force(
    cloud: RealCloud, project: Project, net: Any, the_lab: Lab
) -> None:
    server = made(project, net)
    database.execute(
        the_lab, 'nova', "UPDATE instances SET vm_state = 'soft-delete' WHERE uuid = %s", server.id
    )
    seen = life.found(SERVER, cloud, server.id)
    assert seen.status == 'SOFT_DELETED'
    assert [(step.name, step.level) for step in SERVER.ladder(seen)] == [('force-delete', Level.API)]
    life.climb(SERVER, cloud, seen, 'force-delete')
    life.await_end(SERVER, cloud, seen)


def test_a_server_whose_mapping_was_lost_is_not_gone(
    cloud: RealCloud, project: Project, net: Any, the_lab: Lab
) -> None:
    server = made(project, net)
    other = str(uuid.uuid4())
    rename = 'UPDATE instance_mappings SET instance_uuid = %s WHERE instance_uuid = %s'
    database.execute(the_lab, 'nova_api', rename, other, server.id)
    try:
        with pytest.raises(IncompleteListing, match='mapping'):
            SERVER.look(cloud, Ref('nova-server', server.id))
    finally:
        database.execute(the_lab, 'nova_api', rename, server.id, other)
    life.climb(SERVER, cloud, life.found(SERVER, cloud, server.id), 'delete')
    life.await_end(SERVER, cloud, Resource(Ref('nova-server', server.id)))


def test_a_living_server_whose_resize_failed_has_not_failed(
    cloud: RealCloud, project: Project, net: Any, the_lab: Lab
) -> None:
    server = made(project, net)
    database.execute(the_lab, 'nova', "UPDATE instances SET vm_state = 'error' WHERE uuid = %s", server.id)
    seen = life.in_status(SERVER, cloud, server.id, 'ERROR')
    assert seen.condition is Condition.NORMAL
    life.climb(SERVER, cloud, seen, 'delete')
    life.await_end(SERVER, cloud, seen)


def test_next_to_a_listing_a_404_is_enough(cloud: RealCloud) -> None:
    assert SERVER.show(cloud, Ref('nova-server', str(uuid.uuid4()))) is None


def test_a_look_at_what_never_was_says_gone(cloud: RealCloud) -> None:
    assert SERVER.look(cloud, Ref('nova-server', str(uuid.uuid4()))) is None
