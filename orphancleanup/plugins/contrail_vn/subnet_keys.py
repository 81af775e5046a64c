"""Subnets that Neutron's plug-in has noted, and left behind with their networks: told about, and never removed."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import IncompleteListing
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.contrail_vn import access
from orphancleanup.plugins.contrail_vn.homes import homes

_REASON = "Neutron's plug-in makes and removes it; when it was left behind, the documentation names the tool for that"
_UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
_SUBNET = re.compile(_UUID)
_PLACE = re.compile(rf'({_UUID}) [0-9A-Fa-f.:]+/[0-9]{{1,3}}')
# The one POST that only reads: the client lets it through as it stands here; see orphancleanup.clouds.dialects.
_ALL = {'operation': 'RETRIEVE', 'key': None}


class SubnetKey(Handler):
    """A subnet in the key-value store of the API server: its id leads to network and prefix, and these lead to its id.

    It has no steps, and is an orphan when its network is gone. One of a network that is there keeps nothing.
    """

    kind, service = 'contrail-subnet-key', access.SERVICE
    belongs_to = ('contrail-vn',)

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        access.require_administrator(cloud)
        service = access.server(cloud)
        found = _noted(service.post('/useragent-kv', _ALL))
        # Later than the store: of a network that came since, nothing is in it yet.
        networks = {_network(place) for places in found.values() for place in places}
        living = homes(service, 'virtual-network', networks)
        for subnet, places in found.items():
            gone = sorted({_network(place) for place in places} - living.keys())
            yield Resource(
                Ref(self.kind, subnet),
                name=min(places),
                parents=tuple(Ref('contrail-vn', each) for each in gone),
                protection=_REASON,
                unused=f'its virtual-network {gone[0]} is gone' if gone else '',
            )

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`: the store is shown as a whole."""
        return next((each for each in self.discover(cloud) if each.ref == ref), None)

    def stayed(self, cloud: Cloud, gone: Collection[Ref]) -> Iterator[Resource]:
        """See :class:`orphancleanup.handler.StaysBehind`."""
        return (each for each in self.discover(cloud) if not set(each.parents).isdisjoint(gone))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`: none."""
        return ()


def _noted(document: Any) -> Mapping[str, set[str]]:
    """Return the subnets to the networks and prefixes that are noted with them; whatever else is noted is left out.

    :raises IncompleteListing: when it is no such document.
    """
    pairs = document.get('value') if isinstance(document, Mapping) else None
    if not isinstance(pairs, list) or not all(isinstance(each, Mapping) and 'key' in each for each in pairs):
        raise IncompleteListing('The key-value store of Contrail came as something else: it tells nothing.')
    found: dict[str, set[str]] = defaultdict(set)
    for each in pairs:
        key, value = str(each['key']), str(each.get('value'))
        subnet, place = (key, value) if _SUBNET.fullmatch(key) else (value, key)
        if _SUBNET.fullmatch(subnet) and _PLACE.fullmatch(place):
            found[subnet].add(place)
    return found


def _network(place: str) -> str:
    return place.partition(' ')[0]
