"""Snapshots of whole groups."""

from collections.abc import Sequence

from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.plugins.cinder_volume import block_storage, rungs
from orphancleanup.table import TableHandler


class GroupSnapshot(TableHandler):
    """A group snapshot takes its snapshots along, which name it as their owner, and goes before its group.

    Cinder tells no time of its last change, so that nobody knows since when its status stands.
    """

    kind = 'cinder-group-snapshot'
    service, microversion = block_storage.SERVICE, block_storage.WITH_PROJECTS
    path, list_path, key = '/group_snapshots', '/group_snapshots/detail', 'group_snapshots'
    query, past_end = block_storage.ALL_TENANTS, True
    parents, filled = {'group_id': 'cinder-group'}, frozenset({'group_id'})
    levels, states = rungs.LEVELS, rungs.STATES
    leaves_at_once = True
    require_all = staticmethod(block_storage.require_administrator)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. Cinder has no forced deletion of it: a status that hangs is reset before."""
        again = Step('delete-again', self.delete, Level.FORCE)
        if resource.status in rungs.LEAVING:
            return (rungs.reset_state(self, 'reset_status'), again)
        return (Step('delete', self.delete), again)
