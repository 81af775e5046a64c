"""How Cinder lists, shows and explains what it has.

Source of the facts: the block storage API reference, v3, and cinder/api/v3 of release 29.0.0.
"""

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from orphancleanup.api import Cloud, Query
from orphancleanup.errors import Forbidden, IncompleteListing, ListingMoved, NotFound
from orphancleanup.model import Evidence
from orphancleanup.records import Record, identifier, one, segment
from orphancleanup.table import TableHandler

SERVICE = 'block-storage'
#: the lowest with ``with_count``, which shows a listing that was cut
MICROVERSION = '3.45'
#: the lowest with the project of groups and group snapshots (Stein)
WITH_PROJECTS = '3.58'
#: the project of a volume
PROJECT = 'os-vol-tenant-attr:tenant_id'
#: for attachments, groups and group snapshots, whose pages have no usable links: they are read past their end, since
#: they are cut at ``osapi_max_limit``, which only the server knows
ALL_TENANTS: Query = {'all_tenants': 1}
#: for volumes, snapshots and backups: the count that Cinder tells with them is checked
COUNTED: Query = {**ALL_TENANTS, 'with_count': 'true'}
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
    cloud.once('Cinder takes us for an administrator', lambda: _require_administrator(cloud))


def _require_administrator(cloud: Cloud) -> None:
    try:
        cloud.service(SERVICE, MICROVERSION).get('/os-services')
    except Forbidden as error:
        raise IncompleteListing(_NO_ADMIN) from error
    except NotFound as error:
        raise IncompleteListing(f'Whether Cinder shows everything could not be told: {error}') from error


def with_volumes(handler: TableHandler, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
    """Yield records of another kind with the volumes that they name: their project is that of their volume.

    A volume that the listing lacks, since it was made or deleted meanwhile, is asked for by itself.

    :raises ListingMoved: when one is gone: Cinder deletes such records with their volume, so that the listing of the
        records is out of date. Nobody's they are in no case.
    """
    wanted, volumes = list(found), {}
    if len(wanted) > 1:
        service = cloud.service(SERVICE, MICROVERSION)
        everything = service.pages('/volumes/detail', 'volumes', COUNTED, past_end=True)
        volumes = {each['id']: each for each in everything if each.get('id')}
    for record in wanted:
        name = identifier(record, handler.kind, 'volume_id')
        if name not in volumes:
            volumes[name] = _volume(cloud, record, handler.kind)
        yield {**record, 'volume': volumes[name]}


def _volume(cloud: Cloud, record: Record, kind: str) -> dict[str, Any]:
    name = identifier(record, kind, 'volume_id')
    try:
        document = cloud.service(SERVICE, MICROVERSION).get(f'/volumes/{segment(name)}')
    except NotFound as error:
        require_administrator(cloud)
        raise ListingMoved(
            f'Volume {name} of {kind} {identifier(record, kind)} is gone, so that its project is not known; '
            f'run again.'
        ) from error
    return dict(one(document, 'volume', f'cinder-volume {name}'))


def circumstances(record: Record) -> Iterator[Evidence]:
    """Yield whose a record is, and on which backend (``host@backend#pool``), as far as it tells."""
    for source, field in (('user', 'user_id'), ('backend', 'os-vol-host-attr:host'), ('host', 'host')):
        if isinstance(record.get(field), str) and record[field]:
            yield Evidence(source, record[field])


def told(cloud: Cloud, identifier: str = '') -> Iterator[dict[str, Any]]:
    """Yield what Cinder tells its users about a resource, or about all (microversion 3.5 filters by resource)."""
    query = {'resource_uuid': identifier} if identifier else {}
    return cloud.service(SERVICE, '3.5').pages('/messages', 'messages', query)


def messages(cloud: Cloud, identifier: str) -> Iterator[Evidence]:
    """Yield the newest of what Cinder tells its users about a resource."""
    newest = sorted(told(cloud, identifier), key=lambda each: str(each.get('created_at')), reverse=True)
    for message in itertools.islice(newest, _MESSAGES):
        yield Evidence('message', str(message.get('user_message')), str(message.get('request_id') or ''))
