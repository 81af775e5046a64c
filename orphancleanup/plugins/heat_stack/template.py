"""What a template says about the end of its resources. Pure."""

from collections.abc import Mapping
from typing import Any


def retained(document: Mapping[str, Any]) -> frozenset[str]:
    """Answer the names of the resources that outlive their stack by design.

    ``snapshot`` is not among them: Heat takes a backup first, and then the resource goes.

    :param document: a HOT template (``resources``, ``deletion_policy``) or a CFN one (``Resources``,
        ``DeletionPolicy``).
    """
    found = document.get('resources') or document.get('Resources')
    if not isinstance(found, Mapping):
        return frozenset()
    return frozenset(name for name, definition in found.items() if _is_retained(definition))


def _is_retained(definition: object) -> bool:
    if not isinstance(definition, Mapping):
        return False
    policy = definition.get('deletion_policy') or definition.get('DeletionPolicy')
    return isinstance(policy, str) and policy.lower() == 'retain'
