"""The proof that a server is gone: before steps that would corrupt the disks of a living one, and for looks."""

from orphancleanup.api import Cloud
from orphancleanup.errors import CloudError, Conflict, IncompleteListing, NotFound, ServiceAbsent, Unreachable
from orphancleanup.plugins.nova_server import cells
from orphancleanup.plugins.records import segment


def require_gone(cloud: Cloud, server_id: str) -> None:
    """Return when no cell of Nova has the server, and no bare-metal node goes by its id.

    Ironic attaches volumes to nodes without Nova (ironic/common/cinder.py): there, an id unknown to Nova is in use.

    :raises Conflict: when it is there.
    :raises Unreachable: when that cannot be told, so that nothing harsher is tried on a guess: a service is hidden from
        us, a cell is silent, another region's Nova uses the same Cinder, or no answer came.
    """
    try:
        found = _is_in_nova(cloud, server_id) or _is_in_ironic(cloud, server_id)
        if not found:
            require_one_region(cloud, server_id)
    except Unreachable:
        raise
    except CloudError as error:
        raise Unreachable(f'Whether server {server_id} is gone cannot be told: {error}') from error
    if found:
        raise Conflict(409, f'Server {server_id} still exists; remove it first.')


def require_one_region(cloud: Cloud, server_id: str) -> None:
    """Return when the Nova of no other region can have the server that ours does not know.

    :raises IncompleteListing: when one can.
    """
    others = cloud.sharing_regions('compute', 'block-storage')
    if others:
        raise IncompleteListing(
            f'The Nova of this region does not know server {server_id}, but that of {", ".join(sorted(others))} may: '
            f'it uses the same block storage. Look there first.'
        )


def _is_in_nova(cloud: Cloud, server_id: str) -> bool:
    try:
        compute = cloud.service('compute', cells.MICROVERSION)
    except ServiceAbsent:
        return False
    try:
        compute.get(f'/servers/{segment(server_id)}')
    except NotFound:
        return cells.has(compute, server_id)
    return True


def _is_in_ironic(cloud: Cloud, server_id: str) -> bool:
    try:
        baremetal = cloud.service('baremetal')
    except ServiceAbsent:
        return False
    nodes = baremetal.pages('/v1/nodes', 'nodes')
    return any(server_id in (node.get('uuid'), node.get('instance_uuid')) for node in nodes)
