"""What all kinds of Cinder keep to: who may list, whose a record is, what a status means, when a status is reset."""

import uuid
from collections.abc import Callable

import pytest

from orphancleanup.errors import ApiError, Conflict, IncompleteListing, NotFound, Unreachable
from orphancleanup.handler import Handler
from orphancleanup.model import Condition, Ref, Resource
from orphancleanup.plugins.cinder_volume.attachment import Attachment
from orphancleanup.plugins.cinder_volume.backup import Backup
from orphancleanup.plugins.cinder_volume.group import Group
from orphancleanup.plugins.cinder_volume.group_snapshot import GroupSnapshot
from orphancleanup.plugins.cinder_volume.snapshot import Snapshot
from orphancleanup.plugins.cinder_volume.transfer import Transfer
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.testing.collection import Item
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_block_storage import PROJECT, BlockStorage

Make = Callable[[BlockStorage], Item]

KINDS: list[tuple[Handler, str, Make, str]] = [
    (Volume(), 'volumes', BlockStorage.add_volume, 'os-vol-tenant-attr:tenant_id'),
    (
        Snapshot(),
        'snapshots',
        lambda storage: storage.add_snapshot(storage.add_volume()),
        'os-extended-snapshot-attributes:project_id',
    ),
    (Backup(), 'backups', lambda storage: storage.add_backup('v'), 'os-backup-project-attr:project_id'),
    (Group(), 'groups', lambda storage: storage.add_group(), 'project_id'),
    (
        GroupSnapshot(),
        'group_snapshots',
        lambda storage: storage.add_group_snapshot(storage.add_group()),
        'project_id',
    ),
    (
        Transfer(),
        'volumes',
        lambda storage: storage.add_transfer(storage.add_volume()),
        'os-vol-tenant-attr:tenant_id',
    ),
    (
        Attachment(),
        'volumes',
        lambda storage: storage.add_attachment(storage.add_volume(), str(uuid.uuid4())),
        'os-vol-tenant-attr:tenant_id',
    ),
]
every_kind = pytest.mark.parametrize(
    ('handler', 'where', 'make', 'field'), KINDS, ids=[each[0].kind for each in KINDS]
)
#: what can hang in its removal and be reset
RESETTABLE = [each for each in KINDS if each[0].kind in ('cinder-volume', 'cinder-snapshot', 'cinder-backup')]
RESETTABLE += [each for each in KINDS if each[0].kind == 'cinder-group-snapshot']
resettable = pytest.mark.parametrize(
    ('handler', 'where', 'make', 'field'), RESETTABLE, ids=[each[0].kind for each in RESETTABLE]
)


def ref(handler: Handler, item: Item) -> Ref:
    return Ref(handler.kind, item['id'])


def look(handler: Handler, cloud: FakeCloud, item: Item) -> Resource:
    found = handler.look(cloud, ref(handler, item))
    assert found
    return found


def climb(handler: Handler, cloud: FakeCloud, resource: Resource, name: str) -> None:
    (step,) = (each for each in handler.ladder(resource) if each.name == name)
    step.run(cloud, resource)


def changes(cloud: FakeCloud) -> list[str]:
    return cloud.sent('POST') + cloud.sent('PUT') + cloud.sent('DELETE')


@every_kind
def test_an_empty_list_that_is_no_administrators_is_never_taken_for_none(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler, where: str, make: Make, field: str
) -> None:
    make(storage)
    storage.is_admin = False
    with pytest.raises(IncompleteListing, match='role admin'):
        list(handler.discover(cloud))


@every_kind
def test_a_short_list_that_is_no_administrators_is_never_taken_for_the_whole(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler, where: str, make: Make, field: str
) -> None:
    make(storage)
    # Even where a policy shows the caller what only administrators see by default.
    cloud.fail(('block-storage', 'GET', '/os-services'), ApiError.of(403, 'no'))
    with pytest.raises(IncompleteListing, match='role admin'):
        list(handler.discover(cloud))


@every_kind
def test_whether_all_is_shown_is_asked_once_a_listing(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler, where: str, make: Make, field: str
) -> None:
    for _ in range(5):
        make(storage)
    assert len(list(handler.discover(cloud))) == 5
    assert cloud.sent('GET').count('/os-services') == 1


@every_kind
def test_a_cinder_that_cannot_be_asked_who_we_are_tells_nothing(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler, where: str, make: Make, field: str
) -> None:
    make(storage)
    for failure in (ApiError.of(404, 'no'), ApiError.of(500, 'no'), Unreachable('silence')):
        cloud.fail(('block-storage', 'GET', '/os-services'), failure)
        with pytest.raises((IncompleteListing, ApiError, Unreachable)) as raised:
            list(handler.discover(cloud))
        assert not isinstance(raised.value, NotFound)


@every_kind
def test_a_404_to_somebody_who_is_no_administrator_is_not_gone(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler, where: str, make: Make, field: str
) -> None:
    item = make(storage)
    storage.is_admin = False
    with pytest.raises(IncompleteListing, match='role admin'):
        handler.look(cloud, ref(handler, item))


@every_kind
def test_a_record_without_the_field_that_names_its_owner_is_an_incomplete_listing(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler, where: str, make: Make, field: str
) -> None:
    item = make(storage)
    for each in getattr(storage, where).items.values():
        del each[field]
    with pytest.raises(IncompleteListing, match=field):
        list(handler.discover(cloud))
    with pytest.raises(IncompleteListing, match=field):
        handler.look(cloud, ref(handler, item))


@every_kind
@pytest.mark.parametrize('nobody', [None, ''])
def test_only_a_null_owner_means_nobodys(
    cloud: FakeCloud,
    storage: BlockStorage,
    handler: Handler,
    where: str,
    make: Make,
    field: str,
    nobody: str | None,
) -> None:
    item = make(storage)
    assert look(handler, cloud, item).project_id == PROJECT
    for each in getattr(storage, where).items.values():
        each[field] = nobody
    assert look(handler, cloud, item).project_id == ''


@every_kind
@pytest.mark.parametrize('document', [{}, {'volume': None}, [], None, 'login please'])
def test_an_empty_answer_to_a_look_tells_nothing(
    cloud: FakeCloud,
    storage: BlockStorage,
    handler: Handler,
    where: str,
    make: Make,
    field: str,
    document: object,
) -> None:
    cloud.override('block-storage', 'GET', '/.*', lambda *_: document)
    with pytest.raises(IncompleteListing):
        handler.look(cloud, Ref(handler.kind, 'x'))


@every_kind
def test_a_record_without_an_id_is_an_incomplete_listing(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler, where: str, make: Make, field: str
) -> None:
    item = make(storage)
    for collection in cloud.collections():
        for each in collection.items.values():
            if each is item:
                each['id'] = ''
    with pytest.raises(IncompleteListing):
        list(handler.discover(cloud))


@pytest.mark.parametrize('field', ['attachments', 'metadata'])
def test_a_volume_that_does_not_tell_what_protects_it_is_an_incomplete_listing(
    cloud: FakeCloud, storage: BlockStorage, field: str
) -> None:
    del storage.add_volume()[field]
    with pytest.raises(IncompleteListing, match=field):
        list(Volume().discover(cloud))


@pytest.mark.parametrize(
    ('status', 'condition'),
    [
        ('error', Condition.CREATION_FAILED),
        ('error_deleting', Condition.DELETION_FAILED),
        ('deleting', Condition.LEAVING),
        ('available', Condition.NORMAL),
        ('creating', Condition.NORMAL),
        ('restoring', Condition.NORMAL),
        ('updating', Condition.NORMAL),
    ],
)
@pytest.mark.parametrize('kind', ['cinder-volume', 'cinder-snapshot', 'cinder-backup', 'cinder-group'])
def test_only_a_failed_creation_or_deletion_is_one(
    cloud: FakeCloud, storage: BlockStorage, kind: str, status: str, condition: Condition
) -> None:
    (handler, _, make, _) = next(each for each in KINDS if each[0].kind == kind)
    item = make(storage)
    # What proves it: that no backend has the volume, and that the backup tells why.
    item.update({'status': status, 'os-vol-host-attr:host': None, 'fail_reason': 'no room'})
    assert look(handler, cloud, item).condition is condition


@pytest.mark.parametrize(
    'status',
    [
        'error_extending',
        'error_restoring',
        'error_backing-up',
        'error_attaching',
        'error_detaching',
        'error_managing',
        'error_unmanaging',
        'retyping',
        'in-use',
        'maintenance',
    ],
)
def test_a_volume_whose_data_are_there_has_not_failed(
    cloud: FakeCloud, storage: BlockStorage, status: str
) -> None:
    assert look(Volume(), cloud, storage.add_volume(status=status)).condition is Condition.NORMAL


@pytest.mark.parametrize('replication', ['not-capable', 'failover-error', 'failed-over', 'error'])
def test_a_volume_that_a_failover_set_to_error_has_lived(
    cloud: FakeCloud, storage: BlockStorage, replication: str
) -> None:
    volume = storage.add_volume(status='error', replication_status=replication)
    assert look(Volume(), cloud, volume).condition is Condition.NORMAL
    volume['os-vol-host-attr:host'] = None
    assert look(Volume(), cloud, volume).condition is Condition.NORMAL
    volume['replication_status'] = 'disabled'
    assert look(Volume(), cloud, volume).condition is Condition.CREATION_FAILED


def test_a_volume_in_error_that_is_in_use_has_lived(cloud: FakeCloud, storage: BlockStorage) -> None:
    volume = storage.add_volume()
    storage.add_attachment(volume, str(uuid.uuid4()))
    volume.update({'status': 'error', 'os-vol-host-attr:host': None})
    assert look(Volume(), cloud, volume).condition is Condition.NORMAL


def test_a_snapshot_in_error_that_was_whole_once_has_lived(cloud: FakeCloud, storage: BlockStorage) -> None:
    snapshot = storage.add_snapshot(storage.add_volume(), status='error')
    snapshot['os-extended-snapshot-attributes:progress'] = '100%'
    assert look(Snapshot(), cloud, snapshot).condition is Condition.NORMAL


@pytest.mark.parametrize(
    'handler', [Group(), GroupSnapshot(), Attachment(), Transfer()], ids=lambda h: h.kind
)
def test_what_does_not_tell_since_when_its_status_stands_does_not_guess(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler
) -> None:
    (_, _, make, _) = next(each for each in KINDS if each[0].kind == handler.kind)
    assert look(handler, cloud, make(storage)).updated_at is None


@resettable
@pytest.mark.parametrize('status', ['available', 'error', 'creating'])
def test_what_is_well_is_never_reset(
    cloud: FakeCloud,
    storage: BlockStorage,
    handler: Handler,
    where: str,
    make: Make,
    field: str,
    status: str,
) -> None:
    item = make(storage)
    item['status'] = status
    assert [step.name for step in handler.ladder(look(handler, cloud, item)) if not step.removes] == []


@resettable
def test_what_has_become_well_since_it_was_looked_at_is_not_reset(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler, where: str, make: Make, field: str
) -> None:
    item = make(storage)
    item['status'] = 'error_deleting'
    resource = look(handler, cloud, item)
    item['status'] = 'available'
    with pytest.raises(Conflict, match='available'):
        climb(handler, cloud, resource, 'reset-state')
    assert item['status'] == 'available'
    assert not changes(cloud)


@resettable
def test_what_is_gone_is_not_reset(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler, where: str, make: Make, field: str
) -> None:
    item = make(storage)
    item['status'] = 'error_deleting'
    resource = look(handler, cloud, item)
    getattr(storage, where).remove(item['id'])
    with pytest.raises(NotFound):
        climb(handler, cloud, resource, 'reset-state')
    assert not changes(cloud)


PREPARED = [
    ('error_deleting', 'reset-state'),
    ('awaiting-transfer', 'cancel-transfer'),
    ('reserved', 'detach'),
]


@pytest.mark.parametrize(('status', 'name'), PREPARED)
def test_after_a_new_snapshot_nothing_about_a_volume_changes(
    cloud: FakeCloud, storage: BlockStorage, status: str, name: str
) -> None:
    volume = storage.add_volume(status=status)
    resource = look(Volume(), cloud, volume)
    snapshot = storage.add_snapshot(volume, **{'os-extended-snapshot-attributes:project_id': 'another'})
    with pytest.raises(Conflict, match=snapshot['id']):
        climb(Volume(), cloud, resource, name)
    assert volume['status'] == status
    assert not changes(cloud)


@pytest.mark.parametrize(('status', 'name'), PREPARED)
def test_after_it_joined_a_group_nothing_about_a_volume_changes(
    cloud: FakeCloud, storage: BlockStorage, status: str, name: str
) -> None:
    volume = storage.add_volume(status=status)
    resource = look(Volume(), cloud, volume)
    group = storage.add_group(volume)
    with pytest.raises(Conflict, match=group['id']):
        climb(Volume(), cloud, resource, name)
    assert volume['status'] == status
    assert not changes(cloud)


def test_attachments_of_a_volume_with_a_new_snapshot_stay(cloud: FakeCloud, storage: BlockStorage) -> None:
    volume = storage.add_volume()
    storage.add_attachment(volume, str(uuid.uuid4()))
    resource = look(Volume(), cloud, volume)
    storage.add_snapshot(volume)
    with pytest.raises(Conflict, match='snapshot'):
        climb(Volume(), cloud, resource, 'detach')
    assert storage.attachments.items


@pytest.mark.parametrize('status', ['deleting', 'error_deleting'])
def test_a_backup_that_another_builds_on_by_now_is_not_reset(
    cloud: FakeCloud, storage: BlockStorage, status: str
) -> None:
    full = storage.add_backup('v', status=status)
    resource = look(Backup(), cloud, full)
    child = storage.add_backup('v', full)
    with pytest.raises(Conflict, match=child['id']):
        climb(Backup(), cloud, resource, 'reset-state')
    assert full['status'] == status
    assert not changes(cloud)


def test_a_snapshot_that_a_group_snapshot_has_by_now_is_not_reset(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    snapshot = storage.add_snapshot(storage.add_volume(), status='error_deleting')
    resource = look(Snapshot(), cloud, snapshot)
    snapshot['group_snapshot_id'] = 'gs'
    with pytest.raises(Conflict, match='gs'):
        climb(Snapshot(), cloud, resource, 'reset-state')
    assert snapshot['status'] == 'error_deleting'


def test_a_migration_that_hangs_is_cleared_since_cinder_would_not_even_force(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    volume = storage.add_volume(migration_status='migrating')
    resource = look(Volume(), cloud, volume)
    assert [step.name for step in Volume().ladder(resource)] == ['delete', 'reset-state', 'force-delete']
    with pytest.raises(ApiError):
        climb(Volume(), cloud, resource, 'force-delete')
    climb(Volume(), cloud, resource, 'reset-state')
    climb(Volume(), cloud, look(Volume(), cloud, volume), 'force-delete')
    assert not storage.volumes.items
