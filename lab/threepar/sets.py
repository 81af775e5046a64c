"""Sets of volumes, and the rules on their speed (QoS)."""

from lab.threepar import refusals, volumes
from lab.threepar.array import Array, Record

_ADD, _REMOVE = 1, 2


def find(array: Array, name: str) -> Record:
    """Return one set.

    :raises Refused: when there is none.
    """
    if name not in array.sets:
        raise refusals.NON_EXISTENT_SET('set does not exist', name)
    return array.sets[name]


def create(array: Array, body: Record) -> None:
    """Make a set.

    :raises Refused: when there is one, or a member is not there.
    """
    name = body.get('name', '')
    if not name or len(name) > 27 + 4:
        raise refusals.INVALID_INPUT('invalid input: name')
    if name in array.sets:
        raise refusals.EXISTENT_SET('set exists', name)
    members = list(body.get('setmembers') or ())
    for member in members:
        volumes.find(array, member)
    made = {key: value for key, value in body.items() if key in ('comment', 'domain')}
    array.sets[name] = {**array.stamped(name), **made, 'setmembers': members}


def modify(array: Array, name: str, body: Record) -> None:
    """Add or remove members.

    :raises Refused: when the set or a member is not there, or is in it already.
    """
    found, action = find(array, name), body.get('action')
    for member in body.get('setmembers') or ():
        if action == _ADD:
            volumes.find(array, member)
            if member in found['setmembers']:
                raise refusals.MEMBER_IN_SET('object is already part of the set', member)
            found['setmembers'].append(member)
        elif action == _REMOVE:
            if member not in found['setmembers']:
                raise refusals.MEMBER_NOT_IN_SET('object is not part of the set', member)
            found['setmembers'].remove(member)
        else:
            raise refusals.INVALID_INPUT('invalid input: bad enum value - action')


def delete(array: Array, name: str) -> None:
    """Remove a set; its members stay.

    :raises Refused: when there is none, it is exported, or a rule is on it.
    """
    find(array, name)
    if array.exports_of(f'set:{name}'):
        raise refusals.EXPORTED('the set is exported', name)
    if name in array.qos:
        raise refusals.QOS_TARGET('the set is the target of a QoS rule', name)
    del array.sets[name]


def find_rule(array: Array, name: str) -> Record:
    """Return the rule on a set (``vvset:<name>``).

    :raises Refused: when there is none.
    """
    key = name.removeprefix('vvset:')
    if key not in array.qos:
        raise refusals.NON_EXISTENT_QOS_RULE('QoS rule does not exist', name)
    return array.qos[key]


def create_rule(array: Array, body: Record) -> None:
    """Put a rule on a set.

    :raises Refused: when there is no such set.
    """
    find(array, body.get('name', ''))
    array.qos[body['name']] = {**body, 'type': 1, 'enabled': True}


def delete_rule(array: Array, name: str) -> None:
    """Take the rule off a set.

    :raises Refused: when there is none.
    """
    find_rule(array, name)
    del array.qos[name.removeprefix('vvset:')]
