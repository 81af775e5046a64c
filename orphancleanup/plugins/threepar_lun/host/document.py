"""One JSON document per host: how maps are told by the program on the host, and read where they were asked for.

What another host answers is a stranger's word: it is checked whole, and anything unexpected makes it no answer.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from orphancleanup.errors import Conflict, OrphancleanupError, Unreachable
from orphancleanup.plugins.threepar_lun.host import wwid
from orphancleanup.plugins.threepar_lun.host.users import printable
from orphancleanup.plugins.threepar_lun.hosts import HostMap, Path

#: raised when a document means something else than before
FORMAT = 1
_PATH_FIELDS = tuple(field.name for field in dataclasses.fields(Path))


def of_maps(maps: tuple[HostMap, ...]) -> dict[str, Any]:
    """Return maps as plain values."""
    return {'format': FORMAT, 'maps': [dataclasses.asdict(each) for each in maps]}


def of_nothing() -> dict[str, Any]:
    """Return the answer to what was done and has no result."""
    return {'format': FORMAT}


def of_error(error: OrphancleanupError) -> dict[str, Any]:
    """Return an error as plain values; whether something speaks against it, or nothing is known."""
    code = 'conflict' if isinstance(error, Conflict) else 'unknown'
    message = error.message if isinstance(error, Conflict | Unreachable) else str(error)
    return {'format': FORMAT, 'error': {'code': code, 'message': message}}


def of_stop(found: HostMap, may_work: bool) -> dict[str, Any]:
    """Return the question to stop input and output to a map."""
    return {'format': FORMAT, 'map': dataclasses.asdict(found), 'may_work': may_work}


def read_maps(record: Mapping[str, Any], host: str) -> tuple[HostMap, ...]:
    """Return the maps in an answer.

    :param host: that was asked; what it calls itself does not count.
    :raises ValueError: when the answer is none.
    """
    return tuple(read_map(each, host) for each in _list(record, 'maps'))


def read_map(record: object, host: str = '') -> HostMap:
    """Return one map of a document.

    :param host: that it is on; when empty, what the document says.
    :raises ValueError: when it is none.
    """
    if not isinstance(record, Mapping):
        raise ValueError('a map is no object')
    identifier = _word(record, 'wwid')
    if not wwid.is_lun(identifier):
        raise ValueError(f'{identifier!r} is no WWID of a LUN')
    paths = tuple(_path(each) for each in _list(record, 'paths'))
    holders = tuple(printable(_text(each)) for each in _list(record, 'holders'))
    name = host or _word(record, 'host')
    return HostMap(name, identifier, _word(record, 'name'), _word(record, 'device'), paths, holders)


def read_stop(record: Mapping[str, Any]) -> tuple[HostMap, bool]:
    """Return the map and whether its paths may work, of a question to stop.

    :raises ValueError: when it is none.
    """
    may_work = record.get('may_work')
    if not isinstance(may_work, bool):
        raise ValueError('may_work is neither true nor false')
    return read_map(record.get('map')), may_work


def read(text: str) -> Mapping[str, Any]:
    """Return a document.

    :raises ValueError: when it is none of this format.
    """
    try:
        record = json.loads(text)
    except RecursionError as error:
        raise ValueError('too deep') from error
    if not isinstance(record, Mapping) or record.get('format') != FORMAT:
        raise ValueError(f'it is no document of format {FORMAT}')
    return record


def raise_error(record: Mapping[str, Any], host: str) -> None:
    """Raise the error that an answer tells of, if it does.

    :raises Conflict: when something speaks against what was asked for.
    :raises Unreachable: when the host could not tell, or do it.
    :raises ValueError: when the answer is none.
    """
    error = record.get('error')
    if error is None:
        return
    if not isinstance(error, Mapping):
        raise ValueError('its error is no object')
    message = _word(error, 'message')
    if error.get('code') == 'conflict':
        raise Conflict(409, message)
    raise Unreachable(f'Host {host} could not tell: {message}')


def _path(record: object) -> Path:
    if not isinstance(record, Mapping):
        raise ValueError('a path is no object')
    return Path(*(_word(record, name) for name in _PATH_FIELDS))


def _word(record: Mapping[str, Any], name: str) -> str:
    return printable(_text(record.get(name)))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f'{value!r:.80} is no text')
    return value


def _list(record: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = record.get(name)
    if not isinstance(found, list | tuple):
        raise ValueError(f'{name} is no list')
    return found
