"""What a status says: broken, on its way out, or neither.

Status words differ by service (``error_deleting``, ``ERROR``, ``DELETE_FAILED``); they are compared without case.
"""

import re
from dataclasses import dataclass

from orphancleanup.model import Condition

_BROKEN = re.compile(r'^error|_error$|failed$')
_LEAVING = re.compile(r'deleting$|^delete_in_progress$')


def is_broken(status: str) -> bool:
    """Return whether the status is an error state (``error``, ``error_deleting``, ``DELETE_FAILED``)."""
    return bool(_BROKEN.search(status.lower()))


def is_leaving(status: str) -> bool:
    """Return whether a removal is under way or hangs (``deleting``, ``DELETE_IN_PROGRESS``)."""
    lowered = status.lower()
    return bool(_LEAVING.search(lowered)) and not _BROKEN.search(lowered)


@dataclass(frozen=True, slots=True)
class States:
    """The words of one kind for what its statuses mean; all others are normal. Compared without case.

    Only words that are about the creation or the deletion of the resource itself belong here: a volume in
    ``error_extending`` and a stack in ``UPDATE_FAILED`` have all their content.
    """

    creation_failed: frozenset[str] = frozenset()
    deletion_failed: frozenset[str] = frozenset()
    leaving: frozenset[str] = frozenset()
    #: gone, though its service may still list it (``pending_delete`` of Glance): counts as not there
    gone: frozenset[str] = frozenset()

    def condition(self, status: str) -> Condition:
        """Return what a status means."""
        lowered = status.lower()
        for words, condition in (
            (self.creation_failed, Condition.CREATION_FAILED),
            (self.deletion_failed, Condition.DELETION_FAILED),
            (self.leaving, Condition.LEAVING),
        ):
            if any(lowered == word.lower() for word in words):
                return condition
        return Condition.NORMAL

    def is_gone(self, status: str) -> bool:
        """Return whether a status says that the resource counts as not there."""
        return status.lower() in {word.lower() for word in self.gone}
