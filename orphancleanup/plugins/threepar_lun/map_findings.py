"""What a multipath map on a host is a case of: the host's view joined with the arrays'. Pure.

A host's name on an array may be anything, so that an export to any host at all counts: the map stays then.
"""

import enum
from dataclasses import dataclass

from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.threepar_lun import findings
from orphancleanup.plugins.threepar_lun.arrays import ArrayReading, Reading
from orphancleanup.plugins.threepar_lun.host import wwid
from orphancleanup.plugins.threepar_lun.hosts import HostMap
from orphancleanup.plugins.threepar_lun.inventory import SHARED, Volume

MAP = 'multipath-map'
#: the last digits of a WWN are the number of the array
_ARRAY_DIGITS = 8


class Status(enum.StrEnum):
    """What a map is a case of; the letters are those of the operator's page (docs/3par.rst)."""

    WORKING = 'working'
    FAULTY = 'with a faulty path to an exported LUN (A)'
    STALE = 'stale (B)'
    #: all paths are faulty, and the array is none of those that are configured
    UNKNOWN = 'of an array that is not configured'
    #: its LUN is exported to nobody, and yet a path may work
    UNSURE = 'not exported, but with a path that may work'


_PROTECTION = {
    Status.WORKING: 'its LUN is exported, and its paths work',
    Status.FAULTY: 'its LUN is exported: have somebody look at the path (class A)',
    Status.UNKNOWN: 'none of the configured arrays is the one that its WWN names',
    Status.UNSURE: 'one of its paths may work',
}


@dataclass(frozen=True, slots=True)
class Lun:
    """What the arrays have of a LUN.

    :param array: that its WWN names; None when it is none of those that are configured.
    :param volume: None when that array has it no more.
    :param is_exported: to any host, alone or with others.
    """

    array: ArrayReading | None
    volume: Volume | None = None
    is_exported: bool = False


def lun(found: HostMap, reading: Reading) -> Lun:
    """Return what the arrays have of a map's LUN."""
    wwn = wwid.wwn_of(found.wwid)
    seen = [(each, _volume(each, wwn)) for each in reading.arrays]
    # By any array at all: one that took a volume over from another keeps its WWN.
    is_exported = any(_exports(each, wwn, volume) for each, volume in seen)
    its = [pair for pair in seen if pair[1]] or [pair for pair in seen if _is_named(pair[0], wwn)]
    array, volume = its[0] if its else (None, None)
    return Lun(array, volume, is_exported)


def status(found: HostMap, its: Lun) -> Status:
    """Return what a map is a case of."""
    if its.is_exported:
        return Status.FAULTY if any(path.is_faulty for path in found.paths) else Status.WORKING
    if not found.is_faulty:
        return Status.UNSURE if its.array else Status.WORKING
    return Status.STALE if its.array else Status.UNKNOWN


def resource(found: HostMap, reading: Reading) -> Resource:
    """Return a map as a resource. A stale one depends on an export that is no more."""
    its = lun(found, reading)
    told = status(found, its)
    wwn = wwid.wwn_of(found.wwid)
    name = findings.whose(its.volume, its.array.array.configured) if its.array and its.volume else None
    living = reading.in_cinder.owner(name.id) if name else None
    return Resource(
        ref=Ref(MAP, f'{found.wwid}@{found.host}'),
        name=found.name,
        project_id=living.project_id if living else '',
        status=told,
        parents=(_export(found, its, wwn),) if told is Status.STALE else (),
        protection=_protection(found, told),
        details={
            'wwn': wwn,
            'host': found.host,
            'device': found.device,
            'lun': its.volume.name if its.volume else '',
            'paths': len(found.paths),
            'faulty': sum(path.is_faulty for path in found.paths),
        },
    )


def _protection(found: HostMap, told: Status) -> str:
    if found.holders:
        return f'it is in use: {"; ".join(found.holders)}'
    return _PROTECTION.get(told, '')


def _export(found: HostMap, its: Lun, wwn: str) -> Ref:
    assert its.array
    name = its.volume.name if its.volume else wwn
    # No export is called so: those have the number of their LUN between.
    return Ref(findings.EXPORT, f'{name},{found.host}@{its.array.array.name}')


def _volume(reading: ArrayReading, wwn: str) -> Volume | None:
    return next((each for each in reading.volumes if each.wwn == wwn), None)


def _is_named(reading: ArrayReading, wwn: str) -> bool:
    """Return whether a WWN names an array, as those of its volumes do."""
    return any(each.wwn.endswith(wwn[-_ARRAY_DIGITS:]) for each in reading.volumes)


def _exports(reading: ArrayReading, wwn: str, volume: Volume | None) -> bool:
    """Return whether an array exports a LUN, alone or with a set that it is in."""
    sets = {f'{SHARED}{each.name}' for each in reading.sets if volume and volume.name in each.members}
    return any(
        each.wwn == wwn or bool(volume and each.volume == volume.name) or each.volume in sets
        for each in reading.exports
    )
