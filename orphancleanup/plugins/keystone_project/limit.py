"""Limits: how much of a registered resource a project or a domain may have."""

from orphancleanup.plugins.keystone_project import identity
from orphancleanup.table import TableHandler


class Limit(TableHandler):
    """A limit is in its project, which takes it along; without it the registered default holds.

    It is called after what it limits (``volumes``).
    """

    kind, service = 'keystone-limit', identity.SERVICE
    path, key = '/limits', 'limits'
    selected_by = identity.MEANT | {'everything', 'project-missing', 'parent-missing'}
    name_field = 'resource_name'
    parents = {
        'domain_id': 'keystone-domain',
        'region_id': 'keystone-region',
        'service_id': 'keystone-service',
    }
    filled = frozenset({'service_id'})
    require_all = staticmethod(identity.require_administrator)
