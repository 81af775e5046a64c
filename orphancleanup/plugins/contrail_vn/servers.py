"""The servers of Nova that interfaces and virtual machines of Contrail belong to: their uuid is the server's id."""

from collections.abc import Iterable

from orphancleanup.api import Cloud
from orphancleanup.model import Ref
from orphancleanup.plugins.contrail_vn.access import SERVICE

_KIND = 'nova-server'


def refs(machines: Iterable[str]) -> tuple[Ref, ...]:
    """Return references to the servers of some virtual machines."""
    return tuple(Ref(_KIND, each) for each in machines)


def are_ours(cloud: Cloud) -> bool:
    """Return whether a server that our Nova does not know is gone: no other region may use the same Contrail.

    :raises orphancleanup.errors.CloudError: when that cannot be told.
    """
    return not cloud.sharing_regions('compute', SERVICE)
