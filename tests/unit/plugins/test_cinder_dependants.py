"""Snapshots, backups, transfers, groups and group snapshots."""

import uuid
from collections.abc import Callable

import pytest

from orphancleanup.errors import BadRequest, Conflict, IncompleteListing, Unreachable
from orphancleanup.handler import Handler
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.cinder_volume.backup import Backup
from orphancleanup.plugins.cinder_volume.group import Group
from orphancleanup.plugins.cinder_volume.group_snapshot import GroupSnapshot
from orphancleanup.plugins.cinder_volume.snapshot import Snapshot
from orphancleanup.plugins.cinder_volume.transfer import Transfer
from orphancleanup.testing.collection import Item
from orphancleanup.testing.conformance import HandlerConformance, Seed
from orphancleanup.testing.fake_cloud import FakeCloud, Request
from tests.unit.plugins.crowd import gather
from tests.unit.plugins.fake_block_storage import PROJECT, BlockStorage


def seeder(add: Callable[[BlockStorage], Item]) -> Seed:
    def seed(cloud: FakeCloud, count: int) -> None:
        storage = BlockStorage(cloud)
        for _ in range(count):
            add(storage)

    return seed


class TestSnapshotConformance(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Snapshot()

    @pytest.fixture
    def seed(self) -> Seed:
        return seeder(lambda storage: storage.add_snapshot(storage.add_volume()))


class TestBackupConformance(HandlerConformance):
    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        backups = cloud.collection('block-storage', '/backups', 'backups')
        backups.add(**{**backups.get(resource.id), 'id': str(uuid.uuid4()), 'parent_id': resource.id})

    @pytest.fixture
    def handler(self) -> Handler:
        return Backup()

    @pytest.fixture
    def seed(self) -> Seed:
        return seeder(lambda storage: storage.add_backup(str(uuid.uuid4())))


class TestTransferConformance(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Transfer()

    @pytest.fixture
    def seed(self) -> Seed:
        return seeder(lambda storage: storage.add_transfer(storage.add_volume()))


class TestGroupConformance(HandlerConformance):
    def is_plain(self, request: Request, resource: Resource) -> bool:
        # Cinder deletes a group by an action; with its volumes, which are what it holds.
        return request.body == {'delete': {'delete-volumes': True}}

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        snapshots = cloud.collection('block-storage', '/group_snapshots', 'group_snapshots')
        snapshots.add(group_id=resource.id, status='available', name='snapshot')

    @pytest.fixture
    def handler(self) -> Handler:
        return Group()

    @pytest.fixture
    def seed(self) -> Seed:
        return seeder(lambda storage: storage.add_group(storage.add_volume()))


class TestGroupSnapshotConformance(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return GroupSnapshot()

    @pytest.fixture
    def seed(self) -> Seed:
        return seeder(lambda storage: storage.add_group_snapshot(storage.add_group()))


def found(handler: Handler, cloud: FakeCloud, identifier: str) -> Resource:
    (resource,) = (each for each in handler.discover(cloud) if each.id == identifier)
    assert handler.look(cloud, resource.ref) == resource
    return resource


def climb(handler: Handler, cloud: FakeCloud, resource: Resource, name: str) -> None:
    (step,) = (each for each in handler.ladder(resource) if each.name == name)
    step.run(cloud, resource)


def test_a_snapshot_hangs_on_its_volume_and_goes_with_its_group_snapshot(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    volume = storage.add_volume()
    snapshot = storage.add_snapshot(volume, group_snapshot_id='gs')
    resource = found(Snapshot(), cloud, snapshot['id'])
    assert resource.parents == (Ref('cinder-volume', volume['id']),)
    assert resource.owners == (Ref('cinder-group-snapshot', 'gs'),)
    assert resource.project_id == PROJECT


@pytest.mark.parametrize('handler', [Snapshot(), Backup()], ids=lambda handler: handler.kind)
@pytest.mark.parametrize('status', ['deleting', 'error_deleting'])
def test_what_hangs_in_its_removal_is_reset_first(
    cloud: FakeCloud, storage: BlockStorage, handler: Handler, status: str
) -> None:
    item = (
        storage.add_snapshot(storage.add_volume())
        if handler.kind == 'cinder-snapshot'
        else storage.add_backup('v')
    )
    item['status'] = status
    resource = found(handler, cloud, item['id'])
    assert [(step.name, step.level) for step in handler.ladder(resource)] == [
        ('reset-state', Level.FORCE),
        ('force-delete', Level.FORCE),
    ]
    climb(handler, cloud, resource, 'reset-state')
    again = found(handler, cloud, item['id'])
    assert again.status == 'error'
    climb(handler, cloud, again, 'delete')
    assert handler.look(cloud, again.ref) is None


@pytest.mark.parametrize('others', [(), ('b',), ('b', 'unknown')])
@pytest.mark.parametrize(
    ('changes', 'is_kept'),
    [
        ({}, True),
        # Not even finished: Cinder does not count it yet.
        ({'status': 'creating'}, True),
        # Of its volume, but it builds on another one.
        ({'parent_id': 'else'}, False),
        ({'is_incremental': False, 'parent_id': None}, False),
        ({'volume_id': 'w', 'parent_id': None}, False),
    ],
)
def test_what_a_backup_builds_on_stays_whoever_asks_at_the_same_time(
    cloud: FakeCloud,
    storage: BlockStorage,
    monkeypatch: pytest.MonkeyPatch,
    others: tuple[str, ...],
    changes: dict[str, object],
    is_kept: bool,
) -> None:
    gather(monkeypatch, *others)
    full = storage.add_backup('v')
    storage.add_backup('v', full).update(changes)
    cloud.allow_changes()
    backup = found(Backup(), cloud, full['id'])
    (delete, *_) = Backup().ladder(backup)
    cloud.requests.clear()
    if is_kept:
        with pytest.raises(Conflict, match=f'builds on backup {full["id"]}'):
            delete.run(cloud, backup)
    else:
        delete.run(cloud, backup)
    assert bool(cloud.sent('DELETE')) is not is_kept


def test_backups_of_many_pages_are_not_all_listed_for_a_few(
    cloud: FakeCloud, storage: BlockStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gather(monkeypatch, 'b')
    cloud.allow_changes()
    backups = [storage.add_backup(f'volume-{number}') for number in range(1500)]
    for number, backup in enumerate(backups[:3]):
        cloud.requests.clear()
        resource = Resource(Ref('cinder-backup', backup['id']), status='available')
        (delete, *_) = Backup().ladder(resource)
        delete.run(cloud, resource)
        listings = [each for each in cloud.requests if each.path == '/backups/detail']
        # The first one learns how many there are.
        assert any('parent_id' not in each.query for each in listings) is (number == 0)


def test_a_backup_without_its_volume_hangs_on_nothing(cloud: FakeCloud, storage: BlockStorage) -> None:
    backup = storage.add_backup('a volume that is gone')
    assert found(Backup(), cloud, backup['id']).parents == ()


def test_incremental_backups_hang_on_what_they_build_on(cloud: FakeCloud, storage: BlockStorage) -> None:
    full = storage.add_backup('v')
    first = storage.add_backup('v', full)
    second = storage.add_backup('v', first)
    other = storage.add_backup('w')
    parents = {each.id: each.parents for each in Backup().discover(cloud)}
    assert parents == {
        full['id']: (),
        first['id']: (Ref('cinder-backup', full['id']),),
        second['id']: (Ref('cinder-backup', first['id']),),
        other['id']: (),
    }
    for each in (full, first, second):
        found(Backup(), cloud, each['id'])


def test_a_backup_that_nothing_builds_on_is_nobodys_parent(cloud: FakeCloud, storage: BlockStorage) -> None:
    full = storage.add_backup('v')
    storage.add_backup('v', full, status='error')
    last = storage.add_backup('v', full)
    assert found(Backup(), cloud, last['id']).parents == (Ref('cinder-backup', full['id']),)


def test_the_age_of_the_data_counts_not_that_of_the_backup(cloud: FakeCloud, storage: BlockStorage) -> None:
    old = storage.add_backup('v', data_timestamp='2026-11-19T10:00:00.000000')
    newer = storage.add_backup('v', data_timestamp='2026-11-19T12:00:00.000000')
    storage.add_backup('v', newer, data_timestamp='2026-11-19T13:00:00.000000')
    between = storage.add_backup('v', old, data_timestamp='2026-11-19T11:00:00.000000')
    assert found(Backup(), cloud, between['id']).parents == (Ref('cinder-backup', old['id']),)


@pytest.mark.parametrize('name', ['delete', 'force-delete'])
def test_a_backup_that_another_builds_on_stays_although_cinder_would_delete_it(
    cloud: FakeCloud, storage: BlockStorage, name: str
) -> None:
    full = storage.add_backup('v')
    child = storage.add_backup('v', full)
    resource = found(Backup(), cloud, full['id'])
    with pytest.raises(Conflict, match=child['id']):
        climb(Backup(), cloud, resource, name)
    assert set(storage.backups.items) == {full['id'], child['id']}
    climb(Backup(), cloud, found(Backup(), cloud, child['id']), name)
    climb(Backup(), cloud, resource, name)
    assert not storage.backups.items


def test_a_chain_that_cannot_be_read_stays(cloud: FakeCloud, storage: BlockStorage) -> None:
    resource = found(Backup(), cloud, storage.add_backup('v')['id'])
    cloud.fail(('block-storage', 'GET', '/backups/detail'), Unreachable('silence'))
    with pytest.raises(IncompleteListing):
        climb(Backup(), cloud, resource, 'delete')
    assert storage.backups.items


def test_a_backup_tells_why_it_failed(cloud: FakeCloud, storage: BlockStorage) -> None:
    backup = storage.add_backup('v', status='error', fail_reason='no space')
    (evidence,) = Backup().evidence(cloud, found(Backup(), cloud, backup['id']))
    assert (evidence.source, evidence.text) == ('fault', 'no space')


def test_a_transfer_is_its_volumes_projects(cloud: FakeCloud, storage: BlockStorage) -> None:
    volume = storage.add_volume()
    resource = found(Transfer(), cloud, storage.add_transfer(volume)['id'])
    assert resource.project_id == PROJECT
    assert resource.parents == (Ref('cinder-volume', volume['id']),)
    climb(Transfer(), cloud, resource, 'delete')
    assert volume['status'] == 'available'


def test_a_group_takes_its_volumes_along(cloud: FakeCloud, storage: BlockStorage) -> None:
    volumes = [storage.add_volume(), storage.add_volume()]
    other = storage.add_volume()
    resource = found(Group(), cloud, storage.add_group(*volumes)['id'])
    assert set(resource.holds) == {Ref('cinder-volume', volume['id']) for volume in volumes}
    climb(Group(), cloud, resource, 'delete')
    assert list(storage.volumes.items) == [other['id']]


def test_a_group_that_got_another_volume_meanwhile_stays(cloud: FakeCloud, storage: BlockStorage) -> None:
    group = storage.add_group(storage.add_volume())
    resource = found(Group(), cloud, group['id'])
    storage.add_volume(group_id=group['id'])
    with pytest.raises(Conflict):
        climb(Group(), cloud, resource, 'delete')
    assert not cloud.sent('POST')


def test_groups_are_read_to_the_end_although_their_links_are_misnamed(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    storage.osapi_max_limit = 2
    for _ in range(5):
        storage.add_group_snapshot(storage.add_group())
    assert len(list(Group().discover(cloud))) == 5
    assert len(list(GroupSnapshot().discover(cloud))) == 5


def test_a_group_snapshot_goes_before_its_group(cloud: FakeCloud, storage: BlockStorage) -> None:
    group = storage.add_group(storage.add_volume())
    snapshot = found(GroupSnapshot(), cloud, storage.add_group_snapshot(group)['id'])
    assert snapshot.parents == (Ref('cinder-group', group['id']),)
    resource = found(Group(), cloud, group['id'])
    with pytest.raises(BadRequest):
        climb(Group(), cloud, resource, 'delete')
    climb(GroupSnapshot(), cloud, snapshot, 'delete')
    climb(Group(), cloud, resource, 'delete')


def test_a_group_snapshot_that_hangs_is_reset_and_deleted_again(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    item = storage.add_group_snapshot(storage.add_group(), status='error_deleting')
    resource = found(GroupSnapshot(), cloud, item['id'])
    assert [step.name for step in GroupSnapshot().ladder(resource)] == ['reset-state', 'delete-again']
    climb(GroupSnapshot(), cloud, resource, 'reset-state')
    climb(GroupSnapshot(), cloud, resource, 'delete-again')
    assert not storage.group_snapshots.items


@pytest.mark.parametrize('volumes', [None, 'none'])
def test_a_group_that_does_not_list_its_volumes_is_not_empty(storage: BlockStorage, volumes: object) -> None:
    group = storage.add_group()
    with pytest.raises(IncompleteListing):
        Group().resource({**group, 'volumes': volumes})
