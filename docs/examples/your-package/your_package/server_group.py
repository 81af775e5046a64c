"""Server groups, the smallest whole handler: a table that says where they are and what their fields are called."""

from orphancleanup.table import TableHandler


class ServerGroup(TableHandler):
    """A server group of Nova."""

    kind = 'nova-server-group'
    service = 'compute'
    microversion = '2.13'
    path = '/os-server-groups'
    key = 'server_groups'
    query = {'all_projects': 'true'}
    after = ('nova-server',)
