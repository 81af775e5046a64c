"""What steps ask about ports right before they change something; many at a time ask together.

Neutron takes a filter more than once, and shows what any of the values fits (API reference, "Filtering and column
selection"); whom it does not tell about is asked for alone (:class:`orphancleanup.together.Together`).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.model import Ref
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.plugins.neutron_network.port import Port
from orphancleanup.records import Record
from orphancleanup.together import Together

Told = TypeVar('Told')


def of_device(cloud: Cloud, device: str) -> Sequence[Record]:
    """Return the ports that something has."""
    return _asked(
        cloud,
        device,
        lambda devices: {'device_id': devices},
        lambda port: (records.required(port, 'device_id', Port.kind),),
    )


def on_subnet(cloud: Cloud, subnet: str) -> Sequence[Record]:
    """Return the ports with an address of a subnet."""
    return _asked(
        cloud,
        subnet,
        lambda subnets: {'fixed_ips': [f'subnet_id={each}' for each in subnets]},
        lambda port: records.references(port, 'fixed_ips.subnet_id', Port.kind),
    )


def by_id(cloud: Cloud, ref: Ref) -> Record | None:
    """Return a port; None when Neutron says that it is gone."""

    def ask(ports: Sequence[str]) -> Mapping[str, Record]:
        if len(ports) == 1:
            record = Port().record(cloud, Ref(Port.kind, ports[0]))
            return {ports[0]: record} if record else {}
        found = cloud.service(networking.SERVICE).pages(Port.path, Port.key, {'id': ports})
        return {records.identifier(each, Port.kind): each for each in found}

    return _together(cloud, 'id', ref.id, ask)


def _asked(
    cloud: Cloud,
    key: str,
    query: Callable[[Sequence[str]], Mapping[str, Sequence[str]]],
    keys_of: Callable[[Record], Iterable[str]],
) -> Sequence[Record]:
    def ask(keys: Sequence[str]) -> Mapping[str, Sequence[Record]]:
        found: dict[str, list[Record]] = defaultdict(list)
        for port in cloud.service(networking.SERVICE).pages(Port.path, Port.key, query(keys)):
            for each in keys_of(port):
                found[each].append(port)
        return found

    (field,) = query(())
    return _together(cloud, field, key, ask) or ()


def _together(
    cloud: Cloud, field: str, key: str, ask: Callable[[Sequence[str]], Mapping[str, Told]]
) -> Told | None:
    asked: Together[str, Told] = cloud.kept(f'ports by {field}, as {cloud.project_id} sees them', Together)
    return asked.of(key, ask)
