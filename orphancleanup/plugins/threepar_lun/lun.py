"""Volumes and snapshots on arrays."""

import datetime
from collections.abc import Iterable, Mapping, Sequence

from orphancleanup.api import Cloud
from orphancleanup.errors import ConfigurationError, Unreachable
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Ref, Resource
from orphancleanup.plugins.threepar_lun import arrays, busy, cinder, configured, findings, hops, nova, rungs
from orphancleanup.plugins.threepar_lun.arrays import ArrayReading
from orphancleanup.plugins.threepar_lun.cinder import CinderContents
from orphancleanup.plugins.threepar_lun.findings import Context, Status
from orphancleanup.plugins.threepar_lun.inventory import Volume
from orphancleanup.plugins.threepar_lun.names import Role
from orphancleanup.plugins.threepar_lun.wsapi import Array


class Lun(Handler):
    """One that belongs to a living volume of Cinder's goes and stays with it; one that belongs to none is left over."""

    kind = findings.LUN
    service = cinder.SERVICE
    after = ('cinder-attachment', 'cinder-snapshot', 'cinder-volume', 'nova-server')
    levels = frozenset({Level.BACKEND})
    states = findings.STATES
    #: the ladders that its steps are added to
    adds_to = (cinder.VOLUME,)

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        """See :meth:`Handler.discover`; what is not Cinder's is left out."""
        reading = arrays.of(cloud).read(cloud, self.kind)
        servers = _claims(cloud, reading.arrays, reading.in_cinder)
        for each in reading.arrays:
            context = Context(reading.in_cinder, servers, _now())
            context.add(each.volumes, each.array.configured)
            yield from _resources(each.array, each.volumes, context)

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        array, name = arrays.of(cloud).of(ref)
        volume = array.volume(name)
        if volume is None:
            return None
        # All of them: what hangs on it, and what its name id may lead to, is known by no other way.
        volumes, in_cinder = array.volumes(), cinder.everything(cloud)
        reading = ArrayReading(array, (volume,), (), ())
        context = Context(in_cinder, _claims(cloud, (reading,), in_cinder), _now())
        context.add(volumes, array.configured)
        for found in _resources(array, (volume,), context):
            return found
        raise Unreachable(f"{ref} is there, but it is not Cinder's: its pool or its comment says so.")

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. What belongs to a living volume goes by Cinder alone."""
        is_free = resource.status in (Status.LEFTOVER, Status.OVERDUE)
        return rungs.LADDER if is_free else ()

    def has_work(self, cloud: Cloud) -> bool:
        """Return whether an array is configured, be it wrongly."""
        try:
            return bool(configured.arrays(cloud.options(configured.COMMON)))
        except ConfigurationError:
            return True

    def added(self, resource: Resource) -> Sequence[Step]:
        """See :class:`orphancleanup.handler.AddsSteps`."""
        return busy.LADDER

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the way from the volume to Cinder's and its servers, and to the hosts' devices."""
        return hops.of_lun(cloud, resource.ref, arrays.of(cloud).read(cloud, self.kind))

    def added_evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the way from Cinder's volume to the array's, and to the hosts' devices."""
        return hops.of_cinder_volume(cloud, resource.id, arrays.of(cloud).read(cloud, self.kind))

    def backend_has(self, cloud: Cloud, resource: Resource) -> bool | None:
        """Return whether an array has a volume of Cinder's; None when it is on none of them.

        What would be done in Cinder's database rests on it.
        """
        return busy.has(cloud, resource) if resource.kind == cinder.VOLUME else None


def _resources(array: Array, volumes: Iterable[Volume], context: Context) -> Iterable[Resource]:
    for volume in volumes:
        name = findings.whose(volume, array.configured)
        if name:
            yield findings.lun(volume, name, array.configured, context)


def _claims(
    cloud: Cloud, read: Sequence[ArrayReading], in_cinder: CinderContents
) -> Mapping[str, frozenset[str]]:
    """Return which servers say that they have which volumes; Nova is asked only when something is left over."""
    for each in read:
        for volume in each.volumes:
            name = findings.whose(volume, each.array.configured)
            if (
                name
                and name.role is not Role.TEMPORARY_SNAPSHOT
                and not findings.owners(volume, name, in_cinder)
            ):
                return nova.disks(cloud)
    return {}


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
