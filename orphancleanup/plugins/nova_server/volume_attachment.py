"""Volumes of servers that stay: to take one away is a removal of its own, and never follows from another."""

import dataclasses
from collections.abc import Sequence

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import Forbidden, IncompleteListing
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.plugins.nova_server import compute
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

_NO_ADMIN = (
    "Cinder shows only what is in the account's own project: Cinder does not take it for an administrator; use a user "
    'with the role admin, or whatever its policy "context_is_admin" accepts.'
)


class VolumeAttachment(TableHandler):
    """An attachment as its server sees it. Cinder lists them cheaply, Nova takes them away in an orderly manner.

    With its server it goes by itself, and is ``cinder-attachment``'s business then. Where the server stays, it loses a
    disk: so only its name selects one. It is in no project and hinders nothing, the removal of its server least of all.
    """

    kind = 'nova-volume-attachment'
    #: the lowest microversion that has attachments
    service, microversion = 'block-storage', '3.27'
    path, key = '/attachments', 'attachments'
    query, past_end = {'all_tenants': 1}, True
    project_field, created_field = '', ''
    in_projects = False
    alters = {'instance': 'nova-server'}
    levels = frozenset({Level.FORCE})
    selected_by = frozenset({'named'})

    def require_all(self, cloud: Cloud) -> None:
        """See :meth:`TableHandler.require_all`; to others Cinder shows less, and says nothing about that."""

        def ask() -> None:
            try:
                cloud.service(self.service).get('/os-services')
            except Forbidden as error:
                raise IncompleteListing(_NO_ADMIN) from error

        cloud.once('Cinder takes us for an administrator', ask)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; one that is for no server (reserved, a host's own) is never touched."""
        found = super().resource(record)
        volume = records.identifier(record, self.kind, 'volume_id')
        servers = [ref.id for ref in found.alters]
        details = {'server_id': servers[0] if servers else '', 'volume_id': volume}
        return dataclasses.replace(found, is_system=not servers, details=details)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return () if resource.is_system else (Step('detach', self._detach, Level.FORCE),)

    def _detach(self, cloud: Cloud, resource: Resource) -> None:
        """Have the server give the disk back; Nova refuses for the one that it boots from."""
        server, volume = (records.segment(resource.details[name]) for name in ('server_id', 'volume_id'))
        cloud.service(compute.SERVICE).delete(f'/servers/{server}/os-volume_attachments/{volume}')
