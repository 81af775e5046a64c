"""Routers: static routes keep their interfaces, floating IPs too, and the interfaces keep the router."""

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import Conflict
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.plugins.neutron_network import networking, port_questions
from orphancleanup.plugins.neutron_network.floatingip import FloatingIP
from orphancleanup.plugins.neutron_network.port import WITH_NETWORK, Port
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

#: what Neutron calls a router's interfaces in projects' networks; others come and go with them
#: (neutron_lib/constants.py, ROUTER_INTERFACE_OWNERS)
INTERFACES = (
    'network:router_interface',
    'network:router_interface_distributed',
    'network:ha_router_replicated_interface',
)


class Router(TableHandler):
    """A router: the networks that it joins are cut off when it goes, so that whoever stays on them keeps it.

    Its gateway goes with it, once no floating IP needs it.
    """

    kind, service = 'neutron-router', networking.SERVICE
    path, key = '/routers', 'routers'
    after = ('heat-stack', 'neutron-floatingip')
    resource_types = ('OS::Neutron::Router', 'AWS::EC2::RouteTable')
    tag_fields = networking.TAGS
    value_fields = ('admin_state_up', 'routes', 'tags')
    parents = {'external_gateway_info.network_id': 'neutron-network'}
    alters = {'interfaces.fixed_ips.subnet_id': 'neutron-subnet'}
    require_all = staticmethod(networking.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return networking.of_extension(cloud, 'router', super().listing(cloud, query))

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterable[Record]:
        """Return routers with the ports that are their interfaces."""
        routers = list(found)
        interfaces: dict[str, list[Record]] = defaultdict(list)
        for port in self._interfaces(cloud, routers):
            interfaces[records.required(port, 'device_id', Port.kind)].append(port)
        return [{**each, 'interfaces': interfaces[records.identifier(each, self.kind)]} for each in routers]

    def _interfaces(self, cloud: Cloud, routers: Sequence[Record]) -> Iterator[Record]:
        if len(routers) == 1:
            query = {'device_id': records.identifier(routers[0], self.kind)}
            for port in self.api(cloud).pages(Port.path, Port.key, query):
                if records.required(port, 'device_owner', Port.kind) in INTERFACES:
                    yield port
            return
        for made_for in INTERFACES if routers else ():
            yield from self.api(cloud).pages(Port.path, Port.key, {'device_owner': made_for})

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; the QoS policy of its gateway cannot go before it."""
        plain, gateway = super().resource(record), record.get('external_gateway_info') or {}
        routes = records.members({'routes': record.get('routes')}, 'routes', self.kind)
        interfaces = [records.identifier(each, Port.kind) for each in record['interfaces']]
        details = {'has_routes': bool(routes), 'interfaces': sorted(interfaces)}
        parents = (*plain.parents, *networking.qos_policy(gateway, self.kind))
        return dataclasses.replace(plain, parents=parents, details=details)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`; what prepares is there only when there is something to prepare."""
        clear = Step('clear-routes', self.clear_routes, removes=False)
        remove = Step('remove-interfaces', self.remove_interfaces, removes=False)
        return (
            *([clear] if resource.details['has_routes'] else []),
            *([remove] if resource.details['interfaces'] else []),
            Step('delete', self.delete),
        )

    def clear_routes(self, cloud: Cloud, resource: Resource) -> None:
        """Clear the static routes: an interface that one leads through cannot go (RouterInterfaceInUseByRoute)."""
        self._interfaces_now(cloud, resource)
        self._refuse_floating_ips(cloud, resource)
        self.api(cloud).put(self.address(resource.ref), {'router': {'routes': []}})

    def remove_interfaces(self, cloud: Cloud, resource: Resource) -> None:
        """Take the router out of the networks that it joins.

        For the only one, Neutron itself refuses while a floating IP needs it, and nothing has changed then.
        """
        interfaces = self._interfaces_now(cloud, resource)
        if len(interfaces) > 1:
            self._refuse_floating_ips(cloud, resource)
        for port in interfaces:
            self.api(cloud).put(f'{self.address(resource.ref)}/remove_router_interface', {'port_id': port})

    def _interfaces_now(self, cloud: Cloud, resource: Resource) -> list[str]:
        """Return the interfaces that a router has now.

        :raises Conflict: when it joins another network than it did, or one that goes, too, and that somebody has come
            to use: it would not go after all.
        """
        interfaces = []
        for port in port_questions.of_device(cloud, resource.id):
            if records.required(port, 'device_owner', Port.kind) not in INTERFACES:
                continue
            for subnet in records.references(port, 'fixed_ips.subnet_id', Port.kind):
                if Ref('neutron-subnet', subnet) not in resource.alters:
                    raise Conflict(
                        409, f'Router {resource.id} joins subnet {subnet} by now; make a new plan.'
                    )
                self._refuse_neighbours(cloud, resource, subnet)
            interfaces.append(records.identifier(port, Port.kind))
        return sorted(interfaces)

    def _refuse_neighbours(self, cloud: Cloud, resource: Resource, subnet: str) -> None:
        """Return when nobody uses a subnet that is to go; who is on one that stays was told when it was planned.

        :raises Conflict: when somebody does whom the plan does not name: it would stay, without its router.
        """
        if not cloud.is_planned(Ref('neutron-subnet', subnet)):
            return
        for port in port_questions.on_subnet(cloud, subnet):
            ref = Ref(Port.kind, records.identifier(port, Port.kind))
            goes_along = port.get('device_owner') in WITH_NETWORK or port.get('device_id') == resource.id
            is_on_it = subnet in records.references(port, 'fixed_ips.subnet_id', Port.kind)
            if is_on_it and not goes_along and not cloud.is_planned(ref):
                raise Conflict(409, f'{ref} is on subnet {subnet} by now; make a new plan.')

    def _refuse_floating_ips(self, cloud: Cloud, resource: Resource) -> None:
        """Return when no floating IP keeps a router.

        :raises Conflict: when one does.
        """
        for address in FloatingIP().listing(cloud, {'router_id': resource.id}):
            if address.get('router_id') == resource.id:
                raise Conflict(
                    409, f'Floating IP {address.get("id")} needs router {resource.id}; remove that first.'
                )

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the ports and the floating IPs of the router."""
        yield from networking.users(cloud, resource, Port(), {'device_id': resource.id})
        yield from networking.users(cloud, resource, FloatingIP(), {'router_id': resource.id})
