"""Attachments of volumes to servers: the ones whose server is gone keep their volume from going."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.cinder_volume import attachments, block_storage


class Attachment(Handler):
    """An attachment goes with its server. Cinder tells neither its tenant nor its age: both are its volume's."""

    kind = 'cinder-attachment'
    service = block_storage.SERVICE
    after = ('nova-server',)
    levels = frozenset({Level.FORCE})

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        block_storage.require_administrator(cloud)
        found = list(attachments.listing(cloud))
        volumes = block_storage.volumes_of(cloud, found, self.kind)
        for record in found:
            yield _resource(record, volumes[record['volume_id']])

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        document = block_storage.show(cloud, attachments.service(cloud), attachments.PATH, ref.id)
        if document is None:
            return None
        record = records.inner(document, 'attachment', str(ref))
        return _resource(record, block_storage.volume_of(cloud, record, self.kind))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. The one step proves first that the server is gone in every cell."""
        if resource.is_system:
            return ()
        return (Step('detach', _detach, Level.FORCE),)


def _detach(cloud: Cloud, resource: Resource) -> None:
    attachments.detach(cloud, [{'id': resource.id, 'instance': resource.details['server_id']}])


def _resource(record: Mapping[str, Any], volume: Mapping[str, Any]) -> Resource:
    identifier = records.identifier(record, Attachment.kind)
    server = attachments.server_id(record)
    servers = (Ref('nova-server', server),) if server else ()
    return Resource(
        Ref(Attachment.kind, identifier),
        project_id=records.required(volume, 'os-vol-tenant-attr:tenant_id', 'cinder-volume'),
        status=record.get('status') or '',
        created_at=records.timestamp(_attached_at(identifier, volume.get('attachments') or ())),
        parents=(*servers, Ref('cinder-volume', record['volume_id'])),
        owners=servers,
        tags=records.tags(records.present(volume, 'metadata', 'cinder-volume')),
        is_system=not server,
        details={'server_id': server},
    )


def _attached_at(identifier: str, listed: Iterable[Mapping[str, Any]]) -> object:
    return next((each.get('attached_at') for each in listed if each.get('attachment_id') == identifier), None)
