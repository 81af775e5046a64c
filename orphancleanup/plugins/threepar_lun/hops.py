"""The way from a map on a host to the server that it was made for, each hop with the one who says so."""

from collections.abc import Iterator

from orphancleanup.api import Cloud
from orphancleanup.model import Evidence
from orphancleanup.plugins.threepar_lun import cinder, findings, map_findings
from orphancleanup.plugins.threepar_lun.arrays import ArrayReading, Reading
from orphancleanup.plugins.threepar_lun.host import wwid
from orphancleanup.plugins.threepar_lun.hosts import HostMap
from orphancleanup.plugins.threepar_lun.inventory import Volume


def of_map(cloud: Cloud, found: HostMap, reading: Reading) -> Iterator[Evidence]:
    """Yield the way from a map to the array's volume, to Cinder's and to its servers, and who uses the map."""
    wwn = wwid.wwn_of(found.wwid)
    yield Evidence('host', f'host {found.host} has it as {found.device}, named {found.name}')
    for path in found.paths:
        states = f'{path.mapper_state} {path.checker_state} {path.device_state}'
        yield Evidence('host', f'path {path.device} ({path.address}, {path.number}): {states}')
    for holder in found.holders:
        yield Evidence('host', holder)
    yield Evidence(
        'wwid', f'WWID {found.wwid} is WWN {wwn}: the 3 before it says that it is an NAA identifier'
    )
    its = map_findings.lun(found, reading)
    if its.array is None:
        yield Evidence('array', f'no configured array has volumes with WWNs that end like {wwn}')
    elif its.volume is None:
        yield Evidence('array', f'array {its.array.array.name} has no volume with WWN {wwn} any more')
    else:
        yield from of_volume(cloud, its.volume, its.array, reading)


def of_volume(cloud: Cloud, volume: Volume, array: ArrayReading, reading: Reading) -> Iterator[Evidence]:
    """Yield the way from a volume on an array to Cinder's and to its servers."""
    yield Evidence('array', f'array {array.array.name}: WWN {volume.wwn} is volume {volume.name}')
    exports = [str(each) for each in array.exports if each.volume == volume.name]
    yield Evidence('array', f'exports: {", ".join(exports) or "none of its own"}')
    name = findings.whose(volume, array.array.configured)
    if name is None:
        yield Evidence('name', f"{volume.name} is not Cinder's: its name, its pool or its comment says so")
        return
    yield Evidence('name', f'{volume.name} was made for {name.role} {name.id}')
    living = reading.known.volumes.get(name.id)
    if living is None:
        yield Evidence('cinder', f'Cinder has no volume with the id or the name id {name.id}')
        return
    yield Evidence('cinder', f'volume {living.id} ({living.status}) has the name id {living.name_id}')
    for record in cinder.attachments(cloud, living.id):
        yield Evidence('cinder', f'attachment {record.get("id")} is to server {record.get("instance")}')
