"""The attachments of volumes as Cinder keeps them, and how one without its server is removed.

Only the short listing is read: the long one has the connection's secrets (CHAP passwords) in it.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from orphancleanup.api import Cloud, Query, Service
from orphancleanup.errors import CloudError, Conflict, ServiceAbsent, Unreachable
from orphancleanup.model import Ref
from orphancleanup.plugins.cinder_volume import block_storage
from orphancleanup.records import segment

PATH = '/attachments'
MICROVERSION = '3.27'


def listing(cloud: Cloud, query: Query | None = None) -> Iterator[dict[str, Any]]:
    """Yield attachments of all projects."""
    return block_storage.by_marker(service(cloud), PATH, 'attachments', query)


def service(cloud: Cloud) -> Service:
    """Return Cinder at the lowest microversion that has attachments."""
    return cloud.service(block_storage.SERVICE, MICROVERSION)


def server_id(record: Mapping[str, Any]) -> str:
    """Return the server that an attachment is for.

    :returns: empty when it is for no server: reserved, a host's own, or with an id that is none of Nova's.
    """
    instance = record.get('instance')
    try:
        return str(uuid.UUID(instance)) if isinstance(instance, str) else ''
    except ValueError:
        return ''


def detach(cloud: Cloud, found: list[dict[str, Any]]) -> None:
    """Remove attachments whose server is gone; none of them unless that is proved for all.

    :raises Conflict: when one is not for a server, or its server exists.
    :raises orphancleanup.errors.Unreachable: when it cannot be told.
    """
    for record in found:
        if not server_id(record):
            raise Conflict(409, f'Attachment {record["id"]} is for no server; find out who uses it.')
    for identifier in sorted({server_id(record) for record in found}):
        _require_gone(cloud, identifier)
    for record in found:
        service(cloud).delete(f'{PATH}/{segment(record["id"])}')


def _require_gone(cloud: Cloud, identifier: str) -> None:
    """Return when neither a server nor a bare-metal node goes by an id: a living one's disks would be corrupted."""
    if not cloud.is_gone(Ref('nova-server', identifier)) or _is_node(cloud, identifier):
        raise Conflict(409, f'Server {identifier} still exists; remove it first.')


def _is_node(cloud: Cloud, identifier: str) -> bool:
    """Return whether an id is that of a node: Ironic attaches volumes without Nova (ironic/common/cinder.py)."""
    try:
        nodes = cloud.service('baremetal').pages('/v1/nodes', 'nodes')
        return any(identifier in (node.get('uuid'), node.get('instance_uuid')) for node in nodes)
    except ServiceAbsent:
        return False
    except Unreachable:
        raise
    except CloudError as error:
        raise Unreachable(f'Whether {identifier} is a bare-metal node cannot be told: {error}') from error
