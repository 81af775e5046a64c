"""Who uses a block device: mounts of all mount namespaces, swap, devices on it, and open files of all processes.

An instance is what was true when it was read. What the kernel itself has open (a target, a loop device) has no process;
only the open count of device mapper tells of it.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as File

#: what looks at a device in passing, and waits for a dead one as long as queueing is on: it leaves by itself then
PASSERS_BY = frozenset(
    {
        'systemd-udevd', '(udev-worker)', 'udevd', 'blkid', 'blockdev', 'kpartx', 'lvm', 'lvs', 'multipath', 'pvs',
        'pvscan', 'vgchange', 'vgs',
    }
)  # fmt: skip
#: stands among the mounts for swap
SWAP = 'swap'
# Links of open files that are no device.
_NO_DEVICE = ('socket:', 'pipe:', 'anon_inode:', 'net:', 'mnt:')
_OCTAL = re.compile(r'\\([0-7]{3})')


@dataclass(frozen=True, slots=True)
class Opener:
    """A process that has a block device open.

    :param name: of the process, a stranger's word.
    :param state: the kernel's letter for it; ``D`` waits for a device and cannot be ended.
    """

    pid: int
    name: str
    state: str

    @property
    def is_passing_by(self) -> bool:
        """Whether it leaves by itself as soon as the device answers, or fails."""
        return self.name in PASSERS_BY

    def __str__(self) -> str:
        waits = ', waiting for the device,' if self.state == 'D' else ''
        return f'{printable(self.name)} (pid {self.pid}){waits} has it open'


@dataclass(frozen=True, slots=True)
class Users:
    """Who uses which block device, by major and minor number.

    :param openers: number to the processes that have it open.
    :param mounts: number to where it is mounted, in any mount namespace.
    """

    openers: Mapping[str, tuple[Opener, ...]]
    mounts: Mapping[str, tuple[str, ...]]


def read(root: File = File('/')) -> Users:
    """Read who uses which block device.

    :param root: where ``/proc`` is; another folder in tests.
    :raises PermissionError: when we may not see what other users' processes have open: nothing is known then.
    """
    openers: dict[str, list[Opener]] = {}
    mounts: dict[str, set[str]] = {}
    seen: set[str] = set()
    for process in (root / 'proc').iterdir():
        if process.name.isdecimal():
            for number in _open_devices(process):
                openers.setdefault(number, []).append(_opener(process))
            for number, place in _mounts(process, seen):
                mounts.setdefault(number, set()).add(place)
    for number in _swaps(root):
        mounts.setdefault(number, set()).add(SWAP)
    return Users(
        {number: tuple(sorted(set(found), key=lambda each: each.pid)) for number, found in openers.items()},
        {number: tuple(sorted(found)) for number, found in mounts.items()},
    )


def printable(text: str) -> str:
    """Return a stranger's word without what a terminal would take for a command."""
    return ''.join(each if each.isprintable() else '?' for each in text)


def _open_devices(process: File) -> set[str]:
    found = set()
    for link in _members(process / 'fd'):
        try:
            if os.readlink(link).startswith(_NO_DEVICE):
                continue
            status = os.stat(link)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if stat.S_ISBLK(status.st_mode):
            found.add(f'{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}')
    return found


def _members(folder: File) -> list[File]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []


def _opener(process: File) -> Opener:
    state = re.search(r'^State:\s+(\S)', _read(process / 'status'), re.MULTILINE)
    return Opener(
        int(process.name), _read(process / 'comm').strip() or 'a process', state[1] if state else '?'
    )


def _mounts(process: File, seen: set[str]) -> Iterator[tuple[str, str]]:
    """Yield number and place of what is mounted; processes share mount namespaces, and each is read once."""
    try:
        namespace = os.readlink(process / 'ns/mnt')
    except (FileNotFoundError, ProcessLookupError):
        return
    if namespace in seen:
        return
    seen.add(namespace)
    for line in _read(process / 'mountinfo').splitlines():
        # id, parent, number, root, mount point, ... (proc(5))
        fields = line.split(' ')
        if len(fields) > 4:
            yield fields[2], _unescaped(fields[4])


def _swaps(root: File) -> Iterator[str]:
    for line in _read(root / 'proc/swaps').splitlines()[1:]:
        name = _unescaped(line.split(' ', 1)[0].split('\t', 1)[0])
        try:
            status = os.stat(root / name.lstrip('/'))
        except FileNotFoundError:
            continue
        if stat.S_ISBLK(status.st_mode):
            yield f'{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}'


def _unescaped(text: str) -> str:
    return _OCTAL.sub(lambda match: chr(int(match[1], 8)), text)


def _read(file: File) -> str:
    try:
        return file.read_text(errors='replace')
    except (FileNotFoundError, ProcessLookupError):
        return ''
