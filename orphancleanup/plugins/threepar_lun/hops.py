"""The way between a server's volume, the array's and a host's devices, both ways; each hop says who tells it."""

from collections.abc import Iterator

from orphancleanup.api import Cloud
from orphancleanup.errors import CloudError, OrphancleanupError
from orphancleanup.model import Evidence, Ref
from orphancleanup.plugins.threepar_lun import cinder, findings, map_findings, sides
from orphancleanup.plugins.threepar_lun.arrays import ArrayReading, Reading
from orphancleanup.plugins.threepar_lun.host import wwid
from orphancleanup.plugins.threepar_lun.hosts import HostMap
from orphancleanup.plugins.threepar_lun.inventory import Export, Volume


def of_map(cloud: Cloud, found: HostMap, reading: Reading) -> Iterator[Evidence]:
    """Yield the way from a map to the array's volume, to Cinder's and to its servers, and who uses the map."""
    wwn = wwid.wwn_of(found.wwid)
    yield from _devices(found)
    yield Evidence(
        'wwid', f'WWID {found.wwid} is WWN {wwn}: the 3 before it says that it is an NAA identifier'
    )
    its = map_findings.lun(found, reading)
    if its.array is None:
        yield Evidence('array', f'no configured array has volumes with WWNs that end like {wwn}')
        yield from _in_nova(cloud, found)
    elif its.volume is None:
        yield Evidence('array', f'array {its.array.array.name} has no volume with WWN {wwn} any more')
        yield from _in_nova(cloud, found)
    else:
        yield from _on_array(its.volume, its.array)
        yield from _in_cinder(cloud, its.volume, its.array, reading)


def of_lun(cloud: Cloud, ref: Ref, reading: Reading) -> Iterator[Evidence]:
    """Yield the way from a volume on an array to Cinder's and to its servers, and to the hosts' devices."""
    name, _, array = ref.id.rpartition('@')
    for each in reading.arrays:
        for volume in each.volumes:
            if (volume.name, each.array.name) == (name, array):
                yield from _on_array(volume, each)
                yield from _in_cinder(cloud, volume, each, reading)
                yield from _on_hosts(cloud, volume, each)


def of_cinder_volume(cloud: Cloud, identifier: str, reading: Reading) -> Iterator[Evidence]:
    """Yield the way from Cinder's volume to the array's, and to the hosts' devices; nothing when no array has it."""
    living = reading.in_cinder.volumes.get(identifier)
    if living is None:
        return
    for each in reading.arrays:
        for volume in each.volumes:
            name = findings.whose(volume, each.array.configured)
            if name and name.id == living.name_id:
                yield Evidence(
                    'name', f'volume {living.id}, with the name id {name.id}, is called {volume.name}'
                )
                yield from _on_array(volume, each)
                yield from _on_hosts(cloud, volume, each)


def _on_array(volume: Volume, array: ArrayReading) -> Iterator[Evidence]:
    yield Evidence('array', f'array {array.array.name}: volume {volume.name} has WWN {volume.wwn}')
    exports = ', '.join(map(str, _exports(volume, array)))
    yield Evidence('array', f'exports of its own: {exports or "none"}')


def _in_cinder(cloud: Cloud, volume: Volume, array: ArrayReading, reading: Reading) -> Iterator[Evidence]:
    name = findings.whose(volume, array.array.configured)
    if name is None:
        yield Evidence('name', f"{volume.name} is not Cinder's: its name, its pool or its comment says so")
        return
    yield Evidence('name', f'{volume.name} was made for {name.role} {name.id}')
    living = reading.in_cinder.owner(name.id)
    if living is None:
        yield Evidence('cinder', f'Cinder has no volume with the id or the name id {name.id}')
        return
    yield Evidence('cinder', f'volume {living.id} ({living.status}) has the name id {living.name_id}')
    for record in cinder.attachments(cloud, living.id):
        yield Evidence('cinder', f'attachment {record.get("id")} is to server {record.get("instance")}')


def _in_nova(cloud: Cloud, found: HostMap) -> Iterator[Evidence]:
    """Yield what Nova's own database says of a LUN that no array knows."""
    # SQLAlchemy takes longer to import than all else, and most runs need no database.
    from orphancleanup.plugins.threepar_lun import nova_records

    try:
        for each in nova_records.of_wwid(cloud, found.wwid):
            state = 'deleted there' if each.is_deleted else 'in use there'
            yield Evidence(
                'nova', f'block device mapping: volume {each.volume} of server {each.server}, {state}'
            )
    except OrphancleanupError as error:
        yield Evidence('nova', str(error))


def _on_hosts(cloud: Cloud, volume: Volume, array: ArrayReading) -> Iterator[Evidence]:
    try:
        identifier = wwid.wwid_of(volume.wwn)
    except ValueError as error:
        yield Evidence('wwid', str(error))
        return
    yield Evidence('wwid', f'WWN {volume.wwn} is WWID {identifier}')
    hosts = tuple(sorted({each.host for each in _exports(volume, array) if each.host and not each.is_shared}))
    try:
        for found in sides.of(cloud).maps_of(identifier, hosts):
            yield from _devices(found)
    except CloudError as error:
        yield Evidence('host', str(error))


def _devices(found: HostMap) -> Iterator[Evidence]:
    what = f'the map {found.name} as {found.device}' if found.device else f'paths to {found.wwid}, in no map'
    yield Evidence('host', f'host {found.host} has {what}')
    for path in found.paths:
        states = f'{path.mapper_state} {path.checker_state} {path.device_state}'
        yield Evidence('host', f'path {path.device} ({path.address}, {path.number}) of it: {states}')
    for holder in found.holders:
        yield Evidence('host', f'use of it: {holder}')


def _exports(volume: Volume, array: ArrayReading) -> tuple[Export, ...]:
    return tuple(each for each in array.exports if each.volume == volume.name)
