"""What an array has, as values: volumes, exports and sets, read from its records without guessing. Pure."""

import datetime
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orphancleanup.errors import IncompleteListing

Record = Mapping[str, Any]
#: what ``rcopyStatus`` says of a volume that is not replicated (1 in the developer guide; 0 before WSAPI 1.4)
_NOT_REPLICATED = (None, 0, 1)
_VIRTUAL_COPY = 3
#: how an export of a whole set of volumes, or to a set of hosts, is written
SHARED = 'set:'


@dataclass(frozen=True, slots=True)
class Volume:
    """A virtual volume, or a snapshot of one.

    :param wwn: in capitals.
    :param cpg: the pool that its data are in.
    :param size: GiB.
    :param made: aware, UTC; None when the array does not tell.
    :param copy_of: the volume that it is a snapshot of; empty when it is none.
    :param expires: when it may be removed by itself; None for never.
    :param retained: until when the array lets nobody remove it; None when it does.
    :param is_replicated: whether it is in a remote copy group.
    """

    name: str
    wwn: str
    cpg: str
    size: float
    made: datetime.datetime | None = None
    comment: object = None
    copy_of: str = ''
    expires: datetime.datetime | None = None
    retained: datetime.datetime | None = None
    is_replicated: bool = False


@dataclass(frozen=True, slots=True)
class Export:
    """A template VLUN: what exports a volume to a host; the active ones come and go with it.

    :param port: node, slot and card port of an export by a port; None when it is by none.
    """

    volume: str
    lun: int
    host: str
    wwn: str = ''
    port: tuple[int, int, int] | None = None

    @property
    def is_shared(self) -> bool:
        """Whether other volumes or other hosts would lose something, too."""
        return self.volume.startswith(SHARED) or self.host.startswith(SHARED)

    def __str__(self) -> str:
        at = ',{}:{}:{}'.format(*self.port) if self.port else ''
        return f'{self.volume},{self.lun},{self.host}{at}'


@dataclass(frozen=True, slots=True)
class VolumeSet:
    """A set of volumes."""

    name: str
    members: tuple[str, ...]
    comment: object = None


def volume(record: Record) -> Volume:
    """Return a volume from its record.

    :raises IncompleteListing: when it lacks what decides over it.
    """
    name = _text(record, 'name', 'A volume')
    is_copy = record.get('copyType') == _VIRTUAL_COPY
    return Volume(
        name=name,
        wwn=_text(record, 'wwn', name).upper(),
        cpg=str(record.get('userCPG') or record.get('snapCPG') or ''),
        size=round(_number(record, 'sizeMiB', name) / 1024, 3),
        made=_moment(record.get('creationTimeSec')),
        comment=record.get('comment'),
        copy_of=_text(record, 'copyOf', name) if is_copy else '',
        expires=_moment(record.get('expirationTimeSec')) or _time(record.get('expirationTime8601')),
        retained=_moment(record.get('retentionTimeSec')) or _time(record.get('retentionTime8601')),
        is_replicated=record.get('rcopyStatus') not in _NOT_REPLICATED or bool(record.get('rcopyGroup')),
    )


def export(record: Record) -> Export | None:
    """Return an export from its record; None for an active one, which only says that a path uses a template.

    :raises IncompleteListing: when it lacks what names it.
    """
    name = _text(record, 'volumeName', 'An export')
    active, lun = record.get('active'), record.get('lun')
    if not isinstance(active, bool) or not isinstance(lun, int):
        raise IncompleteListing(
            f'An export of {name} came without its LUN, or without telling whether it is active.'
        )
    if active:
        return None
    host, wwn = str(record.get('hostname') or ''), str(record.get('volumeWWN') or '').upper()
    return Export(name, lun, host, wwn, _port(record, name))


def _port(record: Record, name: str) -> tuple[int, int, int] | None:
    port = record.get('portPos')
    if port is None:
        return None
    match port:
        case {'node': int(node), 'slot': int(slot), 'cardPort': int(card_port)}:
            return node, slot, card_port
    raise IncompleteListing(f'An export of {name} came without telling by which port.')


def volume_set(record: Record) -> VolumeSet:
    """Return a set from its record.

    :raises IncompleteListing: when it has no name.
    """
    name, found = _text(record, 'name', 'A volume set'), record.get('setmembers')
    listed = [] if found is None else found
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise IncompleteListing(f"{name} came from the array without its 'setmembers'.")
    return VolumeSet(name, tuple(listed), record.get('comment'))


def members(document: object, what: str) -> list[Record]:
    """Return the records in the document of a list.

    :raises IncompleteListing: when it is none, or is not the whole, as its own count tells.
    """
    found = document.get('members') if isinstance(document, Mapping) else None
    if not isinstance(found, list) or not all(isinstance(each, Mapping) for each in found):
        raise IncompleteListing(f'The answer about the {what} is no list of them.')
    assert isinstance(document, Mapping)
    total = document.get('total')
    if total != len(found):
        raise IncompleteListing(f'Of the {what} {len(found)} were shown, but the array counts {total}.')
    return found


def unique(records: list[Record], what: str) -> list[Record]:
    """Return the records of a list whose names are each there once.

    :raises IncompleteListing: when one is there twice: then the count is reached although another one is missing.
    """
    twice = [name for name, count in Counter(str(each.get('name')) for each in records).items() if count > 1]
    if twice:
        raise IncompleteListing(
            f'Of the {what} {twice[0]} was shown twice; they changed meanwhile: run again.'
        )
    return records


def _text(record: Record, field: str, what: str) -> str:
    found = record.get(field)
    if not isinstance(found, str) or not found:
        raise IncompleteListing(f'{what} came from the array without its {field!r}.')
    return found


def _number(record: Record, field: str, what: str) -> float:
    found = record.get(field)
    if not isinstance(found, int | float):
        raise IncompleteListing(f'{what} came from the array without its {field!r}.')
    return float(found)


def _moment(seconds: object) -> datetime.datetime | None:
    if not isinstance(seconds, int | float) or seconds <= 0:
        return None
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC)


def _time(text: object) -> datetime.datetime | None:
    try:
        moment = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment.astimezone(datetime.UTC) if moment.tzinfo else None
