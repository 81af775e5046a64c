"""Hosts that volumes are exported to, with their paths."""

from lab.threepar import refusals
from lab.threepar.array import Array, Record

_PORTS = ({'node': 0, 'slot': 2, 'cardPort': 1}, {'node': 1, 'slot': 2, 'cardPort': 1})


def find(array: Array, name: str) -> Record:
    """Return one host.

    :raises Refused: when there is none.
    """
    if name not in array.hosts:
        raise refusals.NON_EXISTENT_HOST('host does not exist', name)
    return array.hosts[name]


def create(array: Array, body: Record) -> None:
    """Make a host.

    :raises Refused: when there is one, or another has one of its paths.
    """
    name = body.get('name', '')
    if not name or len(name) > 31:
        raise refusals.INVALID_INPUT('invalid input: name')
    if name in array.hosts:
        raise refusals.EXISTENT_HOST('host exists', name)
    wwns, iqns = body.get('FCWWNs') or (), body.get('iSCSINames') or ()
    for known in array.hosts.values():
        taken = {each['wwn'] for each in known['FCPaths']} | {each['name'] for each in known['iSCSIPaths']}
        for path in taken.intersection((*wwns, *iqns)):
            raise refusals.EXISTENT_PATH('path is already used by another host', path)
    array.hosts[name] = {
        'id': array.new_id(),
        'name': name,
        'persona': body.get('persona', 2),
        'descriptors': {'os': 'Linux'},
        'FCPaths': [{'wwn': wwn, 'portPos': dict(_PORTS[at % 2])} for at, wwn in enumerate(wwns)],
        'iSCSIPaths': [{'name': iqn, 'portPos': dict(_PORTS[at % 2])} for at, iqn in enumerate(iqns)],
    }


def delete(array: Array, name: str) -> None:
    """Remove a host.

    :raises Refused: when there is none, or a volume is exported to it.
    """
    find(array, name)
    if any(each.get('hostname') == name for each in array.vluns):
        raise refusals.EXPORTED('the host has exported VLUNs', name)
    del array.hosts[name]
