"""Interfaces of virtual machines: what Neutron calls a port."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.contrail_vn import servers, sharing, unnamed
from orphancleanup.plugins.contrail_vn.objects import ContrailHandler
from orphancleanup.plugins.contrail_vn.sharing import Share
from orphancleanup.records import Record, references, segment

_MACHINES = 'virtual_machine_refs'
_UNUSED = 'it is of a server, and no virtual machine has it'
_UNNAMED = 'unnamed'
_UNTOLD = 'Contrail did not tell what else uses it'


class Interface(ContrailHandler):
    """An interface owns the addresses that only it has; the API server deletes neither without being told.

    It belongs to its server, which takes it along, and is an orphan when that is gone.
    """

    kind, type_name = 'contrail-vmi', 'virtual-machine-interface'
    same_as = ('neutron-port',)
    after = (
        'heat-stack', 'nova-server', 'contrail-logical-router', 'contrail-floating-ip', 'contrail-alias-ip',
        'contrail-instance-ip',
    )  # fmt: skip
    parents = {f'{_MACHINES}.uuid': 'contrail-virtual-machine', 'virtual_network_refs.uuid': 'contrail-vn'}
    blockers = {
        'logical_router_back_refs.uuid': 'contrail-logical-router',
        'virtual_machine_interface_back_refs.uuid': 'contrail-vmi',
        # Of kinds that nobody knows: they keep it, and so do those that it belongs to.
        'port_tuple_refs.uuid': 'contrail-port-tuple',
        'virtual_port_group_refs.uuid': 'contrail-virtual-port-group',
        'loadbalancer_back_refs.uuid': 'contrail-loadbalancer',
        'loadbalancer_pool_back_refs.uuid': 'contrail-loadbalancer-pool',
        'virtual_ip_back_refs.uuid': 'contrail-virtual-ip',
        'bgp_as_a_service_back_refs.uuid': 'contrail-bgp-as-a-service',
        'virtual_port_group_back_refs.uuid': 'contrail-virtual-port-group',
        'logical_interface_back_refs.uuid': 'contrail-logical-interface',
        'subnet_back_refs.uuid': 'contrail-subnet',
        'link_aggregation_group_back_refs.uuid': 'contrail-link-aggregation-group',
        'customer_attachment_back_refs.uuid': 'contrail-customer-attachment',
    }
    fields = (servers.DEVICE_OWNER, *sharing.BACK_REFS)
    protecting = {
        'physical_interface_refs': 'an interface of a physical router uses it',
        'bgp_router_refs': 'a BGP router uses it',
    }
    levels = frozenset({Level.API, Level.BACKEND})
    resource_types = ('OS::ContrailV2::VirtualMachineInterface',)

    def record(self, cloud: Cloud, ref: Ref) -> Record | None:
        """See :meth:`ContrailHandler.record`; one is asked for with all that there is."""
        shown = self.record_of(cloud, ref, {})
        if shown is None:
            return None
        return {**self.normal(shown), _UNNAMED: unnamed.of_one(shown, str(ref), self.asked_fields())}

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield records with what is known of their addresses and users, and whether their server would be found."""
        kept, service = list(found), self.api(cloud)
        is_list = any(_UNNAMED not in each for each in kept)
        others = unnamed.of_all(service, self.type_name, self.asked_fields()) if is_list else {}
        shares = sharing.of_interfaces(service, kept)
        has_servers = servers.are_ours(cloud) if any(servers.has(each) for each in kept) else False
        for each in kept:
            more = {} if _UNNAMED in each else {_UNNAMED: others.get(each['id'])}
            yield {**each, **more, 'shares': shares.get(each['id'], ()), 'has_servers': has_servers}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        found = super().resource(record)
        machines = references(record, f'{_MACHINES}.uuid', self.kind)
        own = servers.refs(machines if servers.has(record) else ())
        alone = tuple(each for each in record['shares'] if each.is_alone)
        return dataclasses.replace(
            found,
            owners=own,
            parents=(*found.parents, *(own if record['has_servers'] else ())),
            blockers=(
                *found.blockers,
                *(each.ref for each in alone if not each.is_part),
                *(record[_UNNAMED] or ()),
            ),
            holds=tuple(each.ref for each in alone if each.is_part),
            alters=tuple(each.ref for each in record['shares'] if not each.is_alone),
            unused=_UNUSED if servers.has(record) and not machines else '',
            protection=found.protection
            or _of_host(record)
            or ('' if record[_UNNAMED] is not None else _UNTOLD),
            details=_details(record['shares']),
        )

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. A plain delete is refused as long as it has addresses: it is left out then."""
        if resource.details.get('addresses') or resource.details.get('shared'):
            return (Step('delete-with-addresses', self._delete_with_addresses, Level.BACKEND),)
        return (Step('delete', self.delete),)

    def _delete_with_addresses(self, cloud: Cloud, resource: Resource) -> None:
        """Delete the addresses that only it has, and end the references of those that others have, too.

        The look before this step has told all that keeps it, by fields that no table names, too: it would stay, and
        without its addresses. Before others' addresses are changed, it is asked once more.
        """
        service = self.api(cloud)
        own, shared = resource.details.get('addresses', ()), resource.details.get('shared', ())
        if shared:
            self.require_free(cloud, resource.ref, {*own, *(identifier for _, identifier in shared)})
        for kind, identifier in shared:
            sharing.release(service, kind, identifier, resource.id)
        for identifier in own:
            try:
                service.delete(f'/instance-ip/{segment(identifier)}')
            except NotFound:
                continue
        self.delete(cloud, resource)


def _details(shares: Iterable[Share]) -> dict[str, Any]:
    """Return what a step needs to know of the addresses; nothing when there are none."""
    own = [each.uuid for each in shares if each.is_alone and each.is_part]
    shared = [[each.type_name, each.uuid] for each in shares if not each.is_alone]
    return {name: found for name, found in (('addresses', own), ('shared', shared)) if found}


def _of_host(record: Record) -> str:
    return 'it belongs to a virtual router' if record.get('parent_type') == 'virtual-router' else ''
