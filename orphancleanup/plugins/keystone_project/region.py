"""Regions of the catalogue, which Keystone deletes with the regions below them."""

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict
from orphancleanup.model import Resource
from orphancleanup.plugins.keystone_project import identity
from orphancleanup.table import TableHandler


class Region(TableHandler):
    """A region; its endpoints and the regions below it keep it. It has no name but its id."""

    kind, service = 'keystone-region', identity.SERVICE
    path, key = '/regions', 'regions'
    after = ('*', 'keystone-endpoint', 'keystone-limit')
    resource_types = ('OS::Keystone::Region',)
    selected_by = identity.MEANT
    name_field, project_field = 'id', ''
    in_projects, keeps_nothing = False, True
    parents = {'parent_region_id': 'keystone-region'}

    def delete(self, cloud: Cloud, resource: Resource) -> None:
        """Delete a region with nothing below it; Keystone would delete that, too (catalog/backends/sql.py).

        :raises Conflict: when something is.
        """
        for below in self.api(cloud).pages(self.path, self.key, {'parent_region_id': resource.id}):
            if below.get('parent_region_id') == resource.id:
                raise Conflict(
                    409, f'{resource.ref} has the region {below.get("id")} below it; remove that first.'
                )
        super().delete(cloud, resource)
