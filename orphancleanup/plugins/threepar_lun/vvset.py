"""Sets that the driver made for one volume (its speed, its flash cache) or for a group."""

from collections.abc import Iterable, Iterator, Sequence

from orphancleanup.api import Cloud
from orphancleanup.errors import Unreachable
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.threepar_lun import arrays, cinder, findings, names
from orphancleanup.plugins.threepar_lun.arrays import ArrayReading
from orphancleanup.plugins.threepar_lun.cinder import CinderContents
from orphancleanup.plugins.threepar_lun.findings import Status
from orphancleanup.plugins.threepar_lun.inventory import VolumeSet
from orphancleanup.plugins.threepar_lun.names import Name, Role


class VvSet(Handler):
    """One goes with the last of its volumes, whose steps remove it; by itself it is only reported.

    Nothing tells which cloud made a set that is empty: it has neither a pool nor, as a rule, a comment.
    """

    kind = findings.SET
    service = cinder.SERVICE
    after = ('cinder-group', 'cinder-volume', findings.LUN)
    levels = frozenset({Level.BACKEND})

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        """See :meth:`Handler.discover`; sets that an operator made are left out."""
        reading = arrays.of(cloud).read(cloud, self.kind)
        groups = None
        for each in reading.arrays:
            for found, name in _own(each):
                if groups is None:
                    groups = cinder.groups(cloud)
                yield _resource(found, name, each, reading.in_cinder, groups)

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        array, set_name = arrays.of(cloud).of(ref)
        found = array.set(set_name)
        if found is None:
            return None
        reading = ArrayReading(array, array.volumes(), (), (found,))
        for each, name in _own(reading):
            return _resource(each, name, reading, cinder.everything(cloud), cinder.groups(cloud))
        raise Unreachable(f"{ref} is there, but Cinder's driver has not named it.")

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return ()


def _own(reading: ArrayReading) -> Iterator[tuple[VolumeSet, Name]]:
    for found in reading.sets:
        name = names.decode(found.name)
        if name and name.role is Role.VOLUME_SET:
            yield found, name


def _resource(
    found: VolumeSet, name: Name, reading: ArrayReading, in_cinder: CinderContents, groups: frozenset[str]
) -> Resource:
    volumes, array = {each.name: each for each in reading.volumes}, reading.array
    members = [each for each in found.members if each in volumes]
    foreign = [each for each in members if not findings.whose(volumes[each], array.configured)]
    volume = in_cinder.volumes.get(name.id) or in_cinder.owner(name.id)
    living: tuple[Ref, ...] = (volume.ref,) if volume else ()
    living += (Ref(cinder.GROUP, name.id),) if name.id in groups else ()
    luns = tuple(arrays.ref(findings.LUN, each, array) for each in members if each not in foreign)
    return Resource(
        ref=arrays.ref(findings.SET, found.name, array),
        name=found.name,
        status=Status.LIVING if living else Status.LEFTOVER,
        parents=() if living or members else (Ref(cinder.VOLUME, name.id),),
        owners=(*living, *luns),
        protection=_protection(bool(living), members, foreign),
        details={'members': list(found.members), 'id': name.id},
    )


def _protection(is_living: bool, members: Sequence[str], foreign: Sequence[str]) -> str:
    if foreign:
        return f"{foreign[0]}, which is in it, is not Cinder's"
    if is_living or members:
        return ''
    return 'it is empty, and nothing tells whether another cloud made it; remove it by hand'
