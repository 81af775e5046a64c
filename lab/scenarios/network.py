"""Networks: each function finds by name, or makes."""

from typing import Any

from lab.scenarios.project import Project


def network(project: Project, name: str) -> Any:
    """Find or make a network with a subnet of the same name."""
    neutron = project.connection.network
    found = neutron.find_network(name, project_id=project.project_id)
    found = project.note('neutron-network', found or neutron.create_network(name=name))
    subnet = neutron.find_subnet(name, network_id=found.id) or neutron.create_subnet(
        network_id=found.id, name=name, ip_version=4, cidr='10.0.0.0/16'
    )
    project.note('neutron-subnet', subnet)
    return found


def router(project: Project, name: str, source: Any) -> Any:
    """Find or make a router between a network and the public one."""
    neutron = project.connection.network
    found = neutron.find_router(name)
    if not found:
        gateway = {'network_id': neutron.find_network('public').id}
        found = neutron.create_router(name=name, external_gateway_info=gateway)
    if not list(neutron.ports(device_id=found.id, network_id=source.id)):
        subnet = neutron.find_subnet(source.name, network_id=source.id)
        neutron.add_interface_to_router(found, subnet_id=subnet.id)
    return project.note('neutron-router', found)


def port(project: Project, name: str, source: Any) -> Any:
    """Find or make a port."""
    neutron = project.connection.network
    found = neutron.find_port(name) or neutron.create_port(network_id=source.id, name=name)
    return project.note('neutron-port', found)


def floating_ip(project: Project, target: Any) -> Any:
    """Find or make the floating IP of a port."""
    neutron = project.connection.network
    found = next(iter(neutron.ips(port_id=target.id)), None) or neutron.create_ip(
        floating_network_id=neutron.find_network('public').id, port_id=target.id
    )
    return project.note('neutron-floating-ip', found)


def security_group(project: Project, name: str) -> Any:
    """Find or make a security group that lets SSH in."""
    neutron = project.connection.network
    found = neutron.find_security_group(name)
    if not found:
        found = neutron.create_security_group(name=name)
        neutron.create_security_group_rule(
            security_group_id=found.id, direction="ingress", ethertype="IPv4", protocol="tcp",
            port_range_min=22, port_range_max=22,
        )  # fmt: skip
    return project.note('neutron-security-group', found)
