"""Flavors, private ones too."""

from orphancleanup.plugins.nova_server import compute
from orphancleanup.table import TableHandler


class Flavor(TableHandler):
    """A flavor. Servers keep what they were made with, whatever becomes of their flavor."""

    kind = 'nova-flavor'
    #: the lowest microversion with the extra specs, which may say that a flavor is to stay
    service, microversion = compute.SERVICE, '2.61'
    path, list_path, key = '/flavors', '/flavors/detail', 'flavors'
    # "None" is neither true nor false: public and private ones.
    query, past_end = {'is_public': 'None'}, True
    project_field, status_field, created_field = '', '', ''
    in_projects, keeps_nothing = False, True
    tag_fields = value_fields = ('extra_specs',)
    after = ('heat-stack', 'nova-server')
    selected_by = compute.GLOBAL
    resource_types = ('OS::Nova::Flavor',)
    require_all = staticmethod(compute.require_administrator)
