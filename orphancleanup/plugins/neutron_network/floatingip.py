"""Floating IPs, with what they forward."""

import contextlib
import dataclasses
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.plugins.neutron_network import networking, port_questions
from orphancleanup.plugins.neutron_network.port import Port
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class FloatingIP(TableHandler):
    """A floating IP goes before the router that serves it; the port behind it loses its address, and stays."""

    kind, service = 'neutron-floatingip', networking.SERVICE
    path, key, singular = '/floatingips', 'floatingips', 'floatingip'
    after = ('heat-stack',)
    resource_types = ('OS::Neutron::FloatingIP', 'OS::Nova::FloatingIP', 'AWS::EC2::EIP')
    # It has no name: its address tells people which one it is.
    name_field, tag_fields, filled = (
        'floating_ip_address',
        networking.TAGS,
        frozenset({'floating_network_id'}),
    )
    parents = {'floating_network_id': 'neutron-network', 'router_id': 'neutron-router'}
    alters = {'port_id': 'neutron-port'}
    require_all = staticmethod(networking.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`."""
        return networking.of_extension(cloud, 'router', super().listing(cloud, query))

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; forwardings are there only where Neutron can forward."""
        plain = super().resource(record)
        behind = networking.optional(record, 'port_forwardings.internal_port_id', 'neutron-port', self.kind)
        forwardings = networking.optional(record, 'port_forwardings.id', 'forwarding', self.kind)
        return dataclasses.replace(
            plain,
            parents=(*plain.parents, *networking.qos_policy(record, self.kind)),
            alters=tuple(dict.fromkeys((*plain.alters, *behind))),
            details={'forwardings': [each.id for each in forwardings]},
        )

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        """Ask for a removal; Neutron refuses it while something is forwarded (FipInUseByPortForwarding).

        :raises Conflict: when somebody whom the plan does not name has come to use a port behind it that is to go: that
            one stays with the port, and would lose its address.
        """
        for ref in resource.alters:
            if cloud.is_planned(ref):
                _require_unused(cloud, ref)
        for forwarding in resource.details['forwardings']:
            path = f'{self.address(resource.ref)}/port_forwardings/{records.segment(forwarding)}'
            with contextlib.suppress(NotFound):
                self.api(cloud).delete(path)
        super().delete(cloud, resource)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield what the floating IP forwards."""
        found = self.record(cloud, resource.ref) or {}
        for each in found.get('port_forwardings') or ():
            to = f'{each.get("internal_ip_address")}:{each.get("internal_port")}'
            yield Evidence(
                'api', f'port forwarding {each.get("id")} to {to} of port {each.get("internal_port_id")}'
            )


def _require_unused(cloud: Cloud, ref: Ref) -> None:
    """Return when nobody but what the plan names, or what is gone, uses a port of the plan by now.

    :raises Conflict: when somebody does.
    """
    # By its record: who shares its address takes a listing, and was told when it was planned.
    record = port_questions.by_id(cloud, ref)
    if record is None:
        return
    port = Port().resource(record)
    if port.protection:
        raise Conflict(
            409, f'{ref}, which it leads to, is in use by now: {port.protection}; make a new plan.'
        )
    for user in (*port.owners, *port.blockers):
        if not cloud.is_planned(user) and not cloud.is_gone(user):
            raise Conflict(409, f'{ref}, which it leads to, is in use by {user} by now; make a new plan.')
