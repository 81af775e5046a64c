"""How Cinder lists, shows and explains what it has.

Source of the facts: the block storage API reference, v3, and cinder/api/v3 of release 29.0.0.
"""

import itertools
from collections.abc import Iterator
from typing import Any

from orphancleanup.api import Cloud, Query, Service
from orphancleanup.errors import Forbidden, IncompleteListing, ListingMoved, NotFound
from orphancleanup.model import Evidence
from orphancleanup.plugins.records import identifier, inner, segment

SERVICE = 'block-storage'
#: the lowest with ``with_count``, which shows a listing that was cut
MICROVERSION = '3.45'
ALL_TENANTS: Query = {'all_tenants': 1}
_MESSAGES = 10
_NO_ADMIN = (
    "Cinder shows only what is in the account's own project: Cinder does not take it for an administrator; use a user "
    'with the role admin, or whatever its policy "context_is_admin" accepts.'
)


def require_administrator(cloud: Cloud) -> None:
    """Return when Cinder takes the caller for an administrator.

    To nobody else it gives what is in other projects, and it says nothing about that: ``all_tenants`` is ignored, and
    a look ends in 404. All kinds ask the same, ``context.is_admin``; so does the list of its services, whatever the
    policy says (cinder/db/api.py, ``service_get_all``), so that it proves that ``all_tenants`` is honoured.

    :raises IncompleteListing: when it does not, or cannot be asked.
    """
    try:
        cloud.service(SERVICE, MICROVERSION).get('/os-services')
    except Forbidden as error:
        raise IncompleteListing(_NO_ADMIN) from error
    except NotFound as error:
        raise IncompleteListing(f'Whether Cinder shows everything could not be told: {error}') from error


def listing(cloud: Cloud, path: str, key: str, query: Query | None = None) -> Iterator[dict[str, Any]]:
    """Yield all volumes, snapshots or backups of all tenants; the count that Cinder tells is checked."""
    service = cloud.service(SERVICE, MICROVERSION)
    return service.pages(path, key, {**ALL_TENANTS, 'with_count': 'true', **(query or {})}, past_end=True)


def by_marker(service: Service, path: str, key: str, query: Query | None = None) -> Iterator[dict[str, Any]]:
    """Return a collection of all projects whose pages have no usable links, up to the first empty page.

    Attachments have no links at all, and groups and group snapshots call theirs ``group_links`` and
    ``group_snapshot_links``; yet all are cut at ``osapi_max_limit``, which only the server knows.
    """
    return service.pages(path, key, {**ALL_TENANTS, **(query or {})}, past_end=True)


def everything(cloud: Cloud, path: str, key: str) -> Iterator[dict[str, Any]]:
    """Yield all volumes, snapshots or backups as :func:`listing` does, to an administrator only.

    :raises IncompleteListing: when Cinder does not take the caller for one.
    """
    require_administrator(cloud)
    yield from listing(cloud, path, key)


def show(
    cloud: Cloud, service: Service, path: str, identifier: str, query: Query | None = None
) -> dict[str, Any] | None:
    """Return the document of one resource; None only for the 404 that an administrator gets.

    :raises IncompleteListing: when somebody else got it, or the answer is no document at all.
    """
    try:
        document = service.get(f'{path}/{segment(identifier)}', query)
    except NotFound:
        require_administrator(cloud)
        return None
    if not isinstance(document, dict):
        raise IncompleteListing(
            f'The answer about block-storage {path}/{identifier} is no JSON object; is this the right endpoint?'
        )
    return document


def volumes_of(cloud: Cloud, found: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    """Return the volumes that records of another kind name, by id: their project is that of their volume.

    A volume that the listing lacks, since it was made or deleted meanwhile, is asked for by itself.

    :raises ListingMoved: when one is gone: Cinder deletes such records with their volume, so that the listing of the
        records is out of date. Nobody's they are in no case.
    """
    if not found:
        return {}
    volumes = {each['id']: each for each in listing(cloud, '/volumes/detail', 'volumes') if each.get('id')}
    for record in found:
        wanted = identifier(record, kind, 'volume_id')
        if wanted not in volumes:
            volumes[wanted] = volume_of(cloud, record, kind)
    return volumes


def volume_of(cloud: Cloud, record: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return the volume that a record of another kind names.

    :raises ListingMoved: when it is gone; see :func:`volumes_of`.
    """
    wanted = identifier(record, kind, 'volume_id')
    document = show(cloud, cloud.service(SERVICE, MICROVERSION), '/volumes', wanted)
    if document is None:
        raise ListingMoved(
            f'Volume {wanted} of {kind} {identifier(record, kind)} is gone, so that its project is not known; '
            f'run again.'
        )
    volume: dict[str, Any] = inner(document, 'volume', f'cinder-volume {wanted}')
    return volume


def messages(cloud: Cloud, identifier: str) -> Iterator[Evidence]:
    """Yield the newest of what Cinder tells its users about a resource (microversion 3.5 filters by resource)."""
    found = cloud.service(SERVICE, '3.5').pages('/messages', 'messages', {'resource_uuid': identifier})
    newest = sorted(found, key=lambda message: str(message.get('created_at')), reverse=True)
    for message in itertools.islice(newest, _MESSAGES):
        yield Evidence('message', str(message.get('user_message')), str(message.get('request_id') or ''))
