"""For transactions that have nothing to ask of a cloud: those that undo, and those that only read."""

from orphancleanup.errors import DatabaseRefused
from orphancleanup.model import Ref


class Silent:
    """Satisfies :class:`orphancleanup.database.transaction.Facts`, and knows nothing."""

    @property
    def project_id(self) -> str:
        """There is none."""
        raise DatabaseRefused('from which project this runs is not known')

    def is_gone(self, ref: Ref) -> bool:
        """Nobody knows."""
        raise DatabaseRefused(f'whether {ref} is gone is not known')

    def is_project_gone(self, project_id: str) -> bool:
        """Nobody knows."""
        raise DatabaseRefused(f'whether the project {project_id} is gone is not known')
