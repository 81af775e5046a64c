"""Offers of a volume to another tenant: while one stands, its volume cannot be deleted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins import records
from orphancleanup.plugins.cinder_volume import block_storage, rungs

PATH = '/os-volume-transfer'


class Transfer(Handler):
    """Cinder tells the tenant of a transfer from microversion 3.57 on only; it is that of its volume."""

    kind = 'cinder-transfer'
    service = block_storage.SERVICE

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        service = cloud.service(self.service, block_storage.MICROVERSION)
        found = list(service.pages(f'{PATH}/detail', 'transfers', block_storage.ALL_TENANTS))
        listed = block_storage.listing(cloud, '/volumes/detail', 'volumes') if found else ()
        volumes = {record['id']: record for record in listed}
        for record in found:
            yield _resource(record, volumes.get(record['volume_id'], {}))

    def look(self, cloud: Cloud, resource: Resource) -> Resource | None:
        """See :meth:`Handler.look`."""
        service = cloud.service(self.service, block_storage.MICROVERSION)
        document = block_storage.show(service, PATH, resource.id)
        if document is None:
            return None
        record = document['transfer']
        volume = block_storage.show(service, '/volumes', record['volume_id'])
        return _resource(record, volume['volume'] if volume else {})

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return (rungs.delete(PATH),)


def cancel(cloud: Cloud, volume: Resource) -> None:
    """Withdraw what offers a volume to another tenant."""
    service = cloud.service(block_storage.SERVICE, block_storage.MICROVERSION)
    for record in list(service.pages(f'{PATH}/detail', 'transfers', block_storage.ALL_TENANTS)):
        if record['volume_id'] == volume.id:
            service.delete(f'{PATH}/{records.segment(record["id"])}')


def _resource(record: Mapping[str, Any], volume: Mapping[str, Any]) -> Resource:
    return Resource(
        Ref(Transfer.kind, record['id']),
        name=record.get('name') or '',
        project_id=volume.get('os-vol-tenant-attr:tenant_id') or '',
        created_at=records.timestamp(record.get('created_at')),
        parents=(Ref('cinder-volume', record['volume_id']),),
        tags=records.tags(volume.get('metadata')),
    )
