"""What networks and interfaces refer to: security groups, policies, address management, route tables."""

from orphancleanup.plugins.contrail_vn.objects import ContrailHandler

_LOGGED = {'security_logging_object_back_refs.uuid': 'contrail-security-logging-object'}


class SecurityGroup(ContrailHandler):
    """A security group is kept by the interfaces that use it; its access lists go with it."""

    kind, type_name = 'contrail-security-group', 'security-group'
    same_as = ('neutron-security-group',)
    after = ('heat-stack', 'contrail-vmi')
    blockers = {
        'virtual_machine_interface_back_refs.uuid': 'contrail-vmi',
        'virtual_port_group_back_refs.uuid': 'contrail-virtual-port-group',
        **_LOGGED,
    }
    resource_types = ('OS::ContrailV2::SecurityGroup',)


class NetworkPolicy(ContrailHandler):
    """A policy is kept by the networks that it is attached to."""

    kind, type_name = 'contrail-network-policy', 'network-policy'
    after = ('heat-stack', 'contrail-vn')
    blockers = {'virtual_network_back_refs.uuid': 'contrail-vn', **_LOGGED}
    resource_types = ('OS::ContrailV2::NetworkPolicy', 'OS::Contrail::NetworkPolicy')


class NetworkIpam(ContrailHandler):
    """The address management of networks is kept by them, and by addresses that were taken from it directly."""

    kind, type_name = 'contrail-network-ipam', 'network-ipam'
    after = ('heat-stack', 'contrail-vn', 'contrail-instance-ip')
    blockers = {
        'virtual_network_back_refs.uuid': 'contrail-vn',
        'instance_ip_back_refs.uuid': 'contrail-instance-ip',
    }
    protecting = {'virtual_router_back_refs': 'a virtual router uses it'}
    resource_types = ('OS::ContrailV2::NetworkIpam', 'OS::Contrail::NetworkIpam')


class RouteTable(ContrailHandler):
    """A route table is kept by the networks and routers that it is attached to."""

    kind, type_name = 'contrail-route-table', 'route-table'
    after = ('heat-stack', 'contrail-vn', 'contrail-logical-router')
    blockers = {
        'virtual_network_back_refs.uuid': 'contrail-vn',
        'logical_router_back_refs.uuid': 'contrail-logical-router',
    }
    resource_types = ('OS::ContrailV2::RouteTable', 'OS::Contrail::RouteTable')
