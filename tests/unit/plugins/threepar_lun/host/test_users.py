"""Who has a device open, where it is mounted: read from ``/proc``, of this very machine, too."""

import os
from pathlib import Path

from orphancleanup.plugins.threepar_lun.host import users
from orphancleanup.plugins.threepar_lun.host.users import Opener


def process(root: Path, pid: int, name: str, state: str = 'S (sleeping)', mounts: str = '') -> Path:
    """Add a process."""
    folder = root / f'proc/{pid}'
    (folder / 'fd').mkdir(parents=True)
    (folder / 'ns').mkdir()
    (folder / 'ns/mnt').symlink_to(f'mnt:[{pid}]')
    (folder / 'comm').write_text(name + '\n')
    (folder / 'status').write_text(f'Name:\tx\nState:\t{state}\n')
    (folder / 'mountinfo').write_text(mounts)
    return folder


def device() -> tuple[str, str]:
    """Return a block device of this machine, and its number."""
    for each in Path('/dev').iterdir():
        if each.is_block_device():
            status = each.stat()
            return str(each), f'{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}'
    raise AssertionError('this machine has no block device')


def test_opener_is_told_with_its_name_and_state(tmp_path: Path) -> None:
    node, number = device()
    folder = process(tmp_path, 7, 'qemu-kvm', 'D (disk sleep)')
    (folder / 'fd/3').symlink_to(node)
    (folder / 'fd/4').symlink_to('socket:[1]')
    (folder / 'fd/5').symlink_to('/nowhere')
    found = users.read(tmp_path)
    assert found.openers == {number: (Opener(7, 'qemu-kvm', 'D'),)}
    assert str(found.openers[number][0]) == 'qemu-kvm (pid 7), waiting for the device, has it open'


def test_mounts_of_every_namespace_count_and_are_unescaped(tmp_path: Path) -> None:
    process(tmp_path, 1, 'init', mounts='29 1 254:0 / /a\\040b rw - ext4 /dev/dm-0 rw\nnonsense\n')
    process(tmp_path, 9, 'container', mounts='31 1 254:0 / /inside rw - ext4 /dev/dm-0 rw\n')
    assert users.read(tmp_path).mounts == {'254:0': ('/a b', '/inside')}


def test_swap_counts_as_a_use(tmp_path: Path) -> None:
    node, number = device()
    process(tmp_path, 1, 'init')
    (tmp_path / 'dev').mkdir()
    (tmp_path / node.lstrip('/')).symlink_to(node)
    (tmp_path / 'proc/swaps').write_text(
        f'Filename\tType\tSize\n{node}  partition 1024\n/dev/gone partition 1\n'
    )
    assert users.read(tmp_path).mounts == {number: ('swap',)}


def test_process_that_ends_meanwhile_is_none(tmp_path: Path) -> None:
    (tmp_path / 'proc/5').mkdir(parents=True)
    (tmp_path / 'proc/self').mkdir()
    assert users.read(tmp_path) == users.Users({}, {})


def test_names_are_made_printable() -> None:
    assert str(Opener(1, 'a\x1b[2Jb', 'S')) == 'a?[2Jb (pid 1) has it open'
