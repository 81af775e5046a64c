"""The life of volumes and attachments."""

import contextlib
import subprocess
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab.layout import Lab
from lab.scenarios import compute, network, storage
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import ApiError, BadRequest, Conflict
from orphancleanup.model import Condition, Ref
from orphancleanup.plugins.cinder_volume.attachment import Attachment
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.nova_server.server import Server
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import database, life

pytestmark = FUNCTIONAL
VOLUME, ATTACHMENT, SERVER = Volume(), Attachment(), Server()
CONNECTOR = {
    'host': 'nowhere',
    'initiator': 'iqn.1993-08.org.debian:01:0',
    'ip': '192.0.2.1',
    'mountpoint': '/dev/vdb',
}


def made(project: Project, **properties: Any) -> Any:
    name = properties.pop('name', f'disk-{uuid.uuid4().hex[:8]}')
    return storage.available(project, storage.volume(project, name, **properties))


def attach_to_nothing(cloud: RealCloud, volume: Any, is_complete: bool = True) -> str:
    """Attach a volume to a server that never was, as a crash of Nova leaves it; answer the attachment's id."""
    service = cloud.service('block-storage', '3.44')
    body = {'volume_uuid': volume.id, 'instance_uuid': str(uuid.uuid4())}
    if is_complete:
        body['connector'] = CONNECTOR
    identifier = service.post('/attachments', {'attachment': body})['attachment']['id']
    if is_complete:
        service.post(f'/attachments/{identifier}/action', {'os-complete': {}})
    return str(identifier)


def repair(project: Project, volume: Any) -> None:
    """Take the fault out of a volume's name, and so out of the backend."""
    project.connection.block_storage.update_volume(volume, name='repaired')


def test_a_volume_lives_and_goes(cloud: RealCloud, project: Project) -> None:
    volume = made(project, metadata={'orphancleanup:keep': 'bob'})
    seen = life.found(VOLUME, cloud, volume.id)
    assert (seen.name, seen.project_id, seen.status) == (volume.name, project.project_id, 'available')
    assert seen.tags == {'orphancleanup:keep', 'orphancleanup:keep=bob'}
    assert seen.created_at
    assert not seen.is_system
    assert not seen.blockers
    life.climb(VOLUME, cloud, seen, 'delete')
    life.await_end(VOLUME, cloud, seen)


def test_a_volume_on_offer_is_withdrawn_first(cloud: RealCloud, project: Project) -> None:
    volume = made(project)
    storage.transfer(project, volume.name, volume)
    seen = life.in_status(VOLUME, cloud, volume.id, 'awaiting-transfer')
    with pytest.raises(BadRequest):
        life.climb(VOLUME, cloud, seen, 'delete')
    life.climb(VOLUME, cloud, seen, 'cancel-transfer')
    life.in_status(VOLUME, cloud, volume.id, 'available')
    life.climb(VOLUME, cloud, seen, 'delete')
    life.await_end(VOLUME, cloud, seen)


@pytest.mark.parametrize('last', ['delete', 'force-delete'])
def test_what_the_backend_would_not_delete_goes_when_it_is_repaired(
    cloud: RealCloud, project: Project, last: str
) -> None:
    volume = made(project, name=f'faildelete-{uuid.uuid4().hex[:8]}')
    seen = life.found(VOLUME, cloud, volume.id)
    life.climb(VOLUME, cloud, seen, 'delete')
    failed = life.in_status(VOLUME, cloud, volume.id, 'error_deleting')
    assert life.names(VOLUME, cloud, failed) == ['reset-state', 'force-delete']
    repair(project, volume)
    if last == 'delete':
        life.climb(VOLUME, cloud, failed, 'reset-state')
        life.in_status(VOLUME, cloud, volume.id, 'error')
    life.climb(VOLUME, cloud, failed, last)
    life.await_end(VOLUME, cloud, failed)


def test_a_deletion_that_its_service_forgot_is_reset_and_done_again(
    cloud: RealCloud, project: Project, the_lab: Lab
) -> None:
    # Not by a backend that hangs: a second deletion would wait for the first, and all other volumes with it.
    volume = made(project)
    seen = life.found(VOLUME, cloud, volume.id)
    database.execute(the_lab, 'cinder', "UPDATE volumes SET status = 'deleting' WHERE id = %s", volume.id)
    assert life.names(VOLUME, cloud, seen) == ['reset-state', 'force-delete']
    life.climb(VOLUME, cloud, seen, 'reset-state')
    assert life.names(VOLUME, cloud, seen)[0] == 'delete'
    life.climb(VOLUME, cloud, seen, 'delete')
    life.await_end(VOLUME, cloud, seen)


def test_cinder_tells_why_a_volume_failed(cloud: RealCloud, project: Project) -> None:
    volume = storage.volume(project, f'failcreate-{uuid.uuid4().hex[:8]}')
    failed = life.in_status(VOLUME, cloud, volume.id, 'error')
    assert any(each.source == 'message' and each.request_id for each in VOLUME.evidence(cloud, failed))
    life.climb(VOLUME, cloud, failed, 'delete')
    life.await_end(VOLUME, cloud, failed)


def test_a_volume_that_no_backend_took_goes_without_one(cloud: RealCloud, project: Project) -> None:
    types = cloud.service('block-storage', '3.45')
    body = {'name': f'nowhere-{uuid.uuid4().hex[:8]}', 'extra_specs': {'volume_backend_name': 'nowhere'}}
    nowhere = types.post('/types', {'volume_type': body})['volume_type']['id']
    volume = storage.volume(project, 'nowhere', volume_type=nowhere)
    failed = life.in_status(VOLUME, cloud, volume.id, 'error')
    assert failed.condition is Condition.CREATION_FAILED
    told = list(VOLUME.evidence(cloud, failed))
    assert 'backend' not in {each.source for each in told}
    assert any(each.source == 'message' and 'weighted backend' in each.text for each in told), told
    life.climb(VOLUME, cloud, failed, 'delete')
    life.await_end(VOLUME, cloud, failed)
    types.delete(f'/types/{nowhere}')


@pytest.fixture
def freeze(the_lab: Lab) -> Iterator[Callable[[bool], None]]:
    """Return what freezes the backend of the lab, or thaws it."""

    def set_to(is_frozen: bool) -> None:
        statement = f"UPDATE services SET frozen = {is_frozen} WHERE host = 'lab@lab'"
        database.execute(the_lab, 'cinder', statement)

    yield set_to
    with contextlib.suppress(subprocess.CalledProcessError):
        set_to(False)


def test_a_frozen_backend_refuses_and_changes_nothing_until_it_is_thawed(
    cloud: RealCloud, project: Project, freeze: Callable[[bool], None]
) -> None:
    volume = made(project)
    seen = life.found(VOLUME, cloud, volume.id)
    freeze(True)
    for step in ('delete', 'force-delete'):
        with pytest.raises(BadRequest, match='frozen'):
            life.climb(VOLUME, cloud, seen, step)
    assert life.found(VOLUME, cloud, volume.id) == seen
    freeze(False)
    life.climb(VOLUME, cloud, seen, 'delete')
    life.await_end(VOLUME, cloud, seen)


def test_a_volume_of_a_living_server_stays(cloud: RealCloud, project: Project) -> None:
    net = network.network(project, 'living')
    server = compute.active(project, compute.server(project, 'living', net))
    volume = made(project)
    compute.attach(project, server, volume)
    seen = life.found(VOLUME, cloud, volume.id)
    assert seen.blockers == (Ref('nova-server', server.id),)
    assert life.names(VOLUME, cloud, seen) == ['detach', 'force-delete']
    for step in ('detach', 'force-delete'):
        with pytest.raises(ApiError):
            life.climb(VOLUME, cloud, seen, step)
    (attachment,) = (
        each for each in ATTACHMENT.discover(cloud) if Ref('nova-server', server.id) in each.owners
    )
    with pytest.raises(Conflict, match='still exists'):
        life.climb(ATTACHMENT, cloud, attachment, 'detach')
    assert life.found(ATTACHMENT, cloud, attachment.id) == attachment
    texts = ' '.join(each.text for each in VOLUME.evidence(cloud, seen))
    assert server.id in texts
    living = life.found(SERVER, cloud, server.id)
    life.climb(SERVER, cloud, living, 'delete')
    life.await_end(SERVER, cloud, living)
    life.await_end(ATTACHMENT, cloud, attachment)
    life.in_status(VOLUME, cloud, volume.id, 'available')


def test_the_attachment_to_a_server_that_is_gone_is_an_orphan_and_goes(
    cloud: RealCloud, project: Project
) -> None:
    volume = made(project)
    identifier = attach_to_nothing(cloud, volume)
    orphan = life.found(ATTACHMENT, cloud, identifier)
    assert (orphan.project_id, orphan.status) == (project.project_id, 'attached')
    assert {parent.kind for parent in orphan.parents} == {'nova-server', 'cinder-volume'}
    assert orphan.created_at
    assert not orphan.is_system
    life.climb(ATTACHMENT, cloud, orphan, 'detach')
    life.await_end(ATTACHMENT, cloud, orphan)
    assert life.in_status(VOLUME, cloud, volume.id, 'available').blockers == ()


@pytest.mark.parametrize(('is_complete', 'status'), [(True, 'in-use'), (False, 'reserved')])
def test_a_volume_whose_server_is_gone_is_detached_and_deleted(
    cloud: RealCloud, project: Project, is_complete: bool, status: str
) -> None:
    volume = made(project)
    attach_to_nothing(cloud, volume, is_complete)
    held = life.in_status(VOLUME, cloud, volume.id, status)
    if not is_complete:
        with pytest.raises(BadRequest):
            life.climb(VOLUME, cloud, held, 'delete')
    with pytest.raises(Conflict, match='has attachments; detach it first'):
        life.climb(VOLUME, cloud, held, 'force-delete')
    life.climb(VOLUME, cloud, held, 'detach')
    life.in_status(VOLUME, cloud, volume.id, 'available')
    life.climb(VOLUME, cloud, held, 'delete')
    life.await_end(VOLUME, cloud, held)


def test_an_attachment_of_a_host_is_the_systems(cloud: RealCloud, project: Project) -> None:
    volume = made(project)
    service = cloud.service('block-storage', '3.44')
    body = {'volume_uuid': volume.id, 'connector': CONNECTOR}
    identifier = service.post('/attachments', {'attachment': body})['attachment']['id']
    try:
        seen = life.found(ATTACHMENT, cloud, identifier)
        assert seen.is_system
        assert not seen.owners
        assert life.names(ATTACHMENT, cloud, seen) == []
    finally:
        service.delete(f'/attachments/{identifier}')


def test_a_look_at_what_never_was_says_gone(cloud: RealCloud) -> None:
    for handler in (VOLUME, ATTACHMENT):
        assert handler.look(cloud, Ref(handler.kind, str(uuid.uuid4()))) is None
