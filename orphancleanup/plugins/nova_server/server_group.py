"""Server groups."""

from collections.abc import Iterator

from orphancleanup.api import Cloud, Query
from orphancleanup.plugins.nova_server import compute
from orphancleanup.records import Record
from orphancleanup.table import TableHandler


class ServerGroup(TableHandler):
    """A server group. Nova deletes it with servers in it, which then lose what it promised them: so it waits for them.

    Nova shows only those of its members that are not deleted.
    """

    kind = 'nova-server-group'
    #: the lowest microversion with the project of a group
    service, microversion = compute.SERVICE, '2.13'
    path, key = '/os-server-groups', 'server_groups'
    query = {'all_projects': 'true'}
    status_field, created_field, tag_fields = '', '', ('metadata',)
    blockers = {'members': 'nova-server'}
    after = ('heat-stack', 'nova-server')
    resource_types = ('OS::Nova::ServerGroup',)
    require_all = staticmethod(compute.require_administrator)

    def listing(self, cloud: Cloud, query: Query | None = None) -> Iterator[Record]:
        """See :meth:`TableHandler.listing`; pages of server groups have no links and know no marker."""
        return compute.by_position(self.api(cloud), self.path, self.key, {**self.query, **(query or {})})
