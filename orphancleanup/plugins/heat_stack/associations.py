"""Resources of a stack whose end changes something that is not a part of the stack. Pure.

An association (an attached volume, a router's interface, a floating IP's port) is nothing by itself: its physical id is
that of something else, or none. A rule of a security group or a member of a pool has an id of its own, but what it
belongs to loses it. Source: heat/engine/resources/openstack and aws/ec2 of release 27.0.1, ``handle_delete``.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orphancleanup.model import Ref

Properties = Mapping[str, Any]
#: the kind of what could not be told; nobody knows it, so that it keeps the stack, and a person is needed
UNTOLD = 'heat-untold-end'
# Keystone gives these to users and groups of a directory (keystone/identity/id_generators/sha256.py).
_DIGEST = re.compile('[0-9a-f]{64}')


@dataclass(frozen=True, slots=True)
class End:
    """Something that a resource of a stack connects or belongs to.

    :param field: the property that names it; a dot leads into a list of maps.
    :param kind: what it is; kinds without a handler are named as their handler will be.
    :param loses: whether it is worse off without the connection when what is at the other end goes: a server without
        its disk is, a disk without its server is not.
    :param is_required: whether every resource of the type has it.
    """

    field: str
    kind: str
    loses: bool = True
    is_required: bool = True


def _quota() -> tuple[End, ...]:
    return (End('project', 'keystone-project'),)


def _of(field: str, kind: str) -> tuple[End, ...]:
    return (End(field, kind),)


#: resource types that are nothing by themselves
ASSOCIATIONS: Mapping[str, tuple[End, ...]] = {
    'OS::Cinder::VolumeAttachment': (
        End('instance_uuid', 'nova-server'),
        End('volume_id', 'cinder-volume', loses=False),
    ),
    'AWS::EC2::VolumeAttachment': (
        End('InstanceId', 'nova-server'),
        End('VolumeId', 'cinder-volume', loses=False),
    ),
    'OS::Neutron::FloatingIPAssociation': (
        End('floatingip_id', 'neutron-floatingip', loses=False),
        End('port_id', 'neutron-port'),
    ),
    'OS::Nova::FloatingIPAssociation': (
        End('floating_ip', 'neutron-floatingip', loses=False),
        End('server_id', 'nova-server'),
    ),
    'AWS::EC2::EIPAssociation': (
        End('AllocationId', 'neutron-floatingip', is_required=False),
        End('EIP', 'neutron-floatingip', is_required=False),
        End('NetworkInterfaceId', 'neutron-port', is_required=False),
        End('InstanceId', 'nova-server', is_required=False),
    ),
    'OS::Neutron::RouterInterface': (
        End('router', 'neutron-router', loses=False),
        End('subnet', 'neutron-subnet', is_required=False),
        End('port', 'neutron-port', is_required=False),
    ),
    'OS::Neutron::RouterGateway': (
        End('router_id', 'neutron-router'),
        End('network', 'neutron-network', loses=False),
    ),
    'OS::Neutron::ExtraRoute': _of('router_id', 'neutron-router'),
    'OS::Neutron::ExtraRouteSet': _of('router', 'neutron-router'),
    'AWS::EC2::VPCGatewayAttachment': _of('VpcId', 'neutron-network'),
    'AWS::EC2::SubnetRouteTableAssociation': (
        End('RouteTableId', 'neutron-router', loses=False),
        End('SubnetId', 'neutron-subnet'),
    ),
    'OS::Cinder::QoSAssociation': (
        End('qos_specs', 'cinder-qos', loses=False),
        End('volume_types', 'cinder-volume-type'),
    ),
    'OS::Cinder::EncryptedVolumeType': _of('volume_type', 'cinder-volume-type'),
    'OS::Keystone::UserRoleAssignment': _of('user', 'keystone-user'),
    'OS::Keystone::GroupRoleAssignment': _of('group', 'keystone-group'),
    'OS::Cinder::Quota': _quota(),
    'OS::Neutron::Quota': _quota(),
    'OS::Nova::Quota': _quota(),
    'OS::Octavia::Quota': _quota(),
}
#: resource types with an id of their own that something else loses
BELONGINGS: Mapping[str, tuple[End, ...]] = {
    'OS::Neutron::SecurityGroupRule': _of('security_group', 'neutron-security-group'),
    'OS::Neutron::FloatingIPPortForward': _of('floating_ip', 'neutron-floatingip'),
    'OS::Neutron::QoSBandwidthLimitRule': _of('policy', 'neutron-qos-policy'),
    'OS::Neutron::QoSDscpMarkingRule': _of('policy', 'neutron-qos-policy'),
    'OS::Neutron::QoSMinimumBandwidthRule': _of('policy', 'neutron-qos-policy'),
    'OS::Neutron::QoSMinimumPacketRateRule': _of('policy', 'neutron-qos-policy'),
    'OS::Neutron::MeteringRule': _of('metering_label_id', 'neutron-metering-label'),
    'OS::Neutron::RBACPolicy': _of('object_id', 'neutron-shared-object'),
    'OS::Neutron::L2GatewayConnection': (
        End('l2_gateway_id', 'neutron-l2-gateway', loses=False),
        End('network_id', 'neutron-network'),
    ),
    'OS::Neutron::Trunk': (
        End('port', 'neutron-port'),
        End('sub_ports.port', 'neutron-port', is_required=False),
    ),
    'OS::Octavia::PoolMember': _of('pool', 'octavia-pool'),
    'OS::Octavia::HealthMonitor': _of('pool', 'octavia-pool'),
    'OS::Octavia::L7Policy': _of('listener', 'octavia-listener'),
    'OS::Octavia::L7Rule': _of('l7policy', 'octavia-l7policy'),
    'OS::Octavia::Listener': (
        End('loadbalancer', 'octavia-load-balancer', is_required=False),
        End('default_pool', 'octavia-pool', loses=False, is_required=False),
    ),
    'OS::Octavia::Pool': (
        End('loadbalancer', 'octavia-load-balancer', is_required=False),
        End('listener', 'octavia-listener', is_required=False),
    ),
    'OS::Neutron::LBaaS::PoolMember': _of('pool', 'octavia-pool'),
    'OS::Neutron::LBaaS::HealthMonitor': _of('pool', 'octavia-pool'),
    'OS::Neutron::PoolMember': _of('pool_id', 'neutron-lb-pool'),
    'OS::Designate::RecordSet': _of('zone', 'designate-zone'),
    'OS::Designate::Record': _of('domain', 'designate-zone'),
    'OS::Heat::SoftwareDeployment': _of('server', 'nova-server'),
    'OS::Heat::StructuredDeployment': _of('server', 'nova-server'),
}


def ends(resource_type: str) -> tuple[End, ...]:
    """Return what a resource of a type connects or belongs to; nothing for what stands for itself."""
    return ASSOCIATIONS.get(resource_type) or BELONGINGS.get(resource_type) or ()


def in_id(resource_type: str, physical_id: str) -> Properties:
    """Return the properties that the physical id of an association tells by itself, in the form that Heat gave it."""
    router, _, rest = physical_id.partition(':')
    if resource_type == 'OS::Neutron::RouterInterface':
        key, is_keyed, value = rest.partition('=')
        # Without a key in what old releases have made.
        return {'router': router, 'port' if key == 'port_id' else 'subnet': value if is_keyed else rest}
    if resource_type == 'OS::Neutron::RouterGateway':
        return {'router_id': router, 'network': rest}
    if resource_type in ('OS::Neutron::ExtraRoute', 'OS::Neutron::ExtraRouteSet'):
        return {'router_id': router, 'router': router}
    # Nova calls an attachment by the id of its volume.
    if resource_type.endswith('::VolumeAttachment'):
        return {'volume_id': physical_id, 'VolumeId': physical_id}
    return {}


def is_told(resource_type: str, properties: Properties) -> bool:
    """Return whether properties name all ends that they must name, and at least one that may lose something."""
    named = {end for end in ends(resource_type) if values(properties, end.field)}
    required = {end for end in ends(resource_type) if end.is_required}
    return required <= named and any(end.loses for end in named)


def values(properties: Properties, field: str) -> tuple[str, ...]:
    """Return the ids or names that a property has."""
    name, _, rest = field.partition('.')
    found = properties.get(name)
    listed = found if isinstance(found, list) else [found]
    if rest:
        return tuple(one for each in listed if isinstance(each, Mapping) for one in values(each, rest))
    return tuple(each for each in listed if isinstance(each, str) and each)


def altered(resource_type: str, properties: Properties, own: frozenset[str]) -> tuple[Ref, ...]:
    """Return what stays and loses something when a resource goes.

    Where what would lose by it goes, too, nothing is lost: the disk of a server that is deleted is free.

    :param own: the physical ids of what goes together with the resource.
    """
    staying = [
        (end, value)
        for end in ends(resource_type)
        for value in values(properties, end.field)
        if value not in own
    ]
    if not any(end.loses for end, _ in staying):
        return ()
    return tuple(dict.fromkeys(_ref(end.kind, value) for end, value in staying))


def _ref(kind: str, value: str) -> Ref:
    """Return a reference. Templates may name things (the security group ``default``): nobody finds a name by its id,
    and what is named would be taken for something that is gone.
    """
    return Ref(kind, value) if _is_id(value) else Ref(UNTOLD, f'{kind}:{value}')


def _is_id(value: str) -> bool:
    try:
        uuid.UUID(value)
    except ValueError:
        return bool(_DIGEST.fullmatch(value))
    return True
