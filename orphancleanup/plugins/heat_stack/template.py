"""What a template says about its resources: which stay, and which refer to each other. Pure."""

from collections.abc import Mapping
from typing import Any


def retained(document: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the resources that outlive their stack by design.

    ``snapshot`` is not among them: Heat takes a backup first, and then the resource goes. What has an ``external_id``
    is: Heat has not made it, and leaves it (heat/engine/rsrc_defn.py).

    :param document: a HOT template (``resources``, ``deletion_policy``) or a CFN one (``Resources``,
        ``DeletionPolicy``).
    """
    return frozenset(name for name, definition in _resources(document).items() if _is_retained(definition))


def references(document: Mapping[str, Any], name: str) -> Mapping[str, str]:
    """Return the properties of a resource that are other resources of the same template.

    :returns: the name of the property to that of the other resource (``get_resource``, ``Ref``).
    """
    definition = _resources(document).get(name)
    if not isinstance(definition, Mapping):
        return {}
    found = definition.get('properties') or definition.get('Properties')
    if not isinstance(found, Mapping):
        return {}
    return {field: other for field, value in found.items() if (other := _referred(value))}


def _resources(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found = document.get('resources') or document.get('Resources')
    return found if isinstance(found, Mapping) else {}


def _referred(value: object) -> str:
    if not isinstance(value, Mapping) or len(value) != 1:
        return ''
    other = value.get('get_resource') or value.get('Ref')
    return other if isinstance(other, str) else ''


def _is_retained(definition: object) -> bool:
    if not isinstance(definition, Mapping):
        return False
    if definition.get('external_id'):
        return True
    policy = definition.get('deletion_policy') or definition.get('DeletionPolicy')
    return isinstance(policy, str) and policy.lower() == 'retain'
