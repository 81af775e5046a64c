"""Logical routers."""

from orphancleanup.plugins.contrail_vn.objects import ContrailHandler


class LogicalRouter(ContrailHandler):
    """A router goes before the interfaces that it has in its networks; its route target goes with it."""

    kind, type_name = 'contrail-logical-router', 'logical-router'
    same_as = ('neutron-router',)
    after = ('heat-stack', 'contrail-floating-ip')
    blockers = {
        'data_center_interconnect_back_refs.uuid': 'contrail-data-center-interconnect',
        'port_tuple_back_refs.uuid': 'contrail-port-tuple',
        'dhcp_relay_server_back_refs.uuid': 'contrail-dhcp-relay-server',
    }
    protecting = {'physical_router_refs': 'a physical router uses it', 'fabric_refs': 'a fabric uses it'}
    resource_types = ('OS::ContrailV2::LogicalRouter',)
