"""Offers of a volume to another tenant: while one stands, its volume cannot be deleted."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.cinder_volume import block_storage, rungs

PATH = '/os-volume-transfer'


class Transfer(Handler):
    """Cinder tells the tenant of a transfer from microversion 3.57 on only; it is that of its volume."""

    kind = 'cinder-transfer'
    service = block_storage.SERVICE

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        block_storage.require_administrator(cloud)
        found = list(_listing(cloud))
        volumes = block_storage.volumes_of(cloud, found, self.kind)
        for record in found:
            yield _resource(record, volumes[record['volume_id']])

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`."""
        service = cloud.service(self.service, block_storage.MICROVERSION)
        document = block_storage.show(cloud, service, PATH, ref.id)
        if document is None:
            return None
        record = records.inner(document, 'transfer', str(ref))
        return _resource(record, block_storage.volume_of(cloud, record, self.kind))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return (rungs.delete(PATH),)


def cancel(cloud: Cloud, volume: Resource) -> None:
    """Withdraw what offers a volume to another project."""
    service = cloud.service(block_storage.SERVICE, block_storage.MICROVERSION)
    for record in list(_listing(cloud)):
        if records.required(record, 'volume_id', Transfer.kind) == volume.id:
            service.delete(f'{PATH}/{records.segment(records.identifier(record, Transfer.kind))}')


def _listing(cloud: Cloud) -> Iterator[dict[str, Any]]:
    service = cloud.service(block_storage.SERVICE, block_storage.MICROVERSION)
    return service.pages(f'{PATH}/detail', 'transfers', block_storage.ALL_TENANTS, past_end=True)


def _resource(record: Mapping[str, Any], volume: Mapping[str, Any]) -> Resource:
    return Resource(
        Ref(Transfer.kind, records.identifier(record, Transfer.kind)),
        name=record.get('name') or '',
        project_id=records.required(volume, 'os-vol-tenant-attr:tenant_id', 'cinder-volume'),
        created_at=records.timestamp(record.get('created_at')),
        parents=(Ref('cinder-volume', record['volume_id']),),
        tags=records.tags(records.present(volume, 'metadata', 'cinder-volume')),
    )
