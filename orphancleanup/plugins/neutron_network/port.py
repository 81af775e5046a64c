"""Ports: most are a part of something else, which takes them along."""

import dataclasses
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.plugins.neutron_network import networking
from orphancleanup.plugins.neutron_network.trunk import Trunk
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

#: Neutron removes these with their network, and with the last subnet (neutron/common/_constants.py,
#: AUTO_DELETE_PORT_OWNERS)
WITH_NETWORK = frozenset({'network:dhcp', 'network:distributed', 'network:floatingip_agent_gateway'})
#: how the word for what a port was made for begins, to the kind whose id the port has
OWNERS: Mapping[str, str] = {
    'compute:': 'nova-server',
    'network:router_': 'neutron-router',
    'network:ha_router_': 'neutron-router',
    'network:floatingip': 'neutron-floatingip',
}
#: ports of containers, whose device is no server (kuryr-kubernetes, Zun): Nova does not know it, though it lives
CONTAINERS = frozenset({'compute:kuryr', 'compute:zun'})
#: Octavia names its virtual address so, and the port of its health manager otherwise
_OCTAVIA, _BALANCER = 'Octavia', 'lb-'
#: a subport of a trunk is nothing but a port: the trunk leaves it behind, and says itself that it needs it
FREE = frozenset({'', 'trunk:subport'})


class Port(TableHandler):
    """A port goes by itself only when nothing owns it, or when its owner is gone: then Neutron no longer refuses it."""

    kind, service = 'neutron-port', networking.SERVICE
    path, key = '/ports', 'ports'
    after = ('heat-stack', 'nova-server', 'neutron-trunk', 'neutron-router')
    resource_types = ('OS::Neutron::Port', 'AWS::EC2::NetworkInterface')
    tag_fields, filled = networking.TAGS, frozenset({'network_id'})
    parents = {
        'network_id': 'neutron-network',
        'security_groups': 'neutron-security-group',
        'fixed_ips.subnet_id': 'neutron-subnet',
    }
    require_all = staticmethod(networking.require_administrator)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        """Return ports with the ports that use their addresses as well: a virtual address belongs to all of them."""
        ports = list(found)
        is_alone = len(ports) == 1 and not ports[0].get('device_owner')
        query = {'network_id': records.identifier(ports[0], self.kind, 'network_id')} if is_alone else {}
        sharing = _sharing(self.listing(cloud, query) if is_alone else ports)
        return [{**port, 'shared_by': sorted(_sharers(port, sharing))} for port in ports]

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource(record)
        # Administrators only are shown this one: to anybody else a listing is not the whole.
        records.present(record, 'binding:host_id', self.kind)
        made_for = records.required(record, 'device_owner', self.kind)
        device = records.required(record, 'device_id', self.kind)
        if made_for in WITH_NETWORK:
            network = Ref('neutron-network', records.identifier(record, self.kind, 'network_id'))
            return dataclasses.replace(plain, owners=(network,), parents=())
        owners = _owners(made_for, device)
        # Nova makes a port for a server first, and says a moment later that it has (nova/network/neutron.py).
        is_taken = not made_for and _is_novas(device)
        is_strange = made_for not in FREE and not owners
        return dataclasses.replace(
            plain,
            owners=owners,
            blockers=(Ref('nova-server', device),) if is_taken else (),
            parents=(*plain.parents, *networking.qos_policy(record, self.kind), *owners),
            alters=networking.optional(record, 'shared_by', self.kind, self.kind) if made_for in FREE else (),
            protection=f'it was made for {made_for!r}, of which nothing is known' if is_strange else '',
        )

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the trunk that has the port."""
        return networking.users(cloud, resource, Trunk(), {})


def _owners(made_for: str, device: str) -> tuple[Ref, ...]:
    """Return what a port is a part of; nothing when it is not known what the device is: then it is no orphan either."""
    if made_for == _OCTAVIA and device.startswith(_BALANCER):
        return (Ref('octavia-load-balancer', device.removeprefix(_BALANCER)),)
    known = [kind for begin, kind in OWNERS.items() if made_for.startswith(begin)]
    if not known or not device or made_for in CONTAINERS:
        return ()
    return (Ref(known[0], device),) if known[0] != 'nova-server' or _is_novas(device) else ()


def _is_novas(device: str) -> bool:
    """Return whether a device has an id as Nova's servers have; one that has another is somebody else's."""
    try:
        uuid.UUID(device)
    except ValueError:
        return False
    return True


_Sharing = Mapping[tuple[str, str], set[str]]


def _sharing(ports: Iterable[Record]) -> _Sharing:
    """Return network and address to the ports that may use the address besides their own."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for port in ports:
        for address in records.members({'pairs': port.get('allowed_address_pairs')}, 'pairs', Port.kind):
            where = str(records.first(address, 'ip_address') or '').removesuffix('/32').removesuffix('/128')
            found[str(port.get('network_id')), where].add(records.identifier(port, Port.kind))
    return found


def _sharers(port: Record, sharing: _Sharing) -> set[str]:
    addresses = records.members(port, 'fixed_ips', Port.kind) if sharing else []
    network = str(port.get('network_id'))
    users = (sharing.get((network, str(records.first(each, 'ip_address'))), set()) for each in addresses)
    return set().union(*users) - {records.identifier(port, Port.kind)}
