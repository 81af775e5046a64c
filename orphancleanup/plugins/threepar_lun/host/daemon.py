"""The answer of ``multipathd show maps json`` (multipath-tools 0.6.2 and newer).

It comes from the daemon's memory: no path is touched, so nothing can hang on a LUN that is no longer there. It lists
faulty paths that ``multipath -ll`` leaves out once udev has looked at such a LUN again.
"""

import json
from collections.abc import Mapping
from typing import Any

from orphancleanup.plugins.threepar_lun.host.listed import UNDEFINED, UNKNOWN, Listed
from orphancleanup.plugins.threepar_lun.hosts import Path


def parse(text: str) -> tuple[Listed, ...] | None:
    """Read an answer.

    :returns: the maps; None when it is no such document, or anything in it is not as it must be: then nothing is known.
    """
    try:
        return tuple(_map(each) for each in json.loads(text)['maps'])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _map(record: Mapping[str, Any]) -> Listed:
    groups = record['path_groups']
    return Listed(
        wwid=_word(record['uuid']),
        name=_word(record['name']),
        device=_word(record['sysfs']),
        paths=tuple(_path(each) for group in groups for each in group['paths']),
    )


def _path(record: Mapping[str, Any]) -> Path:
    return Path(
        device=_word(record['dev']),
        address='',
        number=_word(record['dev_t']),
        mapper_state=_word(record.get('dm_st', UNDEFINED)),
        checker_state=_word(record.get('chk_st', UNDEFINED)),
        device_state=_word(record.get('dev_st', UNKNOWN)),
    )


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f'{value!r} is no text')
    return value.strip()
