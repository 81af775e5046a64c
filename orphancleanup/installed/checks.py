"""What is wrong with a value that a handler gave; None when nothing is. Pure."""

import datetime
import math
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import KIND, Condition, Evidence, Level, Part, Ref, Resource
from orphancleanup.table import KEEPING, told_to_keep

_TYPES: Mapping[str, tuple[type, str]] = {
    'name': (str, 'text'),
    'project_id': (str, 'text'),
    'status': (str, 'text'),
    'mark': (str, 'text'),
    'protection': (str, 'text'),
    'unused': (str, 'text'),
    'condition': (Condition, 'Condition'),
    'is_system': (bool, 'bool'),
    'is_for_all': (bool, 'bool'),
    'others': (tuple, 'tuple'),
    'serves': (frozenset, 'frozenset'),
    'tags': (frozenset, 'frozenset'),
    'details': (Mapping, 'mapping'),
    'values': (Mapping, 'mapping'),
}
_OF_STEP: Mapping[str, tuple[type, str]] = {
    'name': (str, 'text'),
    'level': (Level, 'Level'),
    'removes': (bool, 'bool'),
    'after_forbidden': (bool, 'bool'),
    'keeps_parts': (bool, 'bool'),
}
_USUAL_STEP = tuple(wanted for wanted, _ in _OF_STEP.values())
_TIMES = ('created_at', 'updated_at')
_RELATIONS = ('parents', 'blockers', 'owners', 'goes_with', 'holds', 'retains', 'alters')


def resource_fault(kind: str, found: object) -> str | None:
    """Return what is wrong with a resource, as the rest of a sentence that begins with who gave it.

    :param kind: the kind that was asked for.
    """
    if not isinstance(found, Resource):
        return f'{_named(found)} instead of a Resource'
    if not _is_ref(found.ref):
        return f'a resource with the reference {found.ref!r}, which is none'
    if found.ref.kind != kind:
        return f'{found.ref}, which is of another kind'
    fault = _types(found, _TYPES) or _times(found) or _relations(found) or _rest(found) or _capacity(found)
    return f'{found.ref} with {fault}' if fault else None


def promise_fault(handler: Handler, found: Resource) -> str | None:
    """Return what of a resource breaks what its handler says of all of them."""
    if found.project_id and not handler.in_projects:
        return f'{found.ref} in project {found.project_id}, while its attribute "in_projects" says that none is in one'
    if not handler.keeps_nothing:
        return None
    told = told_to_keep(handler) | {found.kind}
    named = ((name, ref) for name in KEEPING for ref in getattr(found, name) if ref.kind not in told)
    for name, ref in named:
        return f'{found.ref} with {ref} among its {name}, while its attribute "keeps_nothing" says that it keeps none'
    return None


def part_fault(found: object) -> str | None:
    """Return what is wrong with a part of an owner."""
    if not isinstance(found, Part):
        return f'{_named(found)} instead of a Part'
    if not _is_text(found.resource_type) or not _is_text(found.id):
        return f'a part whose type is {found.resource_type!r} and whose id is {found.id!r}'
    fault = _types(found, {'is_retained': (bool, 'bool')}) or _references('alters', found.alters)
    return f'{found.id} with {fault}' if fault else None


def alteration_fault(handler: Handler, part: Part, known: Container[str]) -> str | None:
    """Return what is wrong with a part that should only tell who loses something: nobody waits for what it holds.

    :param known: the types of resources that a handler knows.
    """
    if handler.parts_only_alter and part.resource_type in known:
        return f'a {part.resource_type}, which is a resource, while "parts_only_alter" says that none is one'
    return None


def evidence_fault(found: object) -> str | None:
    """Return what is wrong with a piece of evidence."""
    if not isinstance(found, Evidence):
        return f'{_named(found)} instead of Evidence'
    wrong = [each for each in (found.source, found.text, found.request_id) if not isinstance(each, str)]
    if wrong:
        return f'evidence with {wrong[0]!r} where text belongs'
    is_blocker = found.blocker is None or _is_ref(found.blocker)
    return None if is_blocker else f'evidence whose blocker is {found.blocker!r}, which is no reference'


def ladder_fault(steps: Sequence[object], levels: Iterable[Level]) -> str | None:
    """Return what is wrong with a ladder.

    :param levels: what the kind declares.
    """
    names, declared = set(), frozenset(levels)
    for step in steps:
        fault = _step(step, declared)
        if fault:
            return f'with {fault}'
        assert isinstance(step, Step)
        if step.name in names:
            return f'with two steps named {step.name!r}'
        names.add(step.name)
    return None


def _step(step: object, levels: frozenset[Level]) -> str | None:
    if not isinstance(step, Step):
        return f'{_named(step)} instead of a Step'
    kinds = (
        type(step.name),
        type(step.level),
        type(step.removes),
        type(step.after_forbidden),
        type(step.keeps_parts),
    )
    # Ladders are made for each resource, again and again; that they are as they mostly are is told at once.
    fault = None if kinds == _USUAL_STEP else _types(step, _OF_STEP)
    if fault:
        return f'the step {step.name!r} with {fault}'
    if not step.name or not callable(step.run):
        return f'the step {step.name!r}, whose name is empty, or whose run cannot be called'
    if step.level not in levels:
        return f'the step {step.name!r} of the level {step.level}, which its attribute "levels" lacks'
    return None


def _types(found: object, types: Mapping[str, tuple[type, str]]) -> str | None:
    for name, (wanted, word) in types.items():
        if not isinstance(getattr(found, name), wanted):
            return f'{name}={getattr(found, name)!r}, which is no {word}'
    return None


def _times(found: Resource) -> str | None:
    for name in _TIMES:
        moment = getattr(found, name)
        if moment is None:
            continue
        if not isinstance(moment, datetime.datetime):
            return f'{name}={moment!r}, which is no datetime'
        if moment.tzinfo is None or moment.utcoffset() is None:
            return f'{name}={moment.isoformat()}, which has no time zone'
    return None


def _relations(found: Resource) -> str | None:
    for name in _RELATIONS:
        fault = _references(name, getattr(found, name))
        if fault:
            return fault
    return next((fault for each in found.others if (fault := part_fault(each))), None)


def _references(name: str, refs: object) -> str | None:
    if not isinstance(refs, tuple):
        return f'{name}={refs!r}, which is no tuple'
    wrong = [each for each in refs if not _is_ref(each)]
    return f'{wrong[0]!r} among its {name}, which is no reference' if wrong else None


def _rest(found: Resource) -> str | None:
    for name in ('serves', 'tags'):
        if not all(map(_is_any_text, getattr(found, name))):
            return f'{name}={getattr(found, name)!r}, which are not all texts'
    for name in ('details', 'values'):
        if not _is_json(dict(getattr(found, name))):
            return f'{name} that are not made of plain JSON values'
    return None


def _capacity(found: Resource) -> str | None:
    size = found.capacity
    if size is None or (isinstance(size, int | float) and math.isfinite(size) and size >= 0):
        return None
    return f'capacity={size!r}, which is no number of GiB'


def _is_json(value: Any) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_json(each) for key, each in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)


def _is_ref(value: object) -> bool:
    if not isinstance(value, Ref) or not isinstance(value.kind, str):
        return False
    return bool(KIND.fullmatch(value.kind)) and _is_text(value.id)


def _is_any_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _named(value: object) -> str:
    return f'{value!r:.80}'
