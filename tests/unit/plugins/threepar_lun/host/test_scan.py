"""What a scan tells: the kernel says which maps and paths there are, multipath-tools how they fare."""

from pathlib import Path as File

import pytest

from orphancleanup.errors import Unreachable
from orphancleanup.plugins.threepar_lun.host.scan import scan
from orphancleanup.plugins.threepar_lun.host.tools import Tool
from orphancleanup.plugins.threepar_lun.host.users import Opener
from orphancleanup.plugins.threepar_lun.hosts import HostMap, Path
from tests.unit.plugins.threepar_lun.host.fake_host import OTHER, WWID, FakeHost


def one(fake: FakeHost) -> HostMap:
    """Return the only map."""
    (found,) = scan(fake.host)
    return found


def test_map_is_told_with_its_paths(fake: FakeHost) -> None:
    fake.add_lun()
    assert one(fake) == HostMap(
        'compute1', WWID, WWID, 'dm-0',
        (
            Path('sda', '0:0:0:0', '8:0', 'failed', 'faulty', 'running'),
            Path('sdb', '1:0:0:0', '8:16', 'failed', 'faulty', 'running'),
        ),
    )  # fmt: skip


def test_state_of_the_device_is_the_kernels(fake: FakeHost) -> None:
    fake.add_lun()
    (fake.root / 'sys/block/sda/device/state').write_text('offline\n')
    assert one(fake).paths[0].device_state == 'offline'


def test_host_without_maps_needs_no_multipath_tools(fake: FakeHost) -> None:
    fake.add_disk('sda', '0:0:0:0', '8:0', '35000c500a1b2c3d4')
    assert scan(fake.host) == ()
    assert fake.ran == []


def test_paths_without_a_map_are_told_as_one_without_a_device_and_may_work(fake: FakeHost) -> None:
    fake.add_lun('dm-1', OTHER, 2)
    fake.add_disk('sda', '0:0:0:0', '8:0', WWID)
    fake.add_disk('sdb', '1:0:0:0', '8:16', WWID)
    fake.openers['8:16'] = (Opener(7, 'qemu-kvm', 'S'),)
    _, bare = scan(fake.host)
    assert (bare.wwid, bare.device, [path.device for path in bare.paths]) == (WWID, '', ['sda', 'sdb'])
    assert not bare.is_faulty
    assert bare.holders == ('sdb: qemu-kvm (pid 7) has it open',)


def test_partition_of_a_path_counts_as_the_path(fake: FakeHost) -> None:
    fake.add_disk('sda', '0:0:0:0', '8:0', WWID)
    partition = fake.root / 'sys/block/sda/sda1'
    partition.mkdir()
    for name, text in (('partition', '1'), ('dev', '8:1')):
        (partition / name).write_text(text)
    assert one(fake).holders == ()
    fake.mounts = {'8:1': ('/mnt',)}
    assert one(fake).holders == ('sda: sda1: mounted on /mnt',)


def test_path_outside_of_its_map_holds_it(fake: FakeHost) -> None:
    fake.add_lun()
    fake.add_disk('sdc', '2:0:0:0', '8:32', WWID)
    assert one(fake).holders == ('sdc (2:0:0:0) is a path to it outside of it',)


def test_maps_of_other_arrays_and_partitions_are_left_out(fake: FakeHost) -> None:
    fake.add_lun()
    fake.add_lun('dm-1', '36000d31000a1b20000000000000000b1', 2)
    fake.add_above('dm-0', 'dm-2', f'part1-mpath-{WWID}')
    assert [each.device for each in scan(fake.host)] == ['dm-0']


def test_without_the_daemon_the_text_tells(fake: FakeHost) -> None:
    fake.add_lun()
    fake.failing[Tool.SHOW_MAPS] = ''
    assert one(fake).is_faulty


def test_without_the_daemon_and_the_text_nothing_is_known(fake: FakeHost) -> None:
    fake.add_lun()
    fake.failing = {Tool.SHOW_MAPS: '', Tool.LIST: 'need to be root'}
    with pytest.raises(Unreachable, match='need to be root'):
        scan(fake.host)


def test_path_that_nobody_tells_of_may_work(fake: FakeHost) -> None:
    fake.add_lun()
    fake.untold.add('sdb')
    found = one(fake)
    assert [path.is_faulty for path in found.paths] == [True, False]
    assert not found.is_faulty


def test_path_whose_name_was_anothers_is_not_told_by_its_state(fake: FakeHost) -> None:
    fake.add_lun()
    fake.failing[Tool.SHOW_MAPS] = 'no daemon'
    listed = fake.run(Tool.LIST).output.replace('0:0:0:0 sda', '7:7:7:7 sda')
    fake.saying[Tool.LIST] = listed
    assert [path.is_faulty for path in one(fake).paths] == [False, True]
    fake.saying[Tool.LIST] = listed.replace('7:7:7:7 sda', '0:0:0:0 sda').replace('8:0', '8:160')
    assert [path.is_faulty for path in one(fake).paths] == [False, True]


def test_deleted_path_is_no_path_and_its_name_may_be_anothers(fake: FakeHost) -> None:
    fake.add_lun()
    fake.remove_disk('sda')
    assert [path.device for path in one(fake).paths] == ['sdb']
    fake.add_disk('sda', '5:0:0:7', '8:0', OTHER)
    assert [[path.device for path in each.paths] for each in scan(fake.host)] == [['sdb'], ['sda']]


def test_slave_whose_name_is_another_device_may_work(fake: FakeHost) -> None:
    fake.add_lun()
    (fake.root / 'sys/devices/old/sda').mkdir(parents=True)
    link = fake.root / 'sys/block/dm-0/slaves/sda'
    link.unlink()
    link.symlink_to(fake.root / 'sys/devices/old/sda')
    assert [(path.device, path.address, path.is_faulty) for path in one(fake).paths] == [
        ('sda', '', False), ('sdb', '1:0:0:0', True),
    ]  # fmt: skip


def test_slave_that_is_no_scsi_device_may_work(fake: FakeHost) -> None:
    fake.add_lun()
    (fake.root / 'sys/block/nvme0n1').mkdir()
    fake.untold.add('nvme0n1')
    (fake.root / 'sys/block/dm-0/slaves/nvme0n1').symlink_to(fake.root / 'sys/block/nvme0n1')
    assert not one(fake).is_faulty


def test_everything_that_holds_a_map_is_named(fake: FakeHost) -> None:
    fake.add_lun()
    fake.add_above('dm-0', 'dm-9', 'LVM-x')
    fake.openers = {
        '254:0': (Opener(7, 'qemu-kvm', 'S'), Opener(8, '(udev-worker)', 'D')),
        '254:99': (Opener(9, 'mysqld', 'S'),),
        '8:0': (Opener(10, 'multipathd', 'S'), Opener(11, 'dd', 'D')),
    }
    fake.mounts = {'254:0': ('/mnt',), '254:99': ('swap',)}
    assert one(fake).holders == (
        'mounted on /mnt',
        'qemu-kvm (pid 7) has it open',
        'LVM volume vg0-data is on it',
        'LVM volume vg0-data: swap is on it',
        'LVM volume vg0-data: mysqld (pid 9) has it open',
        'sda: dd (pid 11), waiting for the device, has it open',
    )


def test_what_users_cannot_be_seen_makes_the_host_unread(fake: FakeHost) -> None:
    fake.add_lun()

    def refused() -> None:
        raise PermissionError(13, 'Permission denied', '/proc/1/fd')

    host = type(fake.host)('compute1', fake.host.kernel, fake, refused)  # type: ignore[arg-type]
    with pytest.raises(Unreachable, match=r'Permission denied: /proc/1/fd.*as root'):
        scan(host)


def test_host_without_sys_is_unread(tmp_path: File, fake: FakeHost) -> None:
    (fake.root / 'sys/block').rmdir()
    with pytest.raises(Unreachable):
        scan(fake.host)
