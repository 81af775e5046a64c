"""Exports of volumes to hosts."""

from collections.abc import Iterable, Iterator, Sequence

from orphancleanup.api import Cloud
from orphancleanup.errors import ListingMoved
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.threepar_lun import arrays, cinder, findings, names
from orphancleanup.plugins.threepar_lun.arrays import ArrayReading
from orphancleanup.plugins.threepar_lun.cinder import CinderContents
from orphancleanup.plugins.threepar_lun.inventory import Export, Volume


class Vlun(Handler):
    """A part of its volume: it goes when that goes. By itself it is only reported; Cinder unexports what lives."""

    kind = findings.EXPORT
    service = cinder.SERVICE
    after = (findings.LUN,)
    levels = frozenset({Level.BACKEND})
    states = findings.STATES

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        """See :meth:`Handler.discover`; exports of what is not Cinder's, and of whole sets, are left out."""
        reading = arrays.of(cloud).read(cloud, self.kind)
        for each in reading.arrays:
            yield from _resources(each, reading.in_cinder)

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`. A list is the only thing that tells of one."""
        array, _ = arrays.of(cloud).of(ref)
        each = ArrayReading(array, array.volumes(), array.exports(), ())
        return next((found for found in _resources(each, cinder.everything(cloud)) if found.ref == ref), None)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return ()


def _resources(reading: ArrayReading, in_cinder: CinderContents) -> Iterator[Resource]:
    configured, volumes = reading.array.configured, {each.name: each for each in reading.volumes}
    for found in reading.exports:
        if found.volume not in volumes and names.decode(found.volume):
            raise ListingMoved(
                f'Volume {found.volume} was made while the array {configured.name} was read; run again.'
            )
        yield from _resource(found, volumes.get(found.volume), reading, in_cinder)


def _resource(
    found: Export, volume: Volume | None, reading: ArrayReading, in_cinder: CinderContents
) -> Iterator[Resource]:
    name = findings.whose(volume, reading.array.configured) if volume else None
    if volume and name and not found.is_shared:
        yield findings.export(found, volume, name, reading.array.configured, in_cinder)
