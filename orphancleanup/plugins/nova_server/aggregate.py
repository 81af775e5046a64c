"""Host aggregates."""

import dataclasses
from collections.abc import Sequence

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.plugins.nova_server import compute
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class Aggregate(TableHandler):
    """An aggregate. Nova refuses to delete one with hosts in it; to take these out changes where servers may go."""

    kind = 'nova-aggregate'
    service = compute.SERVICE
    path, key = '/os-aggregates', 'aggregates'
    project_field, status_field, tag_fields = '', '', ('metadata',)
    in_projects = False
    value_fields = ('availability_zone', 'hosts', 'metadata')
    levels = frozenset({Level.API, Level.FORCE})
    selected_by = compute.GLOBAL
    resource_types = ('OS::Nova::HostAggregate',)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        hosts = list(records.references(record, 'hosts', self.kind))
        return dataclasses.replace(super().resource(record), details={'hosts': hosts})

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        if not resource.details.get('hosts'):
            return (Step('delete', self.delete),)
        empty = Step('remove-hosts', self._remove_hosts, Level.FORCE, removes=False)
        return (empty, Step('delete', self.delete, Level.FORCE))

    def _remove_hosts(self, cloud: Cloud, resource: Resource) -> None:
        now = self.look(cloud, resource.ref)
        if now is None:
            raise NotFound(404, f'{resource.ref} is gone.')
        for host in now.details['hosts']:
            self.api(cloud).post(f'{self.address(resource.ref)}/action', {'remove_host': {'host': host}})
