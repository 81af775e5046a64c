"""Offers of a volume to another project: while one stands, its volume cannot be deleted."""

from orphancleanup.api import Cloud
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.cinder_volume import block_storage
from orphancleanup.records import identifier, required
from orphancleanup.table import TableHandler


class Transfer(TableHandler):
    """An offer of a volume to another project. Its project is its volume's: Cinder tells it from 3.57 on only."""

    kind = 'cinder-transfer'
    service, microversion = block_storage.SERVICE, block_storage.MICROVERSION
    path, list_path, key = '/os-volume-transfer', '/os-volume-transfer/detail', 'transfers'
    query, past_end = block_storage.ALL_TENANTS, True
    project_field, tag_fields = f'volume.{block_storage.PROJECT}', ('volume.metadata',)
    parents = {'volume_id': 'cinder-volume'}
    require_all = staticmethod(block_storage.require_administrator)
    completed = block_storage.with_volumes


def cancel(cloud: Cloud, volume: Resource) -> None:
    """Withdraw what offers a volume to another project."""
    transfers = Transfer()
    for offer in list(transfers.listing(cloud)):
        if required(offer, 'volume_id', Transfer.kind) == volume.id:
            transfers.delete(cloud, Resource(Ref(Transfer.kind, identifier(offer, Transfer.kind))))
