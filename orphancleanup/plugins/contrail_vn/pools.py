"""What is below a network, and belongs to its project: pools of floating and of alias IPs."""

import dataclasses
from collections.abc import Iterable, Iterator

from orphancleanup.api import Cloud
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.contrail_vn.homes import homes
from orphancleanup.plugins.contrail_vn.identifiers import keystone_id
from orphancleanup.plugins.contrail_vn.objects import ContrailHandler
from orphancleanup.records import Record, references


class BelowNetwork(ContrailHandler):
    """A kind whose objects are children of networks. One whose network is gone is nobody's, and an orphan."""

    parents = {'parent_uuid': 'contrail-vn'}

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield records with the project of their network."""
        kept = list(found)
        networks = {str(each['parent_uuid']) for each in kept if each['parent_uuid']}
        found_homes = homes(self.api(cloud), 'virtual-network', networks)
        for each in kept:
            yield {**each, 'project': found_homes.get(str(each['parent_uuid']), '')}


class Pool(BelowNetwork):
    """A pool is kept by the addresses that were taken from it, and by other projects that may use it."""

    fields = ('project_back_refs',)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        found = super().resource(record)
        users = references(record, 'project_back_refs.uuid', self.kind)
        others = tuple(
            Ref('contrail-project', each) for each in users if keystone_id(each) != found.project_id
        )
        return dataclasses.replace(found, blockers=(*found.blockers, *others))


class FloatingIpPool(Pool):
    """A pool of floating IPs."""

    kind, type_name = 'contrail-floating-ip-pool', 'floating-ip-pool'
    after = ('heat-stack', 'contrail-floating-ip')
    blockers = {'floating_ips.uuid': 'contrail-floating-ip'}
    resource_types = ('OS::ContrailV2::FloatingIpPool',)


class AliasIpPool(Pool):
    """A pool of alias IPs."""

    kind, type_name = 'contrail-alias-ip-pool', 'alias-ip-pool'
    after = ('heat-stack', 'contrail-alias-ip')
    blockers = {'alias_ips.uuid': 'contrail-alias-ip'}
    resource_types = ('OS::ContrailV2::AliasIpPool',)


class BridgeDomain(BelowNetwork):
    """A bridge domain belongs to its network, and keeps it."""

    kind, type_name = 'contrail-bridge-domain', 'bridge-domain'
    after = ('heat-stack', 'contrail-vmi')
    blockers = {'virtual_machine_interface_back_refs.uuid': 'contrail-vmi'}
    resource_types = ('OS::ContrailV2::BridgeDomain',)
