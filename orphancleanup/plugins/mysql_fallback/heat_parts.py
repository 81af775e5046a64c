"""What the rows of a stack name in other services: type and physical id, in the order in which they can go."""

import graphlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from orphancleanup.database.values import Row
from orphancleanup.model import Part
from orphancleanup.plugins.mysql_fallback.heat_rows import Family

if TYPE_CHECKING:
    # It imports SQLAlchemy, which most runs do without.
    from orphancleanup.database.transaction import Transaction

# How the two languages of templates refer to another resource, and say that they need it.
_REFERENCES = frozenset({'get_resource', 'get_attr', 'Ref', 'Fn::GetAtt'})
_DEPENDS = ('depends_on', 'DependsOn')


def parts(transaction: 'Transaction', found: Family) -> tuple[Part, ...]:
    """Return what exists elsewhere, what depends on others first; nested stacks are none of it.

    :raises DatabaseRefused: when the type of one cannot be told.
    """
    templates: dict[Any, Mapping[str, Any]] = {}
    ordered: list[Part] = []
    # The deepest stacks were made last.
    for stack in reversed(found.stacks):
        own = [row for row in found.resources if row['stack_id'] == stack['id'] and row['nova_instance']]
        own = [row for row in own if row['nova_instance'] not in found.ids]
        kinds = {row['name']: _definition(transaction, templates, stack, row) for row in own}
        for name in _order(kinds):
            for row in own:
                if row['name'] == name:
                    ordered.append(_part(kinds[name], row))
    return tuple(dict.fromkeys(ordered))


def _part(definition: Mapping[str, Any], row: Row) -> Part:
    policy = definition.get('deletion_policy') or definition.get('DeletionPolicy')
    # "Snapshot" as well leaves something behind, which only Heat could make.
    return Part(
        str(definition['type']), str(row['nova_instance']), str(policy or 'Delete').lower() != 'delete'
    )


def _definition(
    transaction: 'Transaction', templates: dict[Any, Mapping[str, Any]], stack: Row, row: Row
) -> Mapping[str, Any]:
    """Return how a template defines a resource: its type, and what it names.

    Each resource has a template of its own since 2015.2; before, it is the stack's.
    """
    number = row.get('current_template_id') or stack['raw_template_id']
    if number not in templates:
        templates[number] = _resources(transaction, number)
    found: Mapping[str, Any] = templates[number].get(row['name']) or {}
    if not found.get('type'):
        raise transaction.refuse(
            f'what the resource {row["name"]!r} of stack {stack["id"]} is ({row["nova_instance"]}) cannot be told: its '
            f'template lacks it'
        )
    return found


def _resources(transaction: 'Transaction', number: object) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for row in transaction.read('raw_template', {'id': number}):
        document = _json(row['template'])
        listed = document.get('resources') or document.get('Resources') or {}
        for name, definition in listed.items() if isinstance(listed, Mapping) else ():
            if isinstance(definition, Mapping):
                found[name] = {**definition, 'type': definition.get('type') or definition.get('Type')}
    return found


def _json(value: object) -> Mapping[str, Any]:
    try:
        document = json.loads(value) if isinstance(value, str | bytes) else value
    except ValueError:
        return {}
    return document if isinstance(document, Mapping) else {}


def _order(definitions: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return names, each before what it depends on; in the templates' own order where that goes round in a circle."""
    needs = {name: set(_named(each)) & definitions.keys() - {name} for name, each in definitions.items()}
    try:
        return list(reversed(list(graphlib.TopologicalSorter(needs).static_order())))
    except graphlib.CycleError:
        return list(definitions)


def _named(value: Any) -> Iterator[str]:
    """Yield the names that a definition refers to."""
    if isinstance(value, list):
        for each in value:
            yield from _named(each)
    if not isinstance(value, Mapping):
        return
    for key, each in value.items():
        if key in _DEPENDS or key in _REFERENCES:
            found = each if isinstance(each, list) else [each]
            yield from (name.split('.')[0] for name in found if isinstance(name, str))
        yield from _named(each)
