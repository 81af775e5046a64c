"""Virtual networks."""

from orphancleanup.plugins.contrail_vn.objects import ContrailHandler


class Network(ContrailHandler):
    """A network is kept by every interface, address and router on it, and by its pools; these go before it.

    The API server passes over children whose name is ``default-`` and their type, and leaves them behind: as all
    others, they go first. What is derived from a network (access lists, routing instances) goes with it.
    """

    kind, type_name = 'contrail-vn', 'virtual-network'
    same_as = ('neutron-network',)
    after = (
        'heat-stack', 'nova-server', 'contrail-logical-router', 'contrail-floating-ip', 'contrail-alias-ip',
        'contrail-instance-ip', 'contrail-vmi', 'contrail-virtual-machine', 'contrail-floating-ip-pool',
        'contrail-alias-ip-pool', 'contrail-bridge-domain',
    )  # fmt: skip
    blockers = {
        'virtual_machine_interface_back_refs.uuid': 'contrail-vmi',
        'instance_ip_back_refs.uuid': 'contrail-instance-ip',
        'logical_router_back_refs.uuid': 'contrail-logical-router',
        'floating_ip_pools.uuid': 'contrail-floating-ip-pool',
        'alias_ip_pools.uuid': 'contrail-alias-ip-pool',
        'bridge_domains.uuid': 'contrail-bridge-domain',
        # Of kinds that nobody knows: they keep it.
        'port_tuple_back_refs.uuid': 'contrail-port-tuple',
        'flow_node_back_refs.uuid': 'contrail-flow-node',
        'firewall_rule_back_refs.uuid': 'contrail-firewall-rule',
        'data_center_interconnect_back_refs.uuid': 'contrail-data-center-interconnect',
        'host_based_service_back_refs.uuid': 'contrail-host-based-service',
    }
    protecting = {
        'is_shared': 'it is shared with other projects',
        'router_external': 'it is an external network',
        'is_provider_network': 'it is a provider network',
        'physical_router_back_refs': 'a physical router uses it',
        'fabric_back_refs': 'a fabric uses it',
        'virtual_network_back_refs': 'it is the provider network of another one',
        'virtual_network_refs': 'it is connected to a provider network',
    }
    resource_types = ('OS::ContrailV2::VirtualNetwork', 'OS::Contrail::VirtualNetwork')
