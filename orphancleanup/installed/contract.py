"""What of the contract of a handler shows without a cloud: its attributes, and how it fits to the others. Pure."""

import difflib
import math
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from orphancleanup.handler import CONTRACT, EVERY_KIND, AddsSteps, Handler, StaysBehind
from orphancleanup.judging.reasons import CODES
from orphancleanup.model import KIND, Level
from orphancleanup.states import States
from orphancleanup.table import RELATIONS, TableHandler

#: how alike two kinds are, by difflib, of which one is taken for the other, mistyped (``cinder-volumes``). Names that
#: differ by a word are less alike: ``neutron-subnet`` and ``neutron-subnetpool``
_ALIKE = 0.9


#: one of them, or its class
Told = Handler | type[Handler]


def faults(handler: Told) -> Iterator[str]:
    """Yield what is wrong with the attributes of a handler, each as what follows its name in a sentence."""
    for name, (is_right, wanted) in _attributes(handler).items():
        value = getattr(handler, name, None)
        if not is_right(value):
            yield f'has {name} = {value!r}, which must be {wanted}'


def _attributes(handler: object) -> dict[str, 'Attribute']:
    """Return what the attributes of a handler, or of its class, must be."""
    found = dict(_ATTRIBUTES)
    if issubclass(handler if isinstance(handler, type) else type(handler), TableHandler):
        found |= _TABLE
    if isinstance(handler, StaysBehind):
        found['belongs_to'] = _KINDS
    if isinstance(handler, AddsSteps):
        found['adds_to'] = _KINDS
    return found


class Mistyped(NamedTuple):
    """A kind that a handler names, that nobody brings, and that is like one of those that somebody brings.

    :param attribute: where it stands.
    :param like: the one that it is like.
    """

    attribute: str
    kind: str
    like: str


def mistyped(handler: Told, known: Collection[str]) -> Iterator[Mistyped]:
    """Yield each kind that a handler names, and that was meant to be one of the known kinds, it seems.

    A kind that is like none is another package's, which need not be installed.

    :param known: all kinds that are installed.
    """
    for attribute, kind in _named(handler):
        if kind not in known and kind != EVERY_KIND:
            for like in difflib.get_close_matches(kind, sorted(known), 1, _ALIKE):
                yield Mistyped(attribute, kind, like)


def _named(handler: Told) -> Iterator[tuple[str, str]]:
    """Yield attribute and kind; of an attribute that is wrong altogether nothing."""
    for name, (is_right, _) in _attributes(handler).items():
        value = getattr(handler, name, None)
        if name in _NAMING and is_right(value):
            assert isinstance(value, Mapping | tuple)
            yield from ((name, kind) for kind in (value.values() if isinstance(value, Mapping) else value))


def _is_kind(value: object) -> bool:
    return isinstance(value, str) and bool(KIND.fullmatch(value))


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _are_services(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, tuple) and all(map(_is_text, value)))


def _is_version(value: object) -> bool:
    return type(value) is int and 1 <= value <= CONTRACT


def _is_after(value: object) -> bool:
    return isinstance(value, tuple) and all(_is_kind(each) or each == EVERY_KIND for each in value)


def _are_levels(value: object) -> bool:
    return isinstance(value, frozenset) and bool(value) and all(isinstance(each, Level) for each in value)


def _is_deadline(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _are_reasons(value: object) -> bool:
    return value is None or (isinstance(value, frozenset) and value <= CODES)


def _is_truth(value: object) -> bool:
    return isinstance(value, bool)


def _are_kinds(value: object) -> bool:
    return isinstance(value, tuple) and all(map(_is_kind, value))


#: what tells whether a value is right, and what it must be, in words
Attribute = tuple[Callable[[object], bool], str]
_KINDS: Attribute = (_are_kinds, 'a tuple of kinds')
_TRUTH: Attribute = (_is_truth, 'True or False')
#: attributes that name kinds
_NAMING = frozenset({'after', 'before', 'same_as', 'belongs_to', 'adds_to', *RELATIONS})

_ATTRIBUTES: Mapping[str, Attribute] = {
    'kind': (_is_kind, 'lower-case letters and digits with single hyphens between'),
    'service': (_is_text, 'a service type'),
    'contract': (
        _is_version,
        f'a version of the contract from 1 to {CONTRACT}; a newer orphancleanup knows more',
    ),
    'after': (_is_after, f'a tuple of kinds, or of {EVERY_KIND!r}'),
    'before': _KINDS,
    'levels': (_are_levels, 'a frozenset of at least one Level'),
    'resource_types': (
        lambda value: isinstance(value, tuple) and all(map(_is_text, value)),
        'a tuple of texts',
    ),
    'states': (lambda value: isinstance(value, States), 'an instance of States'),
    'deadline': (_is_deadline, 'a number of seconds, more than 0'),
    'selected_by': (_are_reasons, f'None or a frozenset of {", ".join(sorted(CODES))}'),
    'contains_projects': _TRUTH,
    'in_projects': _TRUTH,
    'keeps_nothing': _TRUTH,
    'same_as': _KINDS,
    'leaves_at_once': _TRUTH,
    'look_proves_end': _TRUTH,
    'answers_when_gone': _TRUTH,
    'parts_only_alter': _TRUTH,
    'shared_through': (_are_services, 'a service type, a tuple of them, or empty'),
}


def _is_path(value: object) -> bool:
    return isinstance(value, str) and value.startswith('/') and not value.endswith('/')


def _are_fields(value: object) -> bool:
    return isinstance(value, tuple | frozenset) and all(map(_is_text, value))


def _is_relation(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_is_text, value)) and all(map(_is_kind, value.values()))


def _is_microversion(value: object) -> bool:
    # As a number 2.10 would be 2.1.
    return value is None or _is_text(value)


_FIELD: Attribute = (lambda value: isinstance(value, str), 'the name of a field, or empty')
_TABLE: Mapping[str, Attribute] = {
    'path': (_is_path, 'a path that begins with a slash'),
    'list_path': (lambda value: value == '' or _is_path(value), 'a path that begins with a slash, or empty'),
    'key': (_is_text, 'the name of the list in the document'),
    'singular': (lambda value: isinstance(value, str), 'the name of the record in the document, or empty'),
    'is_wrapped': _TRUTH,
    'microversion': (_is_microversion, "a text ('2.79'), or None"),
    'query': (lambda value: isinstance(value, Mapping), 'a mapping'),
    'show_query': (lambda value: isinstance(value, Mapping), 'a mapping'),
    'past_end': _TRUTH,
    'name_field': _FIELD,
    'project_field': (lambda value: value is None or isinstance(value, str), _FIELD[1]),
    'status_field': _FIELD,
    'created_field': _FIELD,
    'updated_field': _FIELD,
    'tag_fields': (_are_fields, 'a tuple of names of fields'),
    'value_fields': (_are_fields, 'a tuple of names of fields'),
    'filled': (_are_fields, 'a frozenset of names of fields'),
    **dict.fromkeys(RELATIONS, (_is_relation, 'a mapping of fields to kinds')),
}
