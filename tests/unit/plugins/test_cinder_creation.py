"""A volume in ``error`` failed to be made only when something proves it: an administrator may have set that status."""

import pytest

from orphancleanup.errors import ApiError, Forbidden, IncompleteListing
from orphancleanup.model import Condition
from orphancleanup.plugins.cinder_volume import creation
from orphancleanup.plugins.cinder_volume.backup import Backup
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.testing.collection import Item
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_block_storage import BlockStorage, moment

SCHEDULE, COPY, ATTACH, MAKE = (f'VOLUME_VOLUME_{each}_003' for each in ('001', '005', '002', '008'))


def conditions(cloud: FakeCloud) -> dict[str, Condition]:
    """Return the name of each volume to what its status means."""
    return {each.name: each.condition for each in Volume().discover(cloud)}


def tell(storage: BlockStorage, volume: Item, event: str, at: int) -> None:
    storage.messages.add(event_id=event, resource_uuid=volume['id'], created_at=moment(at))


def fail(storage: BlockStorage, name: str, status: str = 'error') -> None:
    """Have a volume that could not be made; with another status it was made after all."""
    tell(storage, storage.add_volume(name=name, status=status, updated_at=moment(100)), MAKE, 100)


def test_one_that_was_set_to_error_by_hand_has_its_data(cloud: FakeCloud, storage: BlockStorage) -> None:
    storage.add_volume(name='data', status='error')
    assert conditions(cloud) == {'data': Condition.NORMAL}


def test_one_that_no_backend_has_has_failed(cloud: FakeCloud, storage: BlockStorage) -> None:
    storage.add_volume(name='nowhere', status='error', **{'os-vol-host-attr:host': None})
    assert conditions(cloud) == {'nowhere': Condition.CREATION_FAILED}
    assert [each.path for each in cloud.requests if each.path == '/messages'] == []


def test_one_whose_backend_is_not_shown_proves_nothing(cloud: FakeCloud, storage: BlockStorage) -> None:
    del storage.add_volume(name='hidden', status='error')['os-vol-host-attr:host']
    assert conditions(cloud) == {'hidden': Condition.NORMAL}


@pytest.mark.parametrize('event', [SCHEDULE, COPY, MAKE])
def test_one_of_which_cinder_tells_so_right_then_has_failed(
    cloud: FakeCloud, storage: BlockStorage, event: str
) -> None:
    tell(storage, storage.add_volume(name='broken', status='error', updated_at=moment(100)), event, 99)
    assert conditions(cloud) == {'broken': Condition.CREATION_FAILED}


def test_an_attempt_that_failed_before_one_that_did_not_proves_nothing(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    tell(storage, storage.add_volume(name='data', status='error', updated_at=moment(100)), MAKE, 39)
    assert conditions(cloud) == {'data': Condition.NORMAL}


def test_a_message_about_something_else_proves_nothing(cloud: FakeCloud, storage: BlockStorage) -> None:
    tell(storage, storage.add_volume(name='data', status='error', updated_at=moment(100)), ATTACH, 100)
    tell(storage, storage.add_volume(name='other', updated_at=moment(100)), MAKE, 100)
    assert conditions(cloud) == {'data': Condition.NORMAL, 'other': Condition.NORMAL}


def test_of_many_cinder_is_asked_once(cloud: FakeCloud, storage: BlockStorage) -> None:
    for number in range(20):
        volume = storage.add_volume(name=f'v{number}', status='error', updated_at=moment(100))
        if number % 2:
            tell(storage, volume, MAKE, 100)
    found = conditions(cloud)
    assert {int(name[1:]) % 2 for name, each in found.items() if each is Condition.CREATION_FAILED} == {1}
    assert list(found.values()).count(Condition.NORMAL) == 10
    assert [each.path for each in cloud.requests].count('/messages') == 1


def test_of_many_cinder_is_asked_once_and_only_a_few_of_them_are_kept_meanwhile(
    cloud: FakeCloud, storage: BlockStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creation, '_TOGETHER', 10)
    for number in range(30):
        fail(storage, f'v{number}')
    taken = []
    listed = (taken.append(each) or each for each in list(Volume().listing(cloud)))
    first = next(creation.told(cloud, listed))
    assert (first['name'], first['has_failed'], len(taken)) == ('v0', True, 10)
    assert set(conditions(cloud).values()) == {Condition.CREATION_FAILED}
    assert [each.path for each in cloud.requests].count('/messages') == 2


def test_of_a_few_among_many_cinder_is_asked_one_by_one_until_they_are_more(
    cloud: FakeCloud, storage: BlockStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creation, '_TOGETHER', 4)
    for number in range(36):
        fail(storage, f'v{number}', 'available' if number % 3 else 'error')
    found = conditions(cloud)
    assert {name for name, each in found.items() if each is Condition.CREATION_FAILED} == {
        f'v{number}' for number in range(0, 36, 3)
    }
    asked = [each.query for each in cloud.requests if each.path == '/messages']
    assert [bool(query) for query in asked] == [True] * 8 + [False]


def test_without_a_look_at_messages_nothing_is_proved(cloud: FakeCloud, storage: BlockStorage) -> None:
    fail(storage, 'broken')
    cloud.fail(('block-storage', 'GET', '^/messages'), Forbidden(403, 'no'), times=9)
    assert conditions(cloud) == {'broken': Condition.NORMAL}


def test_messages_that_do_not_come_leave_it_unread(cloud: FakeCloud, storage: BlockStorage) -> None:
    storage.add_volume(status='error')
    cloud.fail(('block-storage', 'GET', '^/messages'), ApiError.of(500, 'no'), times=9)
    with pytest.raises(IncompleteListing):
        list(Volume().discover(cloud))


def test_a_backup_in_error_without_a_reason_was_set_so_by_hand(
    cloud: FakeCloud, storage: BlockStorage
) -> None:
    volume = storage.add_volume()
    storage.add_backup(volume['id'], name='whole', status='error')
    storage.add_backup(volume['id'], name='broken', status='error', fail_reason='no room')
    found = {each.name: each.condition for each in Backup().discover(cloud)}
    assert found == {'whole': Condition.NORMAL, 'broken': Condition.CREATION_FAILED}
