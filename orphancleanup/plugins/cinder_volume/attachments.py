"""The attachments of volumes as Cinder keeps them, and how one without its server is removed.

Only the short listing is read: the long one has the connection's secrets (CHAP passwords) in it.
"""

import uuid
from collections.abc import Iterator, Mapping
from typing import Any

from orphancleanup.api import Cloud, Query, Service
from orphancleanup.errors import Conflict
from orphancleanup.plugins.cinder_volume import block_storage
from orphancleanup.plugins.nova_server import absence
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
        absence.require_gone(cloud, identifier)
    for record in found:
        service(cloud).delete(f'{PATH}/{segment(record["id"])}')
