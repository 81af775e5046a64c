"""The array: LUNs of Linux' own SCSI target, each exported to this host on several paths.

The target lets a LUN call itself as an array's does: vendor, product, and a WWN of the vendor's number and a serial
number. So whatever reads the WWN (udev, multipath-tools, the kernel) reads a 3PAR's.
"""

from dataclasses import dataclass
from pathlib import Path

_CONFIGURATION = Path('/sys/kernel/config/target')
_SIZE = 8 << 20
_VENDOR_NUMBER = '0x0002ac'


@dataclass(frozen=True, slots=True)
class Lun:
    """One LUN.

    :param number: among the LUNs of the array, from 1 on.
    :param serial: the 25 hexadecimal digits after ``60002ac``.
    :param paths: how many paths lead to it.
    """

    number: int
    serial: str
    paths: int = 2

    @property
    def wwid(self) -> str:
        """What multipath calls it."""
        return f'360002ac{self.serial}'

    def export(self) -> None:
        """Make it, and have this host see it on each of its paths."""
        store = self._make()
        for path in range(self.paths):
            group = self._group(path)
            group.mkdir(parents=True)
            (group / 'nexus').write_text(f'naa.6001405ffffff{path:03x}')
            (group / 'lun/lun_0').mkdir()
            self._link(path).symlink_to(store)

    def reexport(self, path: int) -> None:
        """Have this host see it anew on a path whose device was deleted."""
        store = self._link(path).resolve()
        self._link(path).unlink()
        self._link(path).symlink_to(store)

    def unexport(self, *paths: int) -> None:
        """Have no path answer, or not the named ones: as when it is exported no more, or a cable was pulled."""
        for path in paths or range(self.paths):
            (self._group(path) / 'transport_status').write_text('offline')

    def _make(self) -> Path:
        store = _CONFIGURATION / f'core/fileio_{self.number}/lun'
        store.mkdir(parents=True)
        content = Path(f'/run/lun-{self.number}')
        with content.open('wb') as file:
            file.truncate(_SIZE)
        (store / 'wwn/company_id').write_text(_VENDOR_NUMBER)
        (store / 'wwn/vendor_id').write_text('3PARdata')
        (store / 'wwn/product_id').write_text('VV')
        (store / 'control').write_text(f'fd_dev_name={content},fd_dev_size={_SIZE}')
        (store / 'enable').write_text('1')
        (store / 'wwn/vpd_unit_serial').write_text(self.serial)
        return store

    def _link(self, path: int) -> Path:
        return self._group(path) / 'lun/lun_0/store'

    def _group(self, path: int) -> Path:
        return _CONFIGURATION / f'loopback/naa.60014050000000{path:02x}/tpgt_{self.number}'
