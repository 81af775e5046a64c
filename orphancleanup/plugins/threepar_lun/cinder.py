"""What Cinder knows of what is on an array: read here, since no plugin knows another's family."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from orphancleanup.api import Cloud, Query
from orphancleanup.errors import Forbidden, IncompleteListing, NotFound
from orphancleanup.model import Ref
from orphancleanup.records import Record, identifier, members, one, present, segment, timestamp

SERVICE = 'block-storage'
#: the lowest with ``with_count``, which shows a listing that was cut
MICROVERSION = '3.45'
VOLUME, SNAPSHOT, GROUP = 'cinder-volume', 'cinder-snapshot', 'cinder-group'
_COUNTED: Query = {'all_tenants': 1, 'with_count': 'true'}
#: groups have no count; both are asked for past their end, since a service may cut a listing without a word
_ALL: Query = {'all_tenants': 1}
_NAME_ID = 'os-vol-mig-status-attr:name_id'
_PROJECT = 'os-vol-tenant-attr:tenant_id'
# cinder.volume.drivers.hpe.hpe_3par_common: HPE3PARDriver:<serial number>:<CPG>.
_DRIVER = 'HPE3PARDriver'


@dataclass(frozen=True, slots=True)
class CinderVolume:
    """A volume as Cinder shows it.

    :param name_id: the id that its name on the array is made of.
    :param hosts: the compute hosts that it is attached to.
    :param host: where Cinder keeps it, as HOST@BACKEND#POOL; on an array, the pool is the CPG.
    :param changed: aware, UTC; since when its status stands.
    """

    id: str
    name_id: str
    status: str
    project_id: str
    is_attached: bool
    is_migrating: bool
    hosts: tuple[str, ...] = ()
    host: str = ''
    changed: datetime.datetime | None = None

    @property
    def ref(self) -> Ref:
        return Ref(VOLUME, self.id)


@dataclass(frozen=True, slots=True)
class CinderContents:
    """What Cinder has.

    :param volumes: id to volume.
    :param named: name id to the volume whose name on the array is made of it.
    :param snapshots: id to the project that it belongs to.
    """

    volumes: Mapping[str, CinderVolume]
    named: Mapping[str, CinderVolume]
    snapshots: Mapping[str, str]

    def owner(self, identifier: str) -> CinderVolume | None:
        """Return the volume that a name on an array speaks of; None when none lives.

        After a migration two volumes may have each other's ids in their names: the name id goes before the id.
        """
        return self.named.get(identifier) or self.volumes.get(identifier)


def everything(cloud: Cloud) -> CinderContents:
    """Return all volumes and snapshots of all projects.

    :raises orphancleanup.errors.CloudError: when they cannot be read completely.
    """
    require_administrator(cloud)
    api = cloud.service(SERVICE, MICROVERSION)
    listed = api.pages('/volumes/detail', 'volumes', _COUNTED, past_end=True)
    volumes = tuple(_volume(record) for record in listed)
    snapshots = {
        identifier(record, SNAPSHOT): str(record.get('os-extended-snapshot-attributes:project_id') or '')
        for record in api.pages('/snapshots/detail', 'snapshots', _COUNTED, past_end=True)
    }
    by_id, by_name = {each.id: each for each in volumes}, {each.name_id: each for each in volumes}
    return CinderContents(by_id, by_name, snapshots)


def groups(cloud: Cloud) -> frozenset[str]:
    """Return the ids of all groups of volumes.

    :raises orphancleanup.errors.CloudError: when they cannot be read completely.
    """
    require_administrator(cloud)
    listed = cloud.service(SERVICE, '3.13').pages('/groups', 'groups', _ALL, past_end=True)
    return frozenset(identifier(record, GROUP) for record in listed)


def volume(cloud: Cloud, name: str) -> CinderVolume | None:
    """Return a volume by its id; None only when Cinder says that it does not exist."""
    require_administrator(cloud)
    try:
        document = cloud.service(SERVICE, MICROVERSION).get(f'/volumes/{segment(name)}')
    except NotFound:
        return None
    return _volume(one(document, 'volume', f'{VOLUME} {name}'))


def has_snapshot(cloud: Cloud, name: str) -> bool:
    """Return whether there is a snapshot with an id."""
    require_administrator(cloud)
    try:
        one(
            cloud.service(SERVICE, MICROVERSION).get(f'/snapshots/{segment(name)}'),
            'snapshot',
            f'{SNAPSHOT} {name}',
        )
    except NotFound:
        return False
    return True


def attachments(cloud: Cloud, name: str) -> tuple[Record, ...]:
    """Return all attachments of a volume, those that are not complete, too."""
    require_administrator(cloud)
    query: Query = {**_ALL, 'volume_id': name}
    return tuple(cloud.service(SERVICE, '3.27').pages('/attachments', 'attachments', query, past_end=True))


def array_serial(cloud: Cloud, host: str) -> str:
    """Return the serial number of the array that a pool is on, as its driver tells it; empty when none tells.

    :param host: HOST@BACKEND#POOL. A pool is told while its driver is at work.
    """
    require_administrator(cloud)
    document = cloud.service(SERVICE, MICROVERSION).get('/scheduler-stats/get_pools', {'detail': 'true'})
    for pool in members(document, 'pools', 'pool'):
        if host and pool.get('name') == host:
            place = str((pool.get('capabilities') or {}).get('location_info') or '')
            driver, _, rest = place.partition(':')
            return rest.partition(':')[0] if driver == _DRIVER else ''
    return ''


def require_administrator(cloud: Cloud) -> None:
    """Return when Cinder takes the caller for an administrator; to nobody else it shows what is in other projects.

    :raises IncompleteListing: when it does not.
    """
    cloud.once('Cinder takes us for an administrator', lambda: _require_administrator(cloud))


def _require_administrator(cloud: Cloud) -> None:
    try:
        cloud.service(SERVICE, MICROVERSION).get('/os-services')
    except (Forbidden, NotFound) as error:
        raise IncompleteListing(
            f'Whether Cinder shows all projects to us could not be told: {error}'
        ) from error


def _volume(record: Record) -> CinderVolume:
    name = identifier(record, VOLUME)
    attached = members(record, 'attachments', VOLUME)
    migration = str(record.get('os-vol-mig-status-attr:migstat') or record.get('migration_status') or 'none')
    return CinderVolume(
        id=name,
        name_id=str(present(record, _NAME_ID, VOLUME) or name),
        status=str(present(record, 'status', VOLUME)),
        project_id=str(present(record, _PROJECT, VOLUME) or ''),
        is_attached=bool(attached),
        is_migrating=migration not in ('none', 'deleting', 'error', 'success'),
        hosts=tuple(sorted({str(each.get('host_name')) for each in attached if each.get('host_name')})),
        host=str(record.get('os-vol-host-attr:host') or ''),
        changed=timestamp(record.get('updated_at')) or timestamp(record.get('created_at')),
    )
