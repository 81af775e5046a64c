"""Which server says that it has which volume: in all cells, soft-deleted servers included, or not at all.

A server that is not seen would let a volume count as nobody's. No plugin knows another's family, so that Nova is asked
here as strictly as where servers are removed.
"""

from collections.abc import Iterator, Mapping

from orphancleanup.api import Cloud, Query, Service
from orphancleanup.errors import Forbidden, IncompleteListing, ServiceAbsent
from orphancleanup.records import Record, identifier, inner, members, present

SERVICE, SERVER = 'compute', 'nova-server'
#: the lowest that shows partial records of what is in a cell that does not answer, and does not leave it out
MICROVERSION = '2.69'
_ALL: Query = {'all_tenants': 1}
# Nova leaves them out unless it is asked for them. One that is restored has its volumes again.
_SOFT_DELETED: Query = {'all_tenants': 1, 'soft_deleted': 1, 'status': 'SOFT_DELETED'}
# To others the filters of an administrator are dropped without a word, that of soft-deleted servers, too.
_NOBODY: Query = {'all_tenants': 1, 'uuid': '00000000-0000-0000-0000-000000000000', 'limit': 1}
_DISKS = 'os-extended-volumes:volumes_attached'


def disks(cloud: Cloud) -> Mapping[str, frozenset[str]]:
    """Return the id of each volume that servers of any project say they have, to these servers.

    :raises orphancleanup.errors.CloudError: when they cannot be read completely.
    """
    found: dict[str, set[str]] = {}
    for record in _servers(cloud):
        for disk in members(record, _DISKS, SERVER):
            volume = identifier(disk, f'a volume of {SERVER} {record.get("id")}')
            found.setdefault(volume, set()).add(identifier(record, SERVER))
    return {volume: frozenset(servers) for volume, servers in found.items()}


def _servers(cloud: Cloud) -> Iterator[Record]:
    try:
        compute = cloud.service(SERVICE, MICROVERSION)
    except ServiceAbsent:
        # Positively: where there is no Nova, no server has a volume.
        return
    cloud.once('Nova takes us for an administrator', lambda: _require_administrator(compute))
    for query in (_ALL, _SOFT_DELETED):
        for record in compute.pages('/servers/detail', 'servers', query, past_end=True):
            if present(record, 'status', SERVER) == 'UNKNOWN' and _DISKS not in record:
                raise IncompleteListing(f'The cell of server {record.get("id")} does not answer; repair it.')
            yield record
    for host in inner(compute.get('/os-services'), 'services', 'the services of Nova'):
        if host.get('status') == 'UNKNOWN':
            raise IncompleteListing(
                f'The cell of compute host {host.get("host")} does not answer; repair it.'
            )


def _require_administrator(compute: Service) -> None:
    try:
        document = compute.get('/servers/detail', _NOBODY)
    except Forbidden as error:
        raise IncompleteListing(f'Nova does not show the servers of all projects to us: {error}') from error
    if inner(document, 'servers', 'all servers'):
        raise IncompleteListing('Nova does not take us for an administrator, and leaves servers out.')
