"""The names of one LUN: the array's WWN and multipath's WWID.

``scsi_id`` of udev prepends the type of the identifier, 3 for NAA, to the WWN in lower case. An NAA 6 identifier has 16
bytes and an NAA 5 one has 8; both go on with the array vendor's number, which is 0002AC for 3PAR, Primera and Alletra.
"""

import re

_WWN = re.compile(r'60002AC[0-9A-F]{25}|50002AC[0-9A-F]{9}')
_NAA = '3'
_KERNEL_PREFIX = 'naa.'


def is_lun(wwid: str) -> bool:
    """Return whether a WWID, as multipath writes it, is that of an array's LUN."""
    return wwid[:1] == _NAA and wwid == wwid.lower() and _WWN.fullmatch(wwid[1:].upper()) is not None


def wwid_of(wwn: str) -> str:
    """Return the WWID of a LUN.

    :param wwn: as the array tells it, in upper or lower case.
    :returns: for instance ``360002ac00000000000000bef00002de4``.
    :raises ValueError: when it is no WWN of a LUN.
    """
    if not (wwn.isascii() and _WWN.fullmatch(wwn.upper())):
        raise ValueError(
            f'{wwn!r} is no WWN of a LUN: those are 60002AC and 25 or 50002AC and 9 more hexadecimal digits.'
        )
    return _NAA + wwn.lower()


def wwn_of(wwid: str) -> str:
    """Return the WWN of a LUN, as the array writes it.

    :param wwid: as multipath writes it.
    :returns: for instance ``60002AC00000000000000BEF00002DE4``.
    :raises ValueError: when it is no WWID of a LUN.
    """
    if not is_lun(wwid):
        raise ValueError(
            f'{wwid!r} is no WWID of a LUN: those are 360002ac and 25 or 350002ac and 9 more hexadecimal digits.'
        )
    return wwid[1:].upper()


def from_kernel(text: str) -> str:
    """Return the WWID that the kernel's ``/sys/block/sdX/device/wwid`` means; empty when that is no NAA identifier."""
    told = text.strip()
    return _NAA + told.removeprefix(_KERNEL_PREFIX).lower() if told.startswith(_KERNEL_PREFIX) else ''
