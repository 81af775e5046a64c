"""Whether all of Nova can be seen: a cell that does not answer must not be taken for an empty one.

From microversion 2.69 on, Nova stands in for what is in a cell that does not answer with partial records of status
``UNKNOWN``, in the listing of servers as in that of services. But it does so only in a listing of servers without
filters and markers, and only if the first page has room left (nova/api/openstack/compute/servers.py,
``_is_cell_down_supported``; nova/compute/api.py, ``get_all``): so the services are asked as well.
"""

from collections.abc import Mapping
from typing import Any

from orphancleanup.api import Query, Service
from orphancleanup.errors import IncompleteListing
from orphancleanup.records import inner

MICROVERSION = '2.69'


def refuse_partial(record: Mapping[str, Any]) -> None:
    """Refuse the record of a server in a cell that does not answer.

    :raises IncompleteListing: when it is one.
    """
    if record.get('status') == 'UNKNOWN' and 'name' not in record:
        raise IncompleteListing(
            f'The cell of server {record.get("id")} does not answer; repair that cell and run again.'
        )


def require_all(compute: Service) -> None:
    """Return when every cell that has a compute host answers.

    :raises IncompleteListing: when one does not.
    """
    for host in inner(compute.get('/os-services'), 'services', 'the services of Nova'):
        if host.get('status') == 'UNKNOWN':
            raise IncompleteListing(
                f'The cell of compute host {host.get("host")} does not answer; repair that cell and run again.'
            )


def has(compute: Service, server_id: str) -> bool:
    """Return whether any cell has a server that Nova gave a 404 for.

    The 404 alone proves nothing: it is given, too, for a server that is queued for deletion in a cell that does not
    answer, and for one whose instance mapping was lost, which listings still show.

    :raises IncompleteListing: when a cell does not answer.
    """
    query: Query = {'all_tenants': 1, 'soft_deleted': 1, 'uuid': server_id}
    if any(record.get('id') == server_id for record in compute.pages('/servers', 'servers', query)):
        return True
    require_all(compute)
    # A limit would be cheaper, but with one Nova leaves silent cells out.
    for record in inner(compute.get('/servers', {'all_tenants': 1}), 'servers', 'all servers'):
        refuse_partial(record)
        if record.get('id') == server_id:
            return True
    return False
