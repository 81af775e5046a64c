"""Endpoints of the catalogue: where services are."""

import dataclasses
from collections.abc import Iterable, Iterator

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.model import Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.plugins.keystone_project.service import ONLY_SAVED
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class Endpoint(TableHandler):
    """An endpoint is called by its address; those of Keystone itself are never taken."""

    kind, service = 'keystone-endpoint', identity.SERVICE
    path, key = '/endpoints', 'endpoints'
    # What it leads to is asked until everything else is gone.
    after = ('*',)
    resource_types = ('OS::Keystone::Endpoint',)
    selected_by = ONLY_SAVED
    name_field, project_field = 'url', ''
    in_projects, keeps_nothing = False, True
    parents = {'service_id': 'keystone-service', 'region_id': 'keystone-region'}

    def completed(self, cloud: Cloud, found: Iterable[Record]) -> Iterator[Record]:
        """Yield endpoints with whether they are Keystone's own."""
        keystones = {
            records.identifier(each, 'keystone-service')
            for each in self.api(cloud).pages('/services', 'services', {'type': identity.SERVICE})
            if each.get('type') == identity.SERVICE
        }
        for record in found:
            yield {**record, 'is_keystones': record.get('service_id') in keystones}

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        return dataclasses.replace(super().resource(record), is_system=record['is_keystones'])
