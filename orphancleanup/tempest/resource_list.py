"""``resource_list.json``: what tempest has recorded of its own POST requests (``[DEFAULT] record_resources``).

``{"servers": {"<id>": "<name>"}, "keypairs": {"<name>": ""}}``, in one file for all runs, until ``tempest cleanup``
empties it. It is read and never written. Parallel workers overwrite each other's entries: that something is not in it
proves nothing.
"""

from pathlib import Path

from orphancleanup.errors import OrphancleanupError, UsageError
from orphancleanup.judging.selection import Recorded
from orphancleanup.model import Ref
from orphancleanup.storing import documents
from orphancleanup.storing.documents import Node
from orphancleanup.tempest.kinds import BY_NAME, KINDS


def read(path: Path) -> Recorded:
    """Read a resource list.

    :raises UsageError: when it cannot be read, or is none; says why.
    """

    def refuse(problem: str) -> OrphancleanupError:
        return UsageError(f'The resource list {path} {problem}; nothing was removed.')

    try:
        text = path.read_text(encoding='utf-8')
    except (OSError, UnicodeDecodeError) as error:
        raise refuse(f'cannot be read ({getattr(error, "strerror", None) or "it is not text"})') from error
    root = Node(documents.load(text, refuse), '', refuse)
    refs: set[Ref] = set()
    unknown: dict[str, int] = {}
    for name, node in root.items():
        identifiers = [identifier for identifier in node.mapping() if identifier]
        if name in KINDS:
            refs.update(Ref(KINDS[name], identifier) for identifier in identifiers)
        elif identifiers:
            unknown[name] = len(identifiers)
    names = frozenset(ref for ref in refs if ref.kind in BY_NAME)
    return Recorded(frozenset(refs) - names, names, unknown)
