"""What is wrong with a value that a handler yields."""

import dataclasses
import datetime
import json
from collections.abc import Iterator, Mapping

from orphancleanup.model import Condition, Part, Ref, Resource

_TEXTS = ('name', 'project_id', 'status', 'mark', 'protection', 'unused')
_TIMES = ('created_at', 'updated_at')
_TYPES: Mapping[str, type] = {
    'condition': Condition,
    'is_system': bool,
    'is_for_all': bool,
    'details': Mapping,
    'serves': frozenset,
    'tags': frozenset,
    'values': Mapping,
}
_RELATIONS = ('parents', 'blockers', 'owners', 'goes_with', 'holds', 'retains', 'alters')


def faults(resource: object, kind: str) -> list[str]:
    """Return a sentence for each thing that is wrong with a resource of a kind; nothing when it is well."""
    if not isinstance(resource, Resource):
        return [f'{resource!r} is no Resource']
    found = [*_identity(resource, kind), *_plain(resource), *_relations(resource)]
    for name in ('details', 'values'):
        if not is_json(getattr(resource, name)):
            found.append(f'its {name} are not plain JSON: {getattr(resource, name)!r}')
    return [f'{resource.ref}: {each}' for each in found]


def difference(one: Resource, other: Resource) -> str:
    """Return the fields in which two resources differ, with both values; empty when they are the same."""
    names = (each.name for each in dataclasses.fields(Resource))
    pairs = ((name, getattr(one, name), getattr(other, name)) for name in names)
    return ', '.join(f'{name}: {ours!r} and {theirs!r}' for name, ours, theirs in pairs if ours != theirs)


def is_json(value: object) -> bool:
    """Return whether a value is the same after it was in a file."""
    try:
        return bool(json.loads(json.dumps(value, allow_nan=False)) == value)
    except (TypeError, ValueError, RecursionError):
        return False


def part_faults(part: object) -> list[str]:
    """Return a sentence for each thing that is wrong with a part of an owner."""
    if not isinstance(part, Part):
        return [f'{part!r} is no Part']
    texts = all(isinstance(each, str) and each for each in (part.resource_type, part.id))
    refs = isinstance(part.alters, tuple) and all(isinstance(each, Ref) for each in part.alters)
    return (
        [] if texts and refs else [f'{part!r} lacks its type or its id, or what it alters is no tuple of Ref']
    )


def _identity(resource: Resource, kind: str) -> Iterator[str]:
    if resource.ref.kind != kind:
        yield f'it is none of {kind}'
    if not is_text(resource.ref.id) or not resource.ref.id:
        yield f'its id is {resource.ref.id!r}'


def is_text(value: object) -> bool:
    """Return whether a value is a text, whatever its type says."""
    return isinstance(value, str)


def _plain(resource: Resource) -> Iterator[str]:
    for name in _TEXTS:
        value = getattr(resource, name, '')
        if not is_text(value):
            yield f'its {name} is {value!r}, which is no text'
    for name in _TIMES:
        moment = getattr(resource, name)
        if moment is not None and not _is_utc(moment):
            yield f'its {name} is {moment!r}, which is no aware time in UTC'
    for name, kind in _TYPES.items():
        if not isinstance(getattr(resource, name), kind):
            yield f'its {name} is {getattr(resource, name)!r}, which is no {kind.__name__}'
    for name in ('serves', 'tags'):
        if not all(map(is_text, getattr(resource, name))):
            yield f'its {name} are {getattr(resource, name)!r}, which are not all texts'


def _is_utc(moment: object) -> bool:
    return isinstance(moment, datetime.datetime) and moment.utcoffset() == datetime.timedelta(0)


def _relations(resource: Resource) -> Iterator[str]:
    for name in _RELATIONS:
        refs = getattr(resource, name)
        is_whole = isinstance(refs, tuple) and all(
            isinstance(each, Ref) and each.kind and each.id for each in refs
        )
        if not is_whole:
            yield f'its {name} are {refs!r}, which is no tuple of references'
        elif resource.ref in refs:
            yield f'it is among its own {name}'
    if not isinstance(resource.others, tuple) or any(part_faults(each) for each in resource.others):
        yield f'its others are {resource.others!r}, which is no tuple of parts'
