"""The volumes of the fake cloud, kept as the bytes that they are sent as."""

import asyncio
import json
import uuid
from collections.abc import Iterator, Sequence

NOT_FOUND = (404, b'{"itemNotFound": {"code": 404, "message": "The resource could not be found."}}')
_PAGE = 1000
_AVAILABLE, _DELETING = b'"status": "available"', b'"status": "deleting"'


class Shelf:
    """The volumes that one caller sees, in the order of the listing."""

    def __init__(self, identifiers: Sequence[str]) -> None:
        self._order = list(identifiers)
        self._place = {identifier: place for place, identifier in enumerate(self._order)}
        self._first = 0

    def after(self, marker: str, there: dict[str, bytes]) -> Iterator[str]:
        """Yield what is there behind a marker, or from the beginning."""
        while self._first < len(self._order) and self._order[self._first] not in there:
            self._first += 1
        start = self._place[marker] + 1 if marker else self._first
        return (each for each in self._order[start:] if each in there)

    def count(self, there: dict[str, bytes]) -> int:
        """Return how many are there."""
        return len(there) if len(self._order) >= len(there) else sum(each in there for each in self._order)


class Volumes:
    """What Cinder has.

    :param projects: over which they are spread.
    :param takes: seconds from a DELETE to its end.
    """

    def __init__(
        self, projects: Sequence[str], count: int, takes: float, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._takes, self._loop = takes, loop
        self._there: dict[str, bytes] = {}
        mine: dict[str, list[str]] = {project: [] for project in projects}
        for number in range(count):
            identifier, project = str(uuid.UUID(int=number + 1)), projects[number % len(projects)]
            self._there[identifier] = _record(identifier, number, project)
            mine[project].append(identifier)
        self._shelves = {project: Shelf(found) for project, found in mine.items()}
        self._shelves[''] = Shelf(list(self._there))

    def __len__(self) -> int:
        return len(self._there)

    def show(self, identifier: str) -> tuple[int, bytes]:
        """Return one volume."""
        record = self._there.get(identifier)
        return (200, b'{"volume": ' + record + b'}') if record else NOT_FOUND

    def delete(self, identifier: str) -> tuple[int, bytes]:
        """Begin the end of a volume."""
        record = self._there.get(identifier)
        if record is None:
            return NOT_FOUND
        if _DELETING in record:
            return (
                400,
                b'{"badRequest": {"code": 400, "message": "Volume status must be available or error."}}',
            )
        self._there[identifier] = record.replace(_AVAILABLE, _DELETING, 1)
        self._loop.call_later(self._takes, self._there.pop, identifier, None)
        return 202, b''

    def page(self, query: dict[str, str], project: str, url: str) -> tuple[int, bytes]:
        """Return a page of the listing that a project sees, of all projects when empty.

        :param url: of the cloud, for the link to the next page.
        """
        shelf, marker = self._shelves.get(project) or Shelf(()), query.get('marker', '')
        if marker and marker not in self._there:
            return NOT_FOUND
        size = min(int(query.get('limit', _PAGE)), _PAGE)
        wanted = shelf.after(marker, self._there)
        found = [each for _, each in zip(range(size), wanted, strict=False)]
        document = b'{"volumes": [' + b', '.join(self._there[each] for each in found) + b']'
        if next(wanted, None):
            rest = '&'.join(f'{name}={value}' for name, value in query.items() if name != 'marker')
            href = f'{url}/volume/v3/volumes/detail?{rest}&marker={found[-1]}'
            document += b', "volumes_links": [{"rel": "next", "href": "' + href.encode() + b'"}]'
        if query.get('with_count', '').lower() == 'true':
            document += b', "count": %d' % shelf.count(self._there)
        return 200, document + b'}'


def _record(identifier: str, number: int, project: str) -> bytes:
    """Return a volume with everything that Cinder 29 shows an administrator."""
    link = f'http://127.0.0.1/volume/v3/volumes/{identifier}'
    record = {
        'id': identifier, 'status': 'available', 'size': 1, 'availability_zone': 'nova', 'name': f'volume-{number}',
        'created_at': '2026-11-20T12:00:00.000000', 'updated_at': '2026-11-20T12:00:01.000000',
        'description': None, 'volume_type': 'lvm', 'volume_type_id': str(uuid.UUID(int=7)), 'snapshot_id': None,
        'source_volid': None, 'metadata': {}, 'user_id': '0' * 31 + '2', 'bootable': 'false', 'encrypted': False,
        'links': [{'rel': 'self', 'href': link}, {'rel': 'bookmark', 'href': link}],
        'replication_status': None, 'consistencygroup_id': None, 'multiattach': False, 'attachments': [],
        'migration_status': None, 'group_id': None, 'provider_id': None, 'shared_targets': False,
        'service_uuid': None, 'cluster_name': None, 'consumes_quota': True, 'encryption_key_id': None,
        'os-vol-tenant-attr:tenant_id': project, 'os-vol-host-attr:host': 'block@lvm#lvm',
        'os-vol-mig-status-attr:migstat': None, 'os-vol-mig-status-attr:name_id': None,
    }  # fmt: skip
    return json.dumps(record).encode()
