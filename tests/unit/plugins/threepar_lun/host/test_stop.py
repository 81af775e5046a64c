"""Input and output is stopped in the measured order, and only when nothing speaks against it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from orphancleanup.errors import Conflict, Unreachable
from orphancleanup.plugins.threepar_lun.host.kernel import Disk
from orphancleanup.plugins.threepar_lun.host.scan import scan
from orphancleanup.plugins.threepar_lun.host.stop import Stop
from orphancleanup.plugins.threepar_lun.host.tools import Tool
from orphancleanup.plugins.threepar_lun.host.users import Opener
from orphancleanup.plugins.threepar_lun.hosts import HostMap
from orphancleanup.testing.clock import FakeClock
from tests.unit.plugins.threepar_lun.host.fake_host import OTHER, READY, WWID, FakeHost, FakeKernel

WORKER = Opener(42, '(udev-worker)', 'D')


def seen(fake: FakeHost, wwid: str = WWID) -> HostMap:
    """Return a map as a scan tells it."""
    (found,) = [each for each in scan(fake.host) if each.wwid == wwid]
    return found


def stop(fake: FakeHost, found: HostMap, may_work: bool = False) -> None:
    """Stop input and output."""
    fake.ran.clear()
    Stop(fake.host, FakeClock(), found, may_work).run()


def refused(fake: FakeHost, found: HostMap, words: str, may_work: bool = False) -> None:
    """See a refusal that changes nothing."""
    before = scan(fake.host), set(fake.queueing)
    with pytest.raises(Conflict, match=words):
        stop(fake, found, may_work)
    assert (scan(fake.host), fake.queueing) == before
    assert fake.deleted == []


def changes(fake: FakeHost) -> list[str]:
    """Return what was run that changes something."""
    changing = ('disablequeueing', 'fail_if_no_path', 'queue_if_no_path', 'restorequeueing', '-f')
    return [word for words in fake.ran for word in words if word in changing]


def test_order_is_the_measured_one(fake: FakeHost) -> None:
    fake.add_lun()
    fake.add_lun('dm-1', OTHER, 2)
    stop(fake, seen(fake))
    assert changes(fake) == ['disablequeueing', 'fail_if_no_path', '-f']
    assert fake.deleted == ['sda', 'sdb']
    assert [each.wwid for each in scan(fake.host)] == [OTHER]


def test_who_waits_for_the_dead_device_is_let_go_first(fake: FakeHost) -> None:
    fake.add_lun()
    fake.openers['254:0'] = (WORKER,)
    stop(fake, seen(fake))
    assert scan(fake.host) == ()


def test_second_time_nothing_is_run(fake: FakeHost) -> None:
    fake.add_lun()
    found = seen(fake)
    stop(fake, found)
    fake.deleted.clear()
    stop(fake, found)
    assert fake.deleted == []
    assert fake.ran == []


def test_stopped_daemon_is_done_without(fake: FakeHost) -> None:
    fake.add_lun()
    for tool in (Tool.SHOW_MAPS, Tool.DISABLE_QUEUEING, Tool.RESTORE_QUEUEING):
        fake.failing[tool] = 'no daemon'
    stop(fake, seen(fake))
    assert scan(fake.host) == ()


def test_path_that_may_work_is_refused_unless_the_lun_is_proved_to_be_nobodys(fake: FakeHost) -> None:
    fake.add_lun()
    fake.states['sdb'] = READY
    refused(fake, seen(fake), r'paths that may work: sdb \(active ready running\)')
    assert changes(fake) == []
    stop(fake, seen(fake), may_work=True)
    assert fake.deleted == ['sda', 'sdb']


def test_path_that_works_again_since_is_refused(fake: FakeHost) -> None:
    fake.add_lun()
    found = seen(fake)
    fake.on[Tool.FAIL_WITHOUT_PATH] = lambda: fake.states.update(sda=READY)
    with pytest.raises(Conflict, match='may work: sda'):
        stop(fake, found)
    assert changes(fake) == ['disablequeueing', 'fail_if_no_path', 'restorequeueing']
    assert fake.queueing == {WWID}


@pytest.mark.parametrize('may_work', [False, True])
@pytest.mark.parametrize(
    ('hold', 'words'),
    [
        (lambda fake: fake.add_above('dm-0', 'dm-9', 'LVM-x'), 'LVM volume vg0-data is on it'),
        (lambda fake: fake.mounts.update({'254:0': ('/mnt',)}), 'mounted on /mnt'),
        (lambda fake: fake.openers.update({'254:0': (Opener(7, 'qemu-kvm', 'S'),)}), r'qemu-kvm \(pid 7\)'),
        (lambda fake: fake.openers.update({'8:0': (Opener(7, 'dd', 'S'),)}), r'sda: dd \(pid 7\)'),
    ],
)
def test_what_holds_it_is_named_and_nothing_is_changed(
    fake: FakeHost, hold: Callable[[FakeHost], None], words: str, may_work: bool
) -> None:
    fake.add_lun()
    hold(fake)
    refused(fake, seen(fake), words, may_work)
    assert changes(fake) == []


def test_opener_that_stays_is_named_and_queueing_is_restored(fake: FakeHost) -> None:
    fake.add_lun()
    fake.openers['254:0'] = (replace(WORKER, state='S'),)
    refused(fake, seen(fake), r'\(udev-worker\) \(pid 42\) has it open')
    assert changes(fake)[-1] == 'restorequeueing'


def test_queueing_is_restored_without_the_daemon_too(fake: FakeHost) -> None:
    fake.add_lun()
    fake.count = 1
    fake.failing[Tool.RESTORE_QUEUEING] = 'no daemon'
    refused(fake, seen(fake), 'something in the kernel has it open')
    assert changes(fake)[-1] == 'queue_if_no_path'


def test_queueing_that_was_off_is_not_switched_on_without_the_daemon(fake: FakeHost) -> None:
    fake.add_lun()
    fake.count = 1
    fake.queueing.clear()
    fake.failing[Tool.RESTORE_QUEUEING] = 'no daemon'
    refused(fake, seen(fake), 'something in the kernel has it open')
    assert fake.queueing == set()


def test_who_comes_while_openers_leave_is_seen(fake: FakeHost) -> None:
    fake.add_lun()
    found = seen(fake)
    fake.on[Tool.COUNT_OPENERS] = lambda: fake.mounts.update({'254:0': ('/mnt',)})
    with pytest.raises(Conflict, match='mounted on /mnt'):
        stop(fake, found)
    assert fake.queueing == {WWID}


def test_map_that_is_another_one_by_now_is_refused(fake: FakeHost) -> None:
    fake.add_lun()
    refused(fake, replace(seen(fake), device='dm-7'), r'is by now .* \(dm-0\)')
    refused(fake, replace(seen(fake), name='mpathb'), 'is by now')


def test_path_that_was_not_seen_is_refused(fake: FakeHost) -> None:
    fake.add_lun()
    found = seen(fake)
    for changed in ('number', 'address', 'device'):
        other = replace(found, paths=(replace(found.paths[0], **{changed: '9:9:9:9'}), found.paths[1]))
        refused(fake, other, 'has a path by now that it had not: sda')


def test_path_that_leads_to_another_lun_is_refused(fake: FakeHost) -> None:
    fake.add_lun()
    (fake.root / 'sys/block/sdb/device/wwid').write_text(f'naa.{OTHER[1:]}')
    refused(fake, seen(fake), 'sdb .* leads to another LUN')
    (fake.root / 'sys/block/sdb/device/wwid').write_text('')
    refused(fake, seen(fake), 'sdb .* does not tell which LUN')


def test_name_that_is_another_device_after_the_flush_is_not_deleted(fake: FakeHost) -> None:
    fake.add_lun()
    found = seen(fake)

    def flush_and_rename(self: FakeHost, name: str) -> object:
        ended = FakeHost._flush(self, name)
        self.remove_disk('sdb')
        self.add_disk('sdb', '5:0:0:9', '8:16', OTHER)
        return ended

    fake._does = {**fake._does, Tool.FLUSH: flush_and_rename}  # type: ignore[misc]
    with pytest.raises(Conflict, match=r'sdb .* is another device by now'):
        stop(fake, found)
    assert fake.deleted == ['sda']


def test_flush_that_fails_is_tried_again_and_then_told(fake: FakeHost) -> None:
    fake.add_lun()
    fake.failing[Tool.FLUSH] = 'map in use'
    refused(fake, seen(fake), 'was not flushed: map in use')
    assert changes(fake).count('-f') > 5
    assert changes(fake)[-1] == 'restorequeueing'


def test_mapper_that_does_not_obey_leaves_the_end_unknown(fake: FakeHost) -> None:
    for tool in (Tool.SHOW_TABLE, Tool.FAIL_WITHOUT_PATH, Tool.COUNT_OPENERS):
        fake.failing = {tool: 'Permission denied'}
        if not scan(fake.host):
            fake.add_lun()
        with pytest.raises(Unreachable, match='Permission denied'):
            stop(fake, seen(fake))
        assert fake.queueing == {WWID}
        assert fake.deleted == []


def test_paths_that_an_earlier_try_left_are_deleted(fake: FakeHost) -> None:
    fake.add_lun()
    found = seen(fake)
    fake.queueing.clear()
    fake.run(Tool.FLUSH, WWID)
    assert seen(fake).device == ''
    stop(fake, found)
    assert fake.deleted == ['sda', 'sdb']


def test_paths_without_a_map_go_when_the_lun_is_proved_to_be_nobodys(fake: FakeHost) -> None:
    fake.add_disk('sda', '0:0:0:0', '8:0', WWID)
    with pytest.raises(Conflict, match='may work'):
        stop(fake, seen(fake))
    assert fake.deleted == []
    stop(fake, seen(fake), may_work=True)
    assert fake.deleted == ['sda']
    assert scan(fake.host) == ()


def test_what_was_left_is_not_deleted_when_it_is_anothers_used_or_may_work(fake: FakeHost) -> None:
    fake.add_lun()
    found = seen(fake)
    fake.queueing.clear()
    fake.run(Tool.FLUSH, WWID)
    working = replace(found, paths=tuple(replace(path, mapper_state='active') for path in found.paths))
    with pytest.raises(Conflict, match='may work'):
        stop(fake, working)
    fake.openers['8:0'] = (Opener(11, 'dd', 'S'),)
    with pytest.raises(Conflict, match='dd'):
        stop(fake, found)
    fake.openers.clear()
    for device in ('sda', 'sdb'):
        (fake.root / f'sys/block/{device}/device/wwid').write_text(f'naa.{OTHER[1:]}')
    stop(fake, found)
    assert fake.deleted == []


def test_map_with_a_name_that_could_be_an_option_is_left_alone(fake: FakeHost) -> None:
    fake.add_lun(name='-F')
    refused(fake, seen(fake), "'-F'")


def test_two_maps_of_one_lun_are_refused(fake: FakeHost) -> None:
    fake.add_lun()
    found = seen(fake)
    fake.add_map('dm-1', WWID, name='again')
    with pytest.raises(Conflict, match='2 times'):
        stop(fake, found)
    assert fake.deleted == []


def test_map_that_comes_back_is_told(fake: FakeHost) -> None:
    fake.add_lun()
    found = seen(fake)
    host = replace(fake.host, kernel=Haunted(fake.root, fake))
    with pytest.raises(Conflict, match='came back'):
        Stop(host, FakeClock(), found).run()


class Haunted(FakeKernel):
    """Somebody makes the map anew while its paths are deleted."""

    __slots__ = ()

    def delete(self, disk: Disk) -> None:
        super().delete(disk)
        if disk.device == 'sda':
            self.fake.add_map('dm-5', WWID)
