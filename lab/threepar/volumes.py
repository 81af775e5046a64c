"""Volumes and snapshots: making, changing and removing them, and everything that refuses it."""

from collections.abc import Callable
from typing import Any

from lab.threepar import refusals
from lab.threepar.array import Array, Record, moment
from lab.threepar.tasks import start

BASE, PHYSICAL_COPY, VIRTUAL_COPY = 1, 2, 3
#: what ``rcopyStatus`` says of a volume that is not replicated
NOT_REPLICATED = 1
_LONGEST_NAME, _LONGEST_COMMENT = 31, 511
_LARGEST = 1 << 24
_ROOM = {'reservedMiB': 1024, 'rawReservedMiB': 2048, 'usedMiB': 512, 'freeMiB': 512}
_POLICIES = {'staleSS': True, 'oneHost': False, 'zeroDetect': False, 'system': False, 'caching': True}


def find(array: Array, name: str) -> Record:
    """Return one volume.

    :raises Refused: when there is none.
    """
    if name not in array.volumes:
        raise refusals.NON_EXISTENT_VOLUME('volume does not exist', name)
    return array.volumes[name]


def create(array: Array, body: Record) -> None:
    """Make a volume, as POST /volumes does.

    :raises Refused: when it cannot be made so.
    """
    name = _new_name(array, body)
    size = body.get('sizeMiB')
    if not isinstance(size, int) or not body.get('cpg'):
        raise refusals.INVALID_INPUT('invalid input: cpg and sizeMiB are required')
    if size > _LARGEST:
        raise refusals.TOO_LARGE('Volume size is above architectural limit')
    array.volumes[name] = _volume(array, name, body.get('id')) | {
        'copyType': BASE,
        'provisioningType': 6 if body.get('tdvv') else 2,
        'sizeMiB': size,
        'userCPG': body['cpg'],
        'snapCPG': body.get('snapCPG') or body['cpg'],
        **_comment(body),
    }


def act(array: Array, name: str, body: Record) -> None:
    """Make a copy of a volume, as POST /volumes/<name> does.

    :raises Refused: when it cannot be made so.
    """
    actions: dict[Any, Callable[[Array, Record, Record], None]] = {
        'createSnapshot': _snapshot,
        'createPhysicalCopy': _physical_copy,
    }
    action, parameters = body.get('action'), body.get('parameters') or {}
    if action not in actions:
        raise refusals.INVALID_INPUT('invalid input: bad enum value - action')
    actions[action](array, find(array, name), parameters)


def modify(array: Array, name: str, body: Record) -> None:
    """Rename or re-comment a volume, as PUT /volumes/<name> does.

    :raises Refused: when it cannot be changed so.
    """
    volume = find(array, name)
    if any(array.active_tasks(name)):
        raise refusals.BEING_CHANGED('the volume has an operation in progress', name)
    volume.update(_comment(body))
    if 'newName' not in body:
        return
    renamed = _new_name(array, {'name': body['newName']})
    array.volumes[renamed] = array.volumes.pop(name) | {'name': renamed}
    for export in array.exports_of(name):
        export['volumeName'] = renamed
    for each in array.sets_of(name):
        each['setmembers'] = [renamed if member == name else member for member in each['setmembers']]
    for child in array.volumes.values():
        if child.get('copyOf') == name:
            child['copyOf'] = renamed


def delete(array: Array, name: str) -> None:
    """Remove a volume, as DELETE /volumes/<name> does.

    :raises Refused: naming what stands in the way.
    """
    volume = find(array, name)
    for check in (_require_own, _require_unretained, _require_rest, _require_childless, _require_unused):
        check(array, volume)
    del array.volumes[name]


def _require_own(array: Array, volume: Record) -> None:
    if volume['rcopyStatus'] != NOT_REPLICATED or any(
        volume['name'] in each for each in array.groups.values()
    ):
        raise refusals.IN_REMOTE_COPY('volume is involved in remote copy', volume['name'])


def _require_unretained(array: Array, volume: Record) -> None:
    if volume.get('retentionTimeSec', 0) > array.now():
        raise refusals.RETAINED('Volume retention time has not expired', volume['name'])


def _require_rest(array: Array, volume: Record) -> None:
    for task in array.active_tasks(volume['name']):
        if task['name'] == volume['name']:
            if task['type'] == 2:
                raise refusals.IS_COPY_TARGET('volume is the target of a physical copy', volume['name'])
            raise refusals.IS_BEING_COPIED('invalid operation on an online copy', volume['name'])
        raise refusals.OPERATION_IN_PROGRESS('volume is busy: an operation is in progress', volume['name'])


def _require_childless(array: Array, volume: Record) -> None:
    children = [each for each in array.volumes.values() if each.get('copyOf') == volume['name']]
    if any(not each['readOnly'] for each in children):
        raise refusals.HAS_CHILD('volume has a child', volume['name'])
    if children:
        raise refusals.HAS_READ_ONLY_CHILD('volume has a read-only child', volume['name'])


def _require_unused(array: Array, volume: Record) -> None:
    in_sets = {f'set:{each["name"]}' for each in array.sets_of(volume['name'])}
    exported = {each['volumeName'] for each in array.vluns}
    if in_sets or volume['name'] in exported:
        raise refusals.IN_USE('volume is in use by a VV set, a VLUN, or the like', volume['name'])


def _snapshot(array: Array, volume: Record, parameters: Record) -> None:
    name, now = _new_name(array, parameters), array.now()
    times: Record = {}
    for hours, prefix in (('expirationHours', 'expiration'), ('retentionHours', 'retention')):
        if parameters.get(hours):
            until = now + 3600 * parameters[hours]
            times |= {f'{prefix}TimeSec': int(until), f'{prefix}Time8601': moment(until)}
    array.volumes[name] = _volume(array, name, parameters.get('id')) | {
        'copyType': VIRTUAL_COPY,
        'copyOf': volume['name'],
        'baseId': volume['baseId'],
        'provisioningType': 3,
        'readOnly': bool(parameters.get('readOnly')),
        'sizeMiB': volume['sizeMiB'],
        'userCPG': volume['userCPG'],
        'snapCPG': volume['snapCPG'],
        **times,
        **_comment(parameters),
    }


def _physical_copy(array: Array, volume: Record, parameters: Record) -> None:
    """Copy a volume; the task that does it runs until it is ended.

    An online copy makes the volume that it fills, an offline copy fills one that is there.
    """
    name = parameters.get('destVolume', '')
    if parameters.get('online'):
        create(array, {'name': name, 'cpg': parameters.get('destCPG'), 'sizeMiB': volume['sizeMiB']})
        array.volumes[name]['copyType'] = PHYSICAL_COPY
    else:
        find(array, name)
    start(array, name, 18 if parameters.get('online') else 2, source=volume['name'])


def _volume(array: Array, name: str, number: int | None) -> Record:
    record = array.stamped(name, number)
    return record | {
        'wwn': array.wwn(record['id']),
        'baseId': record['id'],
        'readOnly': False,
        'state': 1,
        'degradedStates': [],
        'failedStates': [],
        'additionalStates': [],
        'policies': dict(_POLICIES),
        'rcopyStatus': NOT_REPLICATED,
        'userSpace': dict(_ROOM),
    }


def _new_name(array: Array, body: Record) -> str:
    name = body.get('name')
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise refusals.INVALID_INPUT('invalid input: name')
    if name in array.volumes:
        raise refusals.EXISTENT_VOLUME('volume exists', name)
    return name


def _comment(body: Record) -> Record:
    comment = body.get('comment')
    if comment is not None and len(comment) > _LONGEST_COMMENT:
        raise refusals.INVALID_INPUT('invalid input: string length exceeds limit - comment')
    return {} if comment is None else {'comment': comment}
