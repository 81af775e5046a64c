"""Services of the catalogue, which Keystone deletes with their endpoints."""

import dataclasses

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict
from orphancleanup.model import Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

#: names and prefixes do not tell a service that somebody uses from one that a test has left
ONLY_SAVED = frozenset({'not-in-baseline'})


class Service(TableHandler):
    """A service; its endpoints and limits keep it, and Keystone itself is never taken."""

    kind, service = 'keystone-service', identity.SERVICE
    path, key = '/services', 'services'
    after = ('*', 'keystone-endpoint', 'keystone-limit')
    resource_types = ('OS::Keystone::Service',)
    selected_by = ONLY_SAVED
    project_field = ''
    in_projects, keeps_nothing = False, True

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource(record)
        is_keystone = records.required(record, 'type', self.kind) == identity.SERVICE
        return dataclasses.replace(plain, is_system=is_keystone)

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        """Delete a service without endpoints; Keystone would delete them, too (catalog/backends/sql.py).

        :raises Conflict: when it has any.
        """
        for endpoint in self.api(cloud).pages('/endpoints', 'endpoints', {'service_id': resource.id}):
            if endpoint.get('service_id') == resource.id:
                raise Conflict(
                    409, f'{resource.ref} has the endpoint {endpoint.get("id")}; remove that first.'
                )
        super().delete(cloud, resource)
