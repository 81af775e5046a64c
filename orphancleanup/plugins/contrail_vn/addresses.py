"""Addresses: of instances, floating and alias ones, and which interfaces have them."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

from orphancleanup.api import Cloud
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.contrail_vn import protection
from orphancleanup.plugins.contrail_vn.homes import common, homes
from orphancleanup.plugins.contrail_vn.identifiers import keystone_id
from orphancleanup.plugins.contrail_vn.objects import ContrailHandler
from orphancleanup.records import Record, identifier, references

INTERFACES = 'virtual_machine_interface_refs'
INTERFACE_KIND = 'contrail-vmi'
#: an address that has one of these is used by a service, whether or not an interface has it
_OF_SERVICES = (
    'service_instance_ip', 'service_health_check_ip', 'instance_ip_local_ip', 'service_instance_back_refs',
)  # fmt: skip


class InstanceIp(ContrailHandler):
    """An address belongs to the interface that has it, and is nobody's else: Contrail knows no project of it.

    One that several interfaces share belongs to the project of all of them, if it is one, and goes on its own.
    """

    kind, type_name = 'contrail-instance-ip', 'instance-ip'
    after = ('heat-stack', 'nova-server', 'contrail-floating-ip', 'contrail-alias-ip')
    parents = {'virtual_network_refs.uuid': 'contrail-vn'}
    blockers = {'floating_ips.uuid': 'contrail-floating-ip'}
    fields = (INTERFACES, *_OF_SERVICES)
    protecting = {
        'virtual_router_refs': 'a virtual router uses it',
        # Of these no virtual interface has it: it is the address of a gateway, say.
        'physical_router_refs': 'a physical router uses it',
        'logical_interface_refs': 'an interface of a physical router uses it',
        'flow_node_refs': 'a flow node uses it',
        **dict.fromkeys(_OF_SERVICES, 'a service uses it'),
    }
    levels = frozenset({Level.BACKEND})
    resource_types = ('OS::ContrailV2::InstanceIp',)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield records with the project of their interfaces, where no single one has them; else of their network."""
        kept = list(found)
        shared = {each for one in kept for each in self._interfaces(one) if len(self._interfaces(one)) > 1}
        alone = {each for one in kept for each in self._networks(one) if not self._interfaces(one)}
        of_interfaces = homes(self.api(cloud), 'virtual-machine-interface', shared)
        of_networks = homes(self.api(cloud), 'virtual-network', alone)
        for each in kept:
            interfaces = self._interfaces(each)
            known = (
                common(of_interfaces, interfaces) if interfaces else common(of_networks, self._networks(each))
            )
            yield {**each, 'project': '' if len(interfaces) == 1 else known}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        found = super().resource(record)
        interfaces = tuple(Ref(INTERFACE_KIND, each) for each in self._interfaces(record))
        # That of a network of Contrail's own is nobody's either, and may be a virtual router's.
        names = [each.get('to') or () for each in record['virtual_network_refs'] or ()]
        is_system = any(protection.is_system(name) for name in names)
        return dataclasses.replace(
            found,
            owners=interfaces if len(interfaces) == 1 else (),
            parents=(*found.parents, *(interfaces if len(interfaces) == 1 else ())),
            unused='' if interfaces else 'no interface has it',
            is_system=is_system,
        )

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`: no user of a project ever deletes one by itself."""
        return (Step('delete', self.delete, Level.BACKEND),)

    def _interfaces(self, record: Record) -> tuple[str, ...]:
        return references(record, f'{INTERFACES}.uuid', self.kind)

    def _networks(self, record: Record) -> tuple[str, ...]:
        return references(record, 'virtual_network_refs.uuid', self.kind)


class PoolIp(ContrailHandler):
    """An address from a pool belongs to a project of its own, whoever's the pool is; it depends on its interface."""

    fields = (INTERFACES, 'project_refs')
    # Of a kind that nobody knows: it keeps it.
    blockers = {'customer_attachment_back_refs.uuid': 'contrail-customer-attachment'}

    def project_of(self, record: Record) -> str:
        """Return the project that took the address."""
        found = references({'project_refs': None, **record}, 'project_refs.uuid', self.kind)
        return keystone_id(found[0]) if len(found) == 1 else ''

    def protection_of(self, record: Record) -> str:
        """See :meth:`ContrailHandler.protection_of`; that of a pool in Contrail's own project is of who took it."""
        taken = [each.get('to') for each in record.get('project_refs') or () if isinstance(each, Mapping)]
        home = taken[0] if len(taken) == 1 and isinstance(taken[0], list) else record['fq_name']
        return protection.of(record, home, self.protecting)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; one that several interfaces share outlives each of them."""
        found = super().resource(record)
        interfaces = references(record, f'{INTERFACES}.uuid', self.kind)
        above = Ref(f'contrail-{record.get("parent_type")}', identifier(record, self.kind, 'parent_uuid'))
        own = tuple(Ref(INTERFACE_KIND, each) for each in interfaces) if len(interfaces) == 1 else ()
        return dataclasses.replace(found, parents=(above, *own))


class FloatingIp(PoolIp):
    """A floating IP, of a pool or of another address."""

    kind, type_name = 'contrail-floating-ip', 'floating-ip'
    same_as = ('neutron-floatingip',)
    after = ('heat-stack',)
    resource_types = ('OS::ContrailV2::FloatingIp', 'OS::Contrail::FloatingIp')


class AliasIp(PoolIp):
    """An alias IP."""

    kind, type_name = 'contrail-alias-ip', 'alias-ip'
    after = ('heat-stack',)
    resource_types = ('OS::ContrailV2::AliasIp',)
