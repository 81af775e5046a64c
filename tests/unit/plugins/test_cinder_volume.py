import uuid

import pytest

from orphancleanup.errors import BadRequest, Conflict, IncompleteListing, Unreachable
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.testing.conformance import HandlerConformance, Seed
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_block_storage import PROJECT, BlockStorage
from tests.unit.plugins.fake_compute import Compute

VOLUME = Volume()


def fill(cloud: FakeCloud, count: int) -> None:
    storage = BlockStorage(cloud)
    Compute(cloud)
    for number in range(count):
        storage.add_volume(id=str(uuid.UUID(int=number)))
    storage.add_volume(name=f'image-{uuid.UUID(int=0)}')
    storage.add_attachment(storage.add_volume(), str(uuid.UUID(int=0)))
    storage.add_transfer(storage.add_volume())


class TestConformance(HandlerConformance):
    # What the steps touch besides: the attachments whose server is gone, and the offers to other projects.
    may_touch = {'detach': ('/attachments',), 'cancel-transfer': ('/os-volume-transfer',)}

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        storage = cloud.collection('block-storage', '/snapshots', 'snapshots')
        storage.add(volume_id=resource.id, status='available', name='snapshot')

    @pytest.fixture
    def handler(self) -> Handler:
        return Volume()

    @pytest.fixture
    def seed(self) -> Seed:
        return fill


class TestConformanceOfAttached(TestConformance):
    """Volumes that are attached to servers that are gone."""

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            storage = BlockStorage(cloud)
            Compute(cloud)
            for number in range(count):
                server = str(uuid.UUID(int=number))
                storage.add_attachment(storage.add_volume(), server)
                cloud.told_gone[Ref('nova-server', server)] = True

        return seed


class TestConformanceOfOffered(TestConformance):
    """Volumes that are offered to another project."""

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            storage = BlockStorage(cloud)
            for _ in range(count):
                storage.add_transfer(storage.add_volume())

        return seed


def only(cloud: FakeCloud) -> Resource:
    (found,) = VOLUME.discover(cloud)
    return found


def names(resource: Resource) -> list[str]:
    return [step.name for step in VOLUME.ladder(resource)]


def step(resource: Resource, name: str) -> Step:
    (found,) = (each for each in VOLUME.ladder(resource) if each.name == name)
    return found


def test_a_volume_is_read_whole(cloud: FakeCloud, storage: BlockStorage) -> None:
    group = storage.add_group()
    record = storage.add_volume(name='disk', metadata={'orphancleanup:keep': ''}, group_id=group['id'])
    server = str(uuid.uuid4())
    storage.add_attachment(record, server)
    found = only(cloud)
    assert (found.name, found.project_id, found.status) == ('disk', PROJECT, 'in-use')
    assert found.blockers == (Ref('nova-server', server),)
    assert found.owners == (Ref('cinder-group', group['id']),)
    assert 'orphancleanup:keep' in found.tags
    assert found.created_at
    assert found.updated_at


def test_a_listing_that_lost_some_is_refused(cloud: FakeCloud, storage: BlockStorage) -> None:
    for _ in range(5):
        storage.add_volume()
    storage.volumes.cut = 0
    with pytest.raises(IncompleteListing):
        list(VOLUME.discover(cloud))


@pytest.mark.parametrize(
    ('fields', 'is_system'),
    [
        ({'os-vol-mig-status-attr:migstat': 'target:1'}, True),
        ({'migration_status': 'target:1'}, True),
        ({'migration_status': 'success'}, False),
        ({'name': 'image-0a0b0c0d-0000-4000-8000-0123456789ab'}, True),
        ({'name': 'image-of-a-cat'}, False),
        ({'name': None}, False),
    ],
)
def test_what_cinder_keeps_for_itself_is_a_system_volume(
    cloud: FakeCloud, storage: BlockStorage, fields: dict[str, str], is_system: bool
) -> None:
    storage.add_volume(**fields)
    assert only(cloud).is_system is is_system


@pytest.mark.parametrize(
    ('status', 'expected'),
    [
        ('available', ['delete', 'force-delete']),
        ('error', ['delete', 'force-delete']),
        ('error_extending', ['delete', 'force-delete']),
        ('error_backing-up', ['delete', 'force-delete']),
        ('error_deleting', ['reset-state', 'force-delete']),
        ('deleting', ['reset-state', 'force-delete']),
        ('awaiting-transfer', ['cancel-transfer', 'delete', 'force-delete']),
        ('reserved', ['delete', 'detach', 'force-delete']),
        ('error_detaching', ['delete', 'detach', 'force-delete']),
    ],
)
def test_the_ladder_has_the_steps_that_fit_the_status(
    cloud: FakeCloud, storage: BlockStorage, status: str, expected: list[str]
) -> None:
    storage.add_volume(status=status)
    assert names(only(cloud)) == expected


def test_an_attached_volume_is_freed_before_anything_else(cloud: FakeCloud, storage: BlockStorage) -> None:
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    ladder = VOLUME.ladder(only(cloud))
    assert [step.name for step in ladder] == ['detach', 'force-delete']
    assert all(step.level is Level.FORCE for step in ladder)


def test_only_gentle_steps_are_allowed_always(cloud: FakeCloud, storage: BlockStorage) -> None:
    storage.add_volume(status='awaiting-transfer')
    levels = {step.name: step.level for step in VOLUME.ladder(only(cloud))}
    assert levels == {
        'cancel-transfer': Level.API,
        'delete': Level.API,
        'force-delete': Level.FORCE,
    }


def test_a_transfer_of_this_volume_only_is_cancelled(cloud: FakeCloud, storage: BlockStorage) -> None:
    mine, other = storage.add_volume(), storage.add_volume()
    storage.add_transfer(mine)
    kept = storage.add_transfer(other)
    victim = next(each for each in VOLUME.discover(cloud) if each.id == mine['id'])
    step(victim, 'cancel-transfer').run(cloud, victim)
    assert list(storage.transfers.items) == [kept['id']]
    assert mine['status'] == 'available'


def test_an_attachment_whose_server_is_gone_is_removed(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    record = storage.add_volume()
    storage.add_attachment(record, str(uuid.uuid4()))
    victim = only(cloud)
    step(victim, 'detach').run(cloud, victim)
    assert not storage.attachments.items
    assert names(only(cloud))[0] == 'delete'


def test_no_attachment_is_removed_when_one_server_lives(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    record = storage.add_volume()
    storage.add_attachment(record, str(uuid.UUID(int=0)))
    storage.add_attachment(record, compute.add(id=str(uuid.UUID(int=1)))['id'])
    victim = only(cloud)
    with pytest.raises(Conflict):
        step(victim, 'detach').run(cloud, victim)
    assert len(storage.attachments.items) == 2


def test_no_attachment_is_removed_while_a_cell_is_silent(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    compute.hosts.append({'binary': 'nova-compute', 'host': 'two', 'status': 'UNKNOWN'})
    victim = only(cloud)
    with pytest.raises(Unreachable):
        step(victim, 'detach').run(cloud, victim)
    assert not cloud.sent('DELETE')


def test_an_attachment_that_is_for_no_server_is_left_alone(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    storage.add_attachment(storage.add_volume(), None)
    victim = only(cloud)
    with pytest.raises(Conflict):
        step(victim, 'detach').run(cloud, victim)
    assert not cloud.sent('DELETE')


def test_reset_never_wipes_attachments(cloud: FakeCloud, storage: BlockStorage) -> None:
    record = storage.add_volume(status='error_deleting')
    storage.add_attachment(record, str(uuid.uuid4()), status='attaching')
    record['status'] = 'error_deleting'
    victim = only(cloud)
    with pytest.raises(Conflict):
        step(victim, 'reset-state').run(cloud, victim)
    assert not cloud.sent('POST')


def test_reset_lets_a_volume_go_that_a_lost_detachment_or_migration_holds(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    storage.add_volume(attach_status='attached', migration_status='migrating')
    victim = only(cloud)
    with pytest.raises(BadRequest):
        step(victim, 'delete').run(cloud, victim)
    with pytest.raises(BadRequest):
        step(victim, 'force-delete').run(cloud, victim)
    step(victim, 'reset-state').run(cloud, victim)
    step(only(cloud), 'delete').run(cloud, victim)
    assert not storage.volumes.items


def test_a_failed_delete_can_be_tried_again_after_a_reset(cloud: FakeCloud, storage: BlockStorage) -> None:
    record = storage.add_volume(name='faildelete')
    victim = only(cloud)
    step(victim, 'delete').run(cloud, victim)
    cloud.clock.advance(2)
    failed = only(cloud)
    assert failed.status == 'error_deleting'
    record['name'] = 'repaired'
    step(failed, 'reset-state').run(cloud, failed)
    step(only(cloud), 'delete').run(cloud, failed)
    assert VOLUME.look(cloud, failed.ref) is None


def test_evidence_names_what_cinder_says_and_what_holds_the_volume(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    record = storage.add_volume()
    server = str(uuid.uuid4())
    attachment = storage.add_attachment(record, server)
    snapshot = storage.add_snapshot(record)
    storage.messages.add(
        resource_uuid=record['id'],
        user_message='delete volume: no',
        request_id='req-1',
        created_at='2026-11-20',
    )
    storage.messages.add(
        resource_uuid='other', user_message='not mine', request_id='req-2', created_at='2026-11-21'
    )
    found = list(VOLUME.evidence(cloud, only(cloud)))
    assert [(each.source, each.request_id) for each in found] == [
        ('message', 'req-1'),
        ('api', ''),
        ('api', ''),
    ]
    text = ' '.join(each.text for each in found)
    assert attachment['id'] in text
    assert server in text
    assert snapshot['id'] in text
