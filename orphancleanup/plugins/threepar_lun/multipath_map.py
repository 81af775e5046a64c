"""Multipath maps on compute hosts."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, NotConfigured, NotFound
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Ref, Resource
from orphancleanup.plugins.threepar_lun import arrays, cinder, hops, map_findings, sides
from orphancleanup.plugins.threepar_lun.hosts import HostMap
from orphancleanup.plugins.threepar_lun.map_findings import Status

#: how many hosts are asked at a time
_TOGETHER = 8
_NO_HOSTS = 'No compute host is configured to be asked for multipath maps (hosts in the group [3par]).'


class MultipathMap(Handler):
    """One whose paths are all faulty, and whose LUN is exported to nobody any more, is stale: it goes with its paths.

    Any other one stays: what is exported is in use, and a path of it that is faulty needs a person.
    """

    kind = map_findings.MAP
    service = cinder.SERVICE
    after = ('nova-server', 'cinder-attachment')
    levels = frozenset({Level.BACKEND})

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        """See :meth:`Handler.discover`: the maps of the configured hosts."""
        # In this order: what came to a host later than the arrays were read has a path that works.
        reading = arrays.of(cloud).read(cloud, self.kind)
        return [map_findings.resource(each, reading) for each in _maps(cloud)]

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`; an id without a host means the first host that has such a map."""
        reading = arrays.of(cloud).read(cloud, self.kind)
        found = _find(cloud, ref)
        return replace(map_findings.resource(found, reading), ref=ref) if found else None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return (Step('stop-io', _stop_io, Level.BACKEND),) if resource.status == Status.STALE else ()

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the way from the map to the array's volume, to Cinder's and to the server, and who uses the map."""
        found = _find(cloud, resource.ref)
        if found is not None:
            yield from hops.of_map(cloud, found, arrays.of(cloud).read(cloud, self.kind))


def _stop_io(cloud: Cloud, resource: Resource) -> None:
    """Stop input and output to a stale map, as it is just now.

    :raises NotFound: when it is gone.
    :raises Conflict: when it is none any more, or something holds it.
    """
    found = _find(cloud, resource.ref)
    if found is None:
        raise NotFound(404, f'{resource.ref} is gone.')
    # Read anew, since something may be changed by now.
    now = map_findings.resource(found, arrays.of(cloud).read(cloud, map_findings.MAP))
    if now.status != Status.STALE:
        raise Conflict(409, f'{resource.ref} is {now.status} by now.')
    cloud.require_change(f'The removal of the map {found.name} on the host {found.host}')
    sides.of(cloud).stop_io(found)


def _maps(cloud: Cloud) -> Iterator[HostMap]:
    side = sides.of(cloud)
    if not side.hosts:
        raise NotConfigured(_NO_HOSTS)
    with ThreadPoolExecutor(min(_TOGETHER, len(side.hosts))) as pool:
        for found in pool.map(side.maps, side.hosts):
            yield from found


def _find(cloud: Cloud, ref: Ref) -> HostMap | None:
    wwid, _, host = ref.id.partition('@')
    found = sides.of(cloud).maps(host) if host else _maps(cloud)
    return next((each for each in found if each.wwid == wwid), None)
