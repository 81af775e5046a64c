"""The types of objects: what they hang below, what they refer to, and what of that keeps something from being deleted.

An excerpt of the generated schema of Tungsten Fabric.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ROOT = 'config-root'


@dataclass(frozen=True, slots=True)
class Type:
    """One type of objects.

    :ivar parents: the types that it may be a child of; ``config-root`` for none.
    :ivar refs: the types that it may refer to.
    :ivar is_derived: whether the system makes it by itself, so that it never keeps its parent.
    """

    parents: tuple[str, ...] = (ROOT,)
    refs: tuple[str, ...] = ()
    is_derived: bool = False


_INTERFACE = (
    'virtual-network', 'virtual-machine', 'security-group', 'virtual-machine-interface', 'port-tuple',
    'interface-route-table', 'bridge-domain', 'service-instance',
)  # fmt: skip

TYPES: Mapping[str, Type] = MappingProxyType(
    {
        'domain': Type(),
        'global-system-config': Type(),
        'project': Type(('domain',), ('floating-ip-pool', 'alias-ip-pool')),
        'virtual-network': Type(
            ('project',), ('network-ipam', 'network-policy', 'route-table', 'virtual-network')
        ),
        'virtual-machine-interface': Type(('project', 'virtual-machine', 'virtual-router'), _INTERFACE),
        'virtual-machine': Type(refs=('service-instance',)),
        'instance-ip': Type(
            refs=('virtual-network', 'virtual-machine-interface', 'network-ipam', 'virtual-router')
        ),
        'floating-ip-pool': Type(('virtual-network',)),
        'floating-ip': Type(('floating-ip-pool', 'instance-ip'), ('project', 'virtual-machine-interface')),
        'alias-ip-pool': Type(('virtual-network',)),
        'alias-ip': Type(('alias-ip-pool',), ('project', 'virtual-machine-interface')),
        'bridge-domain': Type(('virtual-network',)),
        'logical-router': Type(
            ('project',),
            (
                'virtual-machine-interface',
                'virtual-network',
                'route-target',
                'route-table',
                'service-instance',
                'physical-router',
            ),
        ),
        'security-group': Type(('project',)),
        'network-policy': Type(('project',)),
        'network-ipam': Type(('project',)),
        'route-table': Type(('project',)),
        'interface-route-table': Type(('project',)),
        'service-instance': Type(('project',)),
        'port-tuple': Type(('service-instance',)),
        'loadbalancer': Type(('project',), ('virtual-machine-interface', 'service-instance')),
        'virtual-router': Type(('global-system-config',), ('virtual-machine',)),
        'physical-router': Type(('global-system-config',), ('virtual-network',)),
        'access-control-list': Type(('virtual-network', 'security-group'), is_derived=True),
        'routing-instance': Type(('virtual-network',), ('route-target', 'routing-instance'), is_derived=True),
        'route-target': Type(),
    }
)
#: a reference of these is found by its uuid only: without one the server fails (500)
NEED_UUID = frozenset({'logical-router'})


def field(name: str) -> str:
    """Return a type as it stands in the name of a field (``virtual_network``)."""
    return name.replace('-', '_')


def children_of(name: str) -> tuple[str, ...]:
    """Return the types whose objects may be below one of this type."""
    return tuple(other for other, each in TYPES.items() if name in each.parents)


def referrers_of(name: str) -> tuple[str, ...]:
    """Return the types whose objects may refer to one of this type."""
    return tuple(other for other, each in TYPES.items() if name in each.refs)
