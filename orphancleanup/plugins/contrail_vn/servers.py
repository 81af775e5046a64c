"""The servers of Nova that interfaces and virtual machines of Contrail belong to: their uuid is the server's id."""

from collections.abc import Iterable

from orphancleanup.api import Cloud, Service
from orphancleanup.model import Ref
from orphancleanup.plugins.contrail_vn import listing
from orphancleanup.plugins.contrail_vn.access import SERVICE
from orphancleanup.records import Record, first

#: the field of an interface that tells whose it is
DEVICE_OWNER = 'virtual_machine_interface_device_owner'

_KIND = 'nova-server'


def refs(machines: Iterable[str]) -> tuple[Ref, ...]:
    """Return references to the servers of some virtual machines."""
    return tuple(Ref(_KIND, each) for each in machines)


def has(interface: Record) -> bool:
    """Return whether a server of Nova has an interface; a pod, a service or a router may have it, too."""
    return str(first(interface, DEVICE_OWNER) or '').startswith('compute:')


def interfaces(service: Service, ids: Iterable[str]) -> frozenset[str]:
    """Return those of some interfaces that a server of Nova has, as far as they are shown.

    :raises IncompleteListing: when they cannot be read.
    """
    found = listing.chosen(service, 'virtual-machine-interface', (DEVICE_OWNER,), ids)
    return frozenset(str(each.get('uuid')) for each in found if has(each))


def are_ours(cloud: Cloud) -> bool:
    """Return whether a server that our Nova does not know is gone: no other region may use the same Contrail.

    :raises orphancleanup.errors.CloudError: when that cannot be told.
    """
    return not cloud.sharing_regions('compute', SERVICE)
