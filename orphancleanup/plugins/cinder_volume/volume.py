"""Volumes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Ref, Resource
from orphancleanup.plugins import records
from orphancleanup.plugins.cinder_volume import attachments, block_storage, rungs, transfer

PATH = '/volumes'
# The cache of images, and images that Glance keeps in Cinder (cinder/volume/manager.py, _clone_image_volume).
_IMAGE_VOLUME = re.compile(r'image-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
# Cinder shows attachments that are complete only; in these there are others.
_HALF_ATTACHED = frozenset(
    {'reserved', 'attaching', 'detaching', 'in-use', 'error_attaching', 'error_detaching'}
)


class Volume(Handler):
    """What Cinder wants before it deletes one: no server, snapshot, group, transfer or migration, and rest."""

    kind = 'cinder-volume'
    service = block_storage.SERVICE
    after = (
        'heat-stack', 'nova-server', 'cinder-attachment', 'cinder-group', 'cinder-snapshot', 'cinder-transfer',
    )  # fmt: skip
    levels = frozenset({Level.API, Level.FORCE})
    resource_types = ('OS::Cinder::Volume', 'AWS::EC2::Volume')

    def discover(self, cloud: Cloud) -> Iterable[Resource]:
        """See :meth:`Handler.discover`."""
        return map(_resource, block_storage.listing(cloud, f'{PATH}/detail', 'volumes'))

    def look(self, cloud: Cloud, resource: Resource) -> Resource | None:
        """See :meth:`Handler.look`."""
        service = cloud.service(self.service, block_storage.MICROVERSION)
        document = block_storage.show(service, PATH, resource.id)
        return _resource(document['volume']) if document else None

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. What Cinder would refuse is left out; attachments are cut before all else."""
        harsher = (_detach_or_reset(resource), rungs.force_delete(PATH))
        if resource.details.get('is_attached') or resource.status in rungs.LEAVING:
            return harsher
        if resource.status == 'awaiting-transfer':
            return (_CANCEL, rungs.delete(PATH), *harsher)
        return (rungs.delete(PATH), *harsher)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield Cinder's messages about the volume, and the attachments and snapshots that hold it."""
        yield from block_storage.messages(cloud, resource.id)
        for record in attachments.listing(cloud, {'volume_id': resource.id}):
            text = f'attachment {record["id"]} ({record.get("status")}) to server {record.get("instance")}'
            yield Evidence('api', text)
        for record in block_storage.listing(
            cloud, '/snapshots/detail', 'snapshots', {'volume_id': resource.id}
        ):
            yield Evidence('api', f'snapshot {record["id"]} ({record.get("status")})')


def _detach_or_reset(resource: Resource) -> Step:
    if resource.details.get('is_attached') or resource.status in _HALF_ATTACHED:
        return Step('detach', _detach, Level.FORCE, removes=False)
    return Step('reset-state', _reset_state, Level.FORCE, removes=False)


def _detach(cloud: Cloud, resource: Resource) -> None:
    """Remove the attachments whose server is gone; see :func:`attachments.detach`."""
    attachments.detach(cloud, list(attachments.listing(cloud, {'volume_id': resource.id})))


def _reset_state(cloud: Cloud, resource: Resource) -> None:
    """Clear what a broken detachment or migration left behind.

    To reset ``attach_status`` removes all attachments without a look at their servers: so there must be none.
    """
    if any(attachments.listing(cloud, {'volume_id': resource.id})):
        raise Conflict(409, f'Volume {resource.id} has attachments; detach it first.')
    states = {'status': 'error', 'attach_status': 'detached', 'migration_status': 'none'}
    rungs.act(cloud, PATH, resource, {'os-reset_status': states})


_CANCEL = Step('cancel-transfer', transfer.cancel, removes=False)


def _resource(record: Mapping[str, Any]) -> Resource:
    listed = record.get('attachments') or ()
    group = record.get('group_id')
    return Resource(
        Ref(Volume.kind, record['id']),
        name=record.get('name') or '',
        project_id=record.get('os-vol-tenant-attr:tenant_id') or '',
        status=record.get('status') or '',
        created_at=records.timestamp(record.get('created_at')),
        updated_at=records.timestamp(record.get('updated_at')),
        blockers=tuple(Ref('nova-server', each['server_id']) for each in listed if each.get('server_id')),
        owners=(Ref('cinder-group', group),) if group else (),
        tags=records.tags(record.get('metadata')),
        is_system=_is_system(record),
        details={'is_attached': bool(listed)},
    )


def _is_system(record: Mapping[str, Any]) -> bool:
    """Answer whether a migration fills the volume, or an image is in it."""
    migration = record.get('os-vol-mig-status-attr:migstat') or record.get('migration_status') or ''
    return migration.startswith('target:') or bool(_IMAGE_VOLUME.fullmatch(record.get('name') or ''))
