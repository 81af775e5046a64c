"""What the kernel says in ``/sys`` and ``/proc``: without a request to a device, so that nothing hangs on a dead LUN.

It alone tells which maps and paths there are. Names of devices are no identities: ``sdr`` may be another LUN's path
after the next start, or after the next rescan.
"""

import errno
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File

from orphancleanup.plugins.threepar_lun.host import wwid

_MAP = re.compile(r'dm-\d+')
_DISK = re.compile(r'sd[a-z]+')
_ADDRESS = re.compile(r'\d+:\d+:\d+:\d+')
# Set by libmultipath; what kpartx makes on a map begins with "part1-mpath-".
_MULTIPATH = 'mpath-'
# What the kernel answers for an attribute of a device that goes just then, or that has no such identifier.
_GOING = (errno.ENODEV, errno.ENXIO, errno.EINVAL)
_KINDS = (
    ('LVM-', 'LVM volume'),
    ('CRYPT-', 'encrypted device'),
    ('mpath-', 'multipath map'),
    ('part', 'partition'),
)


@dataclass(frozen=True, slots=True)
class Disk:
    """One SCSI device, by everything that tells it from another.

    :param device: the kernel's name (``sdr``).
    :param address: host, channel, target, LUN.
    :param number: major and minor number.
    :param wwid: of the LUN, as the kernel read it from the device itself; empty when it did not.
    """

    device: str
    address: str
    number: str
    wwid: str


@dataclass(frozen=True, slots=True)
class DeviceMap:
    """One multipath map.

    :param wwid: that it was made for.
    :param name: of the map in device mapper.
    :param device: the kernel's name (``dm-23``).
    :param number: major and minor number.
    :param disks: its paths; one that cannot be told is there with its name alone.
    :param above: the devices that stand on it, by the kernel's names.
    """

    wwid: str
    name: str
    device: str
    number: str
    disks: tuple[Disk, ...]
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kernel:
    """Reads ``/sys`` and ``/proc`` of a host.

    :param root: where they are; another folder in tests.
    """

    root: File = File('/')

    @property
    def blocks(self) -> File:
        """The folder of all block devices."""
        return self.root / 'sys/block'

    def maps(self) -> tuple[DeviceMap, ...]:
        """Return all multipath maps of arrays' LUNs.

        :raises OSError: when they cannot be read.
        """
        devices = sorted(each.name for each in self.blocks.iterdir() if _MAP.fullmatch(each.name))
        return tuple(found for found in map(self.map, devices) if found is not None)

    def disks(self) -> tuple[Disk, ...]:
        """Return all SCSI devices that are paths to arrays' LUNs, with a map or without.

        :raises OSError: when they cannot be read.
        """
        devices = sorted(each.name for each in self.blocks.iterdir() if _DISK.fullmatch(each.name))
        return tuple(
            found for found in map(self.disk, devices) if found is not None and wwid.is_lun(found.wwid)
        )

    def map(self, device: str) -> DeviceMap | None:
        """Return a multipath map of an array's LUN; None when there is no such device, or it is something else.

        :raises OSError: when it cannot be read.
        """
        folder = self.blocks / device
        if not _MAP.fullmatch(device):
            return None
        identifier = _read(folder / 'dm/uuid')
        if not identifier.startswith(_MULTIPATH) or not wwid.is_lun(identifier.removeprefix(_MULTIPATH)):
            return None
        return DeviceMap(
            wwid=identifier.removeprefix(_MULTIPATH),
            name=_read(folder / 'dm/name'),
            device=device,
            number=_read(folder / 'dev'),
            disks=tuple(self._paths(folder / 'slaves')),
            above=_names(folder / 'holders'),
        )

    def _paths(self, slaves: File) -> Iterator[Disk]:
        for link in (slaves / name for name in _names(slaves)):
            # The link of a deleted device stays while the map is open; its name may be another device's by then.
            if link.exists():
                is_same = link.resolve() == (self.blocks / link.name).resolve()
                yield (self.disk(link.name) if is_same else None) or Disk(link.name, '', '', '')

    def disk(self, device: str) -> Disk | None:
        """Return a SCSI device; None when there is none of that name.

        :raises OSError: when it cannot be read.
        """
        folder = self.blocks / device
        number = _read(folder / 'dev')
        address = (folder / 'device').resolve().name
        if not _DISK.fullmatch(device) or not number or not _ADDRESS.fullmatch(address):
            return None
        return Disk(device, address, number, wwid.from_kernel(_read(folder / 'device/wwid')))

    def disk_state(self, device: str) -> str:
        """Return what the kernel says of a SCSI device (``running``, ``offline``); empty when there is none."""
        return _read(self.blocks / device / 'device/state')

    def above(self, device: str) -> tuple[str, ...]:
        """Return the kernel's names of the devices that stand on one."""
        return _names(self.blocks / device / 'holders')

    def partitions(self, device: str) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """Return name, number and devices on it of each partition that the kernel itself has made of a disk."""
        folders = (self.blocks / device / name for name in _names(self.blocks / device))
        return tuple(
            (each.name, _read(each / 'dev'), _names(each / 'holders'))
            for each in folders
            if _read(each / 'partition')
        )

    def number(self, device: str) -> str:
        """Return the major and minor number of a device; empty when there is none."""
        return _read(self.blocks / device / 'dev')

    def describe(self, device: str) -> str:
        """Return what a device on another one is, as a phrase."""
        folder = self.blocks / device
        identifier, name = _read(folder / 'dm/uuid'), _read(folder / 'dm/name')
        kind = next((word for start, word in _KINDS if identifier.startswith(start)), 'device')
        return f'{kind} {name or device}'

    def delete(self, disk: Disk) -> None:
        """Have the kernel forget a SCSI device, without a request to it.

        :raises OSError: when it is gone, or we may not.
        """
        (self.blocks / disk.device / 'device/delete').write_text('1')


def _read(file: File) -> str:
    """Return what a file of sysfs says; empty when there is none, since devices come and go while they are read."""
    try:
        return file.read_text(errors='replace').strip()
    except (FileNotFoundError, NotADirectoryError):
        return ''
    except OSError as error:
        if error.errno in _GOING:
            return ''
        raise


def _names(folder: File) -> tuple[str, ...]:
    try:
        return tuple(sorted(each.name for each in folder.iterdir()))
    except (FileNotFoundError, NotADirectoryError):
        return ()
