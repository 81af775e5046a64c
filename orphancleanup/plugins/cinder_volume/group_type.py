"""Types of groups of volumes."""

import dataclasses

from orphancleanup.model import Resource
from orphancleanup.plugins.cinder_volume import block_storage
from orphancleanup.plugins.cinder_volume.volume_type import MEANT
from orphancleanup.records import Record
from orphancleanup.table import TableHandler

#: Cinder makes it for what were consistency groups (cinder/volume/group_types.py)
_INSTALLED = 'default_cgsnapshot_type'


class GroupType(TableHandler):
    """A type of groups; its groups keep it."""

    kind = 'cinder-group-type'
    #: the lowest microversion that has group types
    service, microversion = block_storage.SERVICE, '3.11'
    path, key = '/group_types', 'group_types'
    # Without it an administrator is shown those that are public.
    query, past_end = {'is_public': 'none'}, True
    after = ('cinder-group',)
    selected_by = MEANT
    project_field, value_fields = '', ('description', 'group_specs', 'is_public')
    in_projects, keeps_nothing = False, True
    require_all = staticmethod(block_storage.require_administrator)

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`."""
        plain = super().resource(record)
        return dataclasses.replace(plain, is_system=plain.name == _INSTALLED)
