"""Virtual machines, as Contrail knows them."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.plugins.contrail_vn import servers
from orphancleanup.plugins.contrail_vn.objects import ContrailHandler
from orphancleanup.records import Record, references

_ROUTERS = 'virtual_router_back_refs'
_SERVICE = 'service_instance_refs'


class VirtualMachine(ContrailHandler):
    """A virtual machine belongs to Nova's server of the same id; Contrail knows no project of it."""

    kind, type_name = 'contrail-virtual-machine', 'virtual-machine'
    path, key = '/virtual-machine', 'virtual-machines'
    after = ('heat-stack', 'nova-server', 'contrail-vmi')
    blockers = {
        'virtual_machine_interface_back_refs.uuid': 'contrail-vmi',
        'virtual_machine_interfaces.uuid': 'contrail-vmi',
        # Of a kind that nobody knows: it keeps it.
        f'{_SERVICE}.uuid': 'contrail-service-instance',
    }
    fields = (_ROUTERS,)
    levels = frozenset({Level.BACKEND})
    resource_types = ('OS::ContrailV2::VirtualMachine',)

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield records with whether a server that Nova does not know is gone."""
        kept = list(found)
        has_servers = servers.are_ours(cloud) if kept else False
        for each in kept:
            yield {**each, 'has_servers': has_servers}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        found = super().resource(record)
        own = servers.refs((found.id,) if not record[_SERVICE] else ())
        has_servers = record['has_servers']
        return dataclasses.replace(
            found,
            owners=own,
            parents=own if has_servers else (),
            unused='' if found.blockers or not has_servers else 'no interface belongs to it',
            details={'hosts': list(references(record, f'{_ROUTERS}.uuid', self.kind))},
        )

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`: no user of a project ever deletes one by itself."""
        delete = Step('delete', self.delete, Level.BACKEND)
        if resource.details.get('hosts'):
            return (Step('release-host', self._release, Level.BACKEND, removes=False), delete)
        return (delete,)

    def _release(self, cloud: Cloud, resource: Resource) -> None:
        """End the references of virtual routers to it, unless something else keeps it all the same."""
        now = self.look(cloud, resource.ref)
        if now is None:
            raise NotFound(404, f'{resource.ref} is gone.')
        if now.blockers:
            raise Conflict(409, f'{now.ref} has {now.blockers[0]}; remove that first.')
        for host in now.details['hosts']:
            body = {'type': 'virtual-router', 'uuid': host, 'ref-type': self.type_name, 'ref-uuid': now.id}
            self.api(cloud).post('/ref-update', {**body, 'operation': 'DELETE'})
