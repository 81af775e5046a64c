"""Contrail's own objects of Keystone's projects."""

from orphancleanup.api import Cloud
from orphancleanup.errors import IncompleteListing
from orphancleanup.model import Ref
from orphancleanup.plugins.contrail_vn import identifiers, listing
from orphancleanup.plugins.contrail_vn.identifiers import keystone_id
from orphancleanup.plugins.contrail_vn.objects import ContrailHandler
from orphancleanup.records import Record, identifier

_CHILDREN = {
    'virtual_networks': 'contrail-vn',
    'virtual_machine_interfaces': 'contrail-vmi',
    'logical_routers': 'contrail-logical-router',
    'security_groups': 'contrail-security-group',
    'network_policys': 'contrail-network-policy',
    'network_ipams': 'contrail-network-ipam',
    'route_tables': 'contrail-route-table',
    'floating_ip_back_refs': 'contrail-floating-ip',
    'alias_ip_back_refs': 'contrail-alias-ip',
    # Of kinds that nobody knows: they keep it.
    'interface_route_tables': 'contrail-interface-route-table',
    'service_instances': 'contrail-service-instance',
    'service_health_checks': 'contrail-service-health-check',
    'routing_policys': 'contrail-routing-policy',
    'loadbalancers': 'contrail-loadbalancer',
    'loadbalancer_pools': 'contrail-loadbalancer-pool',
    'virtual_ips': 'contrail-virtual-ip',
    'bgp_as_a_services': 'contrail-bgp-as-a-service',
    'bgpvpns': 'contrail-bgpvpn',
    'firewall_groups': 'contrail-firewall-group',
}


class Project(ContrailHandler):
    """The object that Contrail has for a project of Keystone. When that is deleted Contrail tries once to follow.

    Its id is Keystone's, with dashes. To read one by its id would make it, if the project lives: so it is listed.
    """

    kind, type_name = 'contrail-project', 'project'
    after = ('heat-stack', *dict.fromkeys(_CHILDREN.values()))
    blockers = {f'{field}.uuid': kind for field, kind in _CHILDREN.items()}
    # While the project lives, it makes no sense to remove it: it would come back.
    selected_by = frozenset({'project-missing'})
    resource_types = ('OS::ContrailV2::Project',)

    def project_of(self, record: Record) -> str:
        """Return the project itself."""
        return keystone_id(identifier(record, self.kind, 'uuid'))

    def record(self, cloud: Cloud, ref: Ref) -> Record | None:
        """Return the record of one; None when the whole list lacks it.

        :raises IncompleteListing: when it is listed and cannot be shown.
        """
        identifiers.require_own(ref)
        self.require_all(cloud)
        service = self.api(cloud)
        for found in listing.some(service, self.type_name, self.asked_fields(), (ref.id,)):
            return self.normal(found)
        if any(each.get('uuid') == ref.id for each in listing.everything(service, self.type_name, ())):
            raise IncompleteListing(
                f'Contrail lists {ref}, but does not show it; look with "db_manage.py check".'
            )
        return None
