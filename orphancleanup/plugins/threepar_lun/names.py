"""The names that Cinder's 3PAR driver gives to what it makes on an array, both ways. Pure.

A name is a prefix, a hyphen, and the 16 bytes of a UUID in 22 characters of base64, in which ``.`` stands for ``+`` and
``-`` for ``/`` (cinder/volume/drivers/hpe/hpe_3par_common.py, ``_encode_name``). Nearly half of all names have a hyphen
in the second part, too, so that they are never split; and a name counts only when its UUID leads back to the same name.
"""

import base64
import binascii
import enum
import re
import uuid
from dataclasses import dataclass

_TO_NAME = str.maketrans('+/', '.-')
_TO_BASE64 = str.maketrans('.-', '+/')
_NAME = re.compile(r'(osv|tsv|oss|tss|ums|unm|vvs)-([A-Za-z0-9.\-]{22})')


class Role(enum.StrEnum):
    """What the driver made: the prefix of its name."""

    VOLUME = 'osv'
    #: a volume's name for a moment, while names are swapped after a migration
    SWAPPED_VOLUME = 'tsv'
    SNAPSHOT = 'oss'
    #: made for a clone, expires after an hour; its UUID is of nothing that Cinder knows
    TEMPORARY_SNAPSHOT = 'tss'
    #: given back to the operator by Cinder's ``unmanage``: no longer Cinder's
    UNMANAGED_SNAPSHOT = 'ums'
    UNMANAGED_VOLUME = 'unm'
    #: a volume's or a group's set of volumes
    VOLUME_SET = 'vvs'


#: what Cinder gave back
UNMANAGED = frozenset({Role.UNMANAGED_SNAPSHOT, Role.UNMANAGED_VOLUME})


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the driver gave.

    :param id: the UUID in it, in Cinder's spelling: of a volume its ``_name_id`` or its ``id``.
    """

    role: Role
    id: str

    def __str__(self) -> str:
        return encode(self.role, self.id)


def encode(role: Role, identifier: str) -> str:
    """Return the name of something on the array.

    :param identifier: a UUID in any spelling.
    :raises ValueError: when it is none.
    """
    text = base64.b64encode(uuid.UUID(identifier).bytes).decode().translate(_TO_NAME)
    return f'{role}-{text.rstrip("=")}'


def decode(name: object) -> Name | None:
    """Return what the driver says with a name; None for a name that it has not given."""
    found = _NAME.fullmatch(name) if isinstance(name, str) else None
    if not found:
        return None
    try:
        identifier = str(uuid.UUID(bytes=base64.b64decode(found[2].translate(_TO_BASE64) + '==')))
    except (binascii.Error, ValueError):
        return None
    decoded = Name(Role(found[1]), identifier)
    # The last character has four spare bits: 16 spellings lead to one UUID, and the driver writes one of them.
    return decoded if str(decoded) == name else None
