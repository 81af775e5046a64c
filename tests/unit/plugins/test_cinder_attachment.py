import uuid

import pytest

from orphancleanup.errors import ApiError, Conflict, ListingMoved, Unreachable
from orphancleanup.handler import Handler
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.cinder_volume.attachment import Attachment
from orphancleanup.testing.conformance import HandlerConformance, Seed
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_block_storage import PROJECT, BlockStorage
from tests.unit.plugins.fake_compute import Compute, let_ask

ATTACHMENT = Attachment()


class TestConformance(HandlerConformance):
    @pytest.fixture
    def handler(self) -> Handler:
        return Attachment()

    @pytest.fixture
    def seed(self) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            storage = BlockStorage(cloud)
            Compute(cloud)
            let_ask(cloud)
            for number in range(count):
                storage.add_attachment(storage.add_volume(), str(uuid.UUID(int=number)))

        return seed


def only(cloud: FakeCloud) -> Resource:
    (found,) = ATTACHMENT.discover(cloud)
    return found


def detach(cloud: FakeCloud) -> None:
    victim = only(cloud)
    (step,) = ATTACHMENT.ladder(victim)
    assert (step.name, step.level) == ('detach', Level.FORCE)
    step.run(cloud, victim)


def test_it_hangs_on_both_and_goes_with_its_server(cloud: FakeCloud, storage: BlockStorage) -> None:
    volume = storage.add_volume(metadata={'orphancleanup:keep': 'yes'})
    server = str(uuid.uuid4())
    storage.add_attachment(volume, server)
    found = only(cloud)
    assert found.parents == (Ref('nova-server', server), Ref('cinder-volume', volume['id']))
    assert found.owners == (Ref('nova-server', server),)
    assert (found.project_id, found.status, found.is_system) == (PROJECT, 'attached', False)
    assert found.created_at
    assert 'orphancleanup:keep' in found.tags


@pytest.mark.parametrize('instance', [None, 'a container of somebody'])
def test_one_that_is_for_no_server_is_nobodys_orphan(
    cloud: FakeCloud, storage: BlockStorage, instance: str | None
) -> None:
    volume = storage.add_volume()
    storage.add_attachment(volume, instance)
    found = only(cloud)
    assert found.is_system
    assert found.parents == (Ref('cinder-volume', volume['id']),)
    assert not ATTACHMENT.ladder(found)


def test_one_of_a_volume_that_is_gone_is_not_nobodys(cloud: FakeCloud, storage: BlockStorage) -> None:
    volume = storage.add_volume()
    attachment = storage.add_attachment(volume, str(uuid.uuid4()))
    storage.volumes.remove(volume['id'])
    with pytest.raises(ListingMoved, match=volume['id']):
        only(cloud)
    with pytest.raises(ListingMoved, match=volume['id']):
        ATTACHMENT.look(cloud, Ref('cinder-attachment', attachment['id']))


def test_one_of_a_volume_that_the_listing_lacked_is_its_projects(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    volume = storage.add_volume()
    storage.add_attachment(volume, str(uuid.uuid4()))

    def late(_: object) -> None:
        storage.volumes.items.pop(volume['id'], None)

    cloud.before(('block-storage', 'GET', '/volumes/detail'), late)
    cloud.before(
        ('block-storage', 'GET', f'/volumes/{volume["id"]}'), lambda _: storage.volumes.add(**volume)
    )
    assert [each.project_id for each in ATTACHMENT.discover(cloud)] == [PROJECT, PROJECT]
    assert f'/volumes/{volume["id"]}' in cloud.sent('GET')


def test_secrets_of_the_connection_are_never_kept(cloud: FakeCloud, storage: BlockStorage) -> None:
    attachment = storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    attachment['connection_info'] = {'auth_password': 'hunter2'}
    found = only(cloud)
    assert 'hunter2' not in repr((found, ATTACHMENT.look(cloud, found.ref)))
    assert '/attachments/detail' not in cloud.sent('GET')


def test_pages_without_links_are_read_to_the_end(cloud: FakeCloud, storage: BlockStorage) -> None:
    storage.osapi_max_limit = 2
    for _ in range(5):
        storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    assert len(list(ATTACHMENT.discover(cloud))) == 5


def test_it_is_removed_when_the_server_is_gone(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    volume = storage.add_volume()
    storage.add_attachment(volume, str(uuid.uuid4()))
    detach(cloud)
    assert not storage.attachments.items
    assert volume['status'] == 'available'


@pytest.mark.parametrize('status', ['ACTIVE', 'ERROR', 'SOFT_DELETED'])
def test_it_stays_while_the_server_exists(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute, status: str
) -> None:
    storage.add_attachment(storage.add_volume(), compute.add(status=status)['id'])
    with pytest.raises(Conflict):
        detach(cloud)


@pytest.mark.parametrize('status', ['ACTIVE', 'SOFT_DELETED'])
def test_it_stays_when_nova_lists_what_it_cannot_show(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute, status: str
) -> None:
    server = compute.add(status=status)
    compute.unmapped.add(server['id'])
    storage.add_attachment(storage.add_volume(), server['id'])
    with pytest.raises(Unreachable, match='repair its mapping'):
        detach(cloud)


def test_it_stays_while_any_server_is_in_a_silent_cell(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    compute.down.add(compute.add()['id'])
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    with pytest.raises(Unreachable):
        detach(cloud)


def test_it_stays_when_nova_does_not_answer(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    cloud.fail(('compute', 'GET', '.*'), Unreachable('silence'))
    with pytest.raises(Unreachable):
        detach(cloud)


def test_it_stays_when_nova_is_hidden_from_us(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    cloud.hide_service('compute')
    with pytest.raises(Unreachable, match='compute'):
        detach(cloud)
    assert storage.attachments.items


def test_it_stays_when_ironic_is_hidden_from_us(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    cloud.hide_service('baremetal')
    with pytest.raises(Unreachable, match='baremetal'):
        detach(cloud)
    assert storage.attachments.items


def test_it_goes_where_there_is_positively_no_nova_and_no_ironic(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    detach(cloud)
    assert not storage.attachments.items


def test_it_stays_while_the_nova_of_another_region_may_have_the_server(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    cloud.sharing['compute', 'block-storage'] = frozenset({'RegionTwo'})
    with pytest.raises(Unreachable, match='RegionTwo'):
        detach(cloud)
    assert storage.attachments.items


def test_it_stays_when_the_regions_cannot_be_read(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    cloud.fail(('identity', 'GET', '/endpoints'), ApiError.of(403, 'no'))
    with pytest.raises(Unreachable):
        detach(cloud)
    assert storage.attachments.items


@pytest.mark.parametrize('key', ['uuid', 'instance_uuid'])
def test_it_stays_when_a_bare_metal_node_goes_by_the_id(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute, key: str
) -> None:
    node = str(uuid.uuid4())
    cloud.collection('baremetal', '/v1/nodes', 'nodes').add(
        **{'uuid': 'x', 'instance_uuid': None} | {key: node}
    )
    cloud.route('baremetal', 'GET', '/v1/conductors', lambda *_: {'conductors': []})
    storage.add_attachment(storage.add_volume(), node)
    with pytest.raises(Conflict):
        detach(cloud)


@pytest.mark.parametrize(
    ('status', 'is_told'), [(403, False), (404, False), (500, False), (406, True), (200, True)]
)
def test_it_stays_unless_ironic_shows_all_its_nodes(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute, status: int, is_told: bool
) -> None:
    """An administrator of a project is not shown those of others, without a word; before Stein all, or none."""

    def conductors(*_: object) -> dict[str, list[str]]:
        if status != 200:
            raise ApiError.of(status, 'no')
        return {'conductors': []}

    cloud.route('baremetal', 'GET', '/v1/conductors', conductors)
    cloud.collection('baremetal', '/v1/nodes', 'nodes')
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    if is_told:
        detach(cloud)
    else:
        with pytest.raises(Unreachable):
            detach(cloud)
    assert bool(storage.attachments.items) is not is_told


def test_it_stays_when_ironic_cannot_be_asked(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute
) -> None:
    cloud.route('baremetal', 'GET', '/elsewhere', lambda *_: {})
    storage.add_attachment(storage.add_volume(), str(uuid.uuid4()))
    with pytest.raises(Unreachable):
        detach(cloud)
