"""VLUNs: exports of volumes to hosts. A template says that a volume is exported, an active one that a path uses it."""

from lab.threepar import refusals, volumes
from lab.threepar.array import Array, Record

PORT, HOST, MATCHED_SET, HOST_SET = 2, 3, 4, 5
_HIGHEST_LUN = 16384
_SHARED = 'set:'


def create(array: Array, body: Record) -> str:
    """Export a volume, or a set of them, to a host, a set of hosts or a port.

    :returns: the place of the new template, below ``/vluns/``.
    :raises Refused: when it cannot be exported so.
    """
    volume, host, port = body.get('volumeName', ''), body.get('hostname', ''), body.get('portPos')
    if not volume or not (host or port):
        raise refusals.INVALID_INPUT('invalid input: volumeName, and hostname or portPos, are required')
    wwn = '' if volume.startswith(_SHARED) else volumes.find(array, volume)['wwn']
    if host and not host.startswith(_SHARED) and host not in array.hosts:
        raise refusals.NON_EXISTENT_HOST('host does not exist', host)
    template: Record = {
        'lun': _lun(array, body, host),
        'volumeName': volume,
        **({'hostname': host} if host else {}),
        **({'portPos': port} if port else {}),
        'type': _type(host, port),
        'volumeWWN': wwn,
        'multipathing': 1,
        'failedPathPol': 1,
        'failedPathInterval': 0,
        'active': False,
    }
    array.vluns.append(template)
    array.vluns += [template | {**path, 'active': True} for path in _paths(array, host, port)]
    return place(template)


def delete(array: Array, where: str) -> None:
    """Remove a template and the active VLUNs that come of it, as DELETE /vluns/<where> does.

    :param where: ``volume,lun,host``, ``volume,lun,host,n:s:p`` or ``volume,lun,,n:s:p``.
    :raises Refused: when there is none.
    """
    found = [each for each in array.vluns if not each['active'] and place(each) == where]
    if not found:
        raise refusals.NON_EXISTENT_VLUN('VLUN does not exist', where)
    for template in found:
        array.vluns = [each for each in array.vluns if not _comes_of(each, template)]


def place(vlun: Record) -> str:
    """Return where a template is, below ``/vluns/``."""
    port = vlun.get('portPos')
    at = ',{node}:{slot}:{cardPort}'.format(**port) if port else ''
    return f'{vlun["volumeName"]},{vlun["lun"]},{vlun.get("hostname", "")}{at}'.rstrip(',')


def _comes_of(vlun: Record, template: Record) -> bool:
    if vlun is template:
        return True
    keys = ('volumeName', 'lun', 'type', *(('hostname',) if 'hostname' in template else ()))
    is_at = 'portPos' not in template or vlun.get('portPos') == template['portPos']
    return bool(vlun['active']) and is_at and all(vlun.get(key) == template.get(key) for key in keys)


def _type(host: str, port: Record | None) -> int:
    if host.startswith(_SHARED):
        return HOST_SET
    if port:
        return MATCHED_SET if host else PORT
    return HOST


def _lun(array: Array, body: Record, host: str) -> int:
    taken = {each['lun'] for each in array.vluns if each.get('hostname', '') == host}
    if body.get('autoLun'):
        return next(lun for lun in range(_HIGHEST_LUN) if lun not in taken)
    lun = body.get('lun')
    if not isinstance(lun, int):
        raise refusals.INVALID_INPUT('invalid input: lun')
    if lun > _HIGHEST_LUN:
        raise refusals.TOO_LARGE('LUN is greater than 16384')
    same = [each for each in array.vluns if each['lun'] == lun and each.get('hostname', '') == host]
    if any(each.get('portPos') == body.get('portPos') for each in same if not each['active']):
        raise refusals.EXISTENT_VLUN('VLUN exists', str(lun))
    return lun


def _paths(array: Array, host: str, port: Record | None) -> list[Record]:
    """Return what an active VLUN has besides its template, for each path of a host that is logged in."""
    known = array.hosts.get(host, {})
    paths = [(each['wwn'], each) for each in known.get('FCPaths', ())]
    paths += [(each['name'], each) for each in known.get('iSCSIPaths', ())]
    return [
        {'remoteName': name, 'portPos': path['portPos'], 'hostDeviceName': ''}
        for name, path in paths
        if path.get('portPos') and (not port or path['portPos'] == port)
    ]
