"""What the comment of a volume on the array says. Pure.

Cinder's driver writes JSON there, but not always: clones had none before its version 4.0.26, after a migration or a
retype it is ``null`` since Victoria, and the array cuts it after 511 characters. So it never proves that something is
Cinder's; it only speaks against it, or for a living volume.
"""

import json
import re
import uuid
from dataclasses import dataclass

_UUID = re.compile(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')
_KEYS = ('volume_id', '_name_id')
# As the driver writes it; of a snapshot only the names of these keys tell where it comes from.
_OPENSTACK = re.compile(r'"type":\s*"OpenStack"|^\{"volume_name":|"volume_id":')
_EMPTY = frozenset({'', 'null', '{}', 'None'})


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, read.

    :param is_foreign: whether somebody else wrote it, so that the volume is none of Cinder's, or is wanted.
    :param ids: the UUIDs of the volumes that it names.
    """

    is_foreign: bool = False
    ids: frozenset[str] = frozenset()


def read(text: object) -> Comment:
    """Return what a comment says; one that is not there, or was lost, says nothing."""
    if text is None:
        return Comment()
    if not isinstance(text, str):
        return Comment(is_foreign=True)
    if text.strip() in _EMPTY:
        return Comment()
    try:
        document = json.loads(text)
    except ValueError:
        return _cut(text)
    return _whole(document) if isinstance(document, dict) else Comment(is_foreign=True)


def _whole(document: dict[str, object]) -> Comment:
    ids = frozenset(filter(None, (_identifier(document.get(key)) for key in _KEYS)))
    is_snapshot = 'volume_name' in document and 'type' not in document
    if document.get('type') == 'OpenStack' or (is_snapshot and ids):
        return Comment(ids=ids)
    return Comment(is_foreign=True)


def _cut(text: str) -> Comment:
    """Return what is left of the driver's JSON that was cut; anything else is somebody's own words."""
    if not (text.startswith('{') and _OPENSTACK.search(text)):
        return Comment(is_foreign=True)
    return Comment(ids=frozenset(_UUID.findall(text)))


def _identifier(value: object) -> str | None:
    try:
        return str(uuid.UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None
