"""What a status says: broken, on its way out, or neither.

Status words differ by service (``error_deleting``, ``ERROR``, ``DELETE_FAILED``); they are compared without case.
"""

import re

_BROKEN = re.compile(r'^error|_error$|failed$')
_LEAVING = re.compile(r'deleting$|^delete_in_progress$')


def is_broken(status: str) -> bool:
    """Answer whether the status is an error state (``error``, ``error_deleting``, ``DELETE_FAILED``)."""
    return bool(_BROKEN.search(status.lower()))


def is_leaving(status: str) -> bool:
    """Answer whether a removal is under way or hangs (``deleting``, ``DELETE_IN_PROGRESS``)."""
    lowered = status.lower()
    return bool(_LEAVING.search(lowered)) and not _BROKEN.search(lowered)
