"""Virtual machines, as Contrail knows them."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from orphancleanup.api import Cloud
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.plugins.contrail_vn import servers
from orphancleanup.plugins.contrail_vn.objects import ContrailHandler
from orphancleanup.records import Record, references

_ROUTERS = 'virtual_router_back_refs'
# "container" for a pod of Kubernetes; by the schema "virtual-server" or "baremetal-server" otherwise, and mostly empty.
_TYPE = 'server_type'
_SERVICE = 'service_instance_refs'
_INTERFACES = ('virtual_machine_interface_back_refs.uuid', 'virtual_machine_interfaces.uuid')


class VirtualMachine(ContrailHandler):
    """A virtual machine belongs to Nova's server of the same id; Contrail knows no project of it.

    Others make virtual machines, too (Kubernetes one of each pod), and none of these has a server. So one that is a
    container, or whose interfaces are no server's, is no orphan because Nova does not know it.
    """

    kind, type_name = 'contrail-virtual-machine', 'virtual-machine'
    after = ('heat-stack', 'nova-server', 'contrail-vmi')
    blockers = {
        **dict.fromkeys(_INTERFACES, 'contrail-vmi'),
        # Of a kind that nobody knows: it keeps it.
        f'{_SERVICE}.uuid': 'contrail-service-instance',
    }
    fields = (_ROUTERS, _TYPE)
    levels = frozenset({Level.BACKEND})
    resource_types = ('OS::ContrailV2::VirtualMachine',)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield records with whether Nova has to know their server, for it to be there."""
        kept = list(found)
        are_ours = servers.are_ours(cloud) if kept else False
        every = {uuid for each in kept for uuid in self._interfaces(each)}
        of_servers = servers.interfaces(self.api(cloud), every)
        for each in kept:
            own = self._interfaces(each)
            is_of_server = each[_TYPE] != 'container' and (not own or not of_servers.isdisjoint(own))
            yield {**each, 'has_server': are_ours and is_of_server, 'are_servers_ours': are_ours}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        found = super().resource(record)
        own = servers.refs((found.id,) if not record[_SERVICE] else ())
        return dataclasses.replace(
            found,
            owners=own,
            parents=own if record['has_server'] else (),
            unused='no interface belongs to it' if record['are_servers_ours'] and not found.blockers else '',
            details={'hosts': list(references(record, f'{_ROUTERS}.uuid', self.kind))},
        )

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`: no user of a project ever deletes one by itself."""
        delete = Step('delete', self.delete, Level.BACKEND)
        if resource.details.get('hosts'):
            return (Step('release-host', self._release, Level.BACKEND, removes=False), delete)
        return (delete,)

    def _interfaces(self, record: Record) -> tuple[str, ...]:
        return tuple(each for field in _INTERFACES for each in references(record, field, self.kind))

    def _release(self, cloud: Cloud, resource: Resource) -> None:
        """End the references of virtual routers to it, unless something else keeps it all the same."""
        hosts = resource.details['hosts']
        self.require_free(cloud, resource.ref, hosts)
        for host in hosts:
            body = {
                'type': 'virtual-router',
                'uuid': host,
                'ref-type': self.type_name,
                'ref-uuid': resource.id,
            }
            self.api(cloud).post('/ref-update', {**body, 'operation': 'DELETE'})
