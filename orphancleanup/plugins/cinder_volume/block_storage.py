"""How Cinder lists, shows and explains what it has.

Source of the facts: the block storage API reference, v3, and cinder/api/v3 of release 29.0.0.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from orphancleanup.api import Cloud, Query, Service
from orphancleanup.errors import NotFound
from orphancleanup.model import Evidence
from orphancleanup.plugins.records import segment

SERVICE = 'block-storage'
#: the lowest with ``with_count``, which shows a listing that was cut
MICROVERSION = '3.45'
ALL_TENANTS: Query = {'all_tenants': 1}
_MESSAGES = 10


def listing(cloud: Cloud, path: str, key: str, query: Query | None = None) -> Iterator[dict[str, Any]]:
    """Yield all volumes, snapshots or backups of all tenants; the count that Cinder tells is checked."""
    service = cloud.service(SERVICE, MICROVERSION)
    return service.pages(path, key, {**ALL_TENANTS, 'with_count': 'true', **(query or {})})


def by_marker(service: Service, path: str, key: str, query: Query | None = None) -> Iterator[dict[str, Any]]:
    """Yield a collection of all tenants whose pages have no usable links, up to the first empty page.

    Attachments have no links at all, and groups and group snapshots call theirs ``group_links`` and
    ``group_snapshot_links``; yet all are cut at ``osapi_max_limit``, which only the server knows.
    """
    position: dict[str, str] = {}
    while page := list(service.pages(path, key, {**ALL_TENANTS, **(query or {}), **position})):
        yield from page
        position = {'marker': page[-1]['id']}


def show(service: Service, path: str, identifier: str, query: Query | None = None) -> dict[str, Any] | None:
    """Answer the document of one resource; None only for a 404."""
    try:
        document: dict[str, Any] = service.get(f'{path}/{segment(identifier)}', query)
    except NotFound:
        return None
    return document


def messages(cloud: Cloud, identifier: str) -> Iterator[Evidence]:
    """Yield the newest of what Cinder tells its users about a resource (microversion 3.5 filters by resource)."""
    found = cloud.service(SERVICE, '3.5').pages('/messages', 'messages', {'resource_uuid': identifier})
    newest = sorted(found, key=lambda message: str(message.get('created_at')), reverse=True)
    for message in itertools.islice(newest, _MESSAGES):
        yield Evidence('message', str(message.get('user_message')), str(message.get('request_id') or ''))
