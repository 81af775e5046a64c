"""What of the contract of a handler shows without a cloud: its attributes, and how it fits to the others. Pure."""

import difflib
import math
from collections.abc import Callable, Collection, Iterator, Mapping

from orphancleanup.handler import CONTRACT, EVERY_KIND, Handler, StaysBehind
from orphancleanup.judging.reasons import CODES
from orphancleanup.model import KIND, Level
from orphancleanup.states import States
from orphancleanup.table import RELATIONS, TableHandler

#: how alike two kinds are, by difflib, of which one is taken for the other, mistyped (``cinder-volumes``). Names that
#: differ by a word are less alike: ``neutron-subnet`` and ``neutron-subnetpool``
_ALIKE = 0.9


def faults(handler: Handler) -> Iterator[str]:
    """Yield what is wrong with the attributes of a handler, each as what follows its name in a sentence."""
    attributes = {**_ATTRIBUTES, **(_TABLE if isinstance(handler, TableHandler) else {})}
    if isinstance(handler, StaysBehind):
        attributes['belongs_to'] = _ATTRIBUTES['same_as']
    for name, (is_right, wanted) in attributes.items():
        value = getattr(handler, name, None)
        if not is_right(value):
            yield f'has {name} = {value!r}, which must be {wanted}'


def mistyped(handler: Handler, known: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield each kind that a handler names, nobody brings and is like one of the known kinds, with that one.

    A kind that is like none is another package's, which need not be installed.

    :param known: all kinds that are installed.
    """
    for kind in _named(handler):
        if kind not in known and kind != EVERY_KIND:
            for like in difflib.get_close_matches(kind, sorted(known), 1, _ALIKE):
                yield kind, like


def _named(handler: Handler) -> Iterator[str]:
    yield from handler.after
    yield from handler.before
    yield from handler.same_as
    if isinstance(handler, StaysBehind):
        yield from handler.belongs_to
    if isinstance(handler, TableHandler):
        for relation in RELATIONS:
            yield from getattr(handler, relation).values()


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


_ATTRIBUTES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    'kind': (_is_kind, 'lower-case letters and digits with single hyphens between'),
    'service': (_is_text, 'a service type'),
    'contract': (
        _is_version,
        f'a version of the contract from 1 to {CONTRACT}; a newer orphancleanup knows more',
    ),
    'after': (_is_after, f'a tuple of kinds, or of {EVERY_KIND!r}'),
    'before': (
        lambda value: isinstance(value, tuple) and all(map(_is_kind, value)),
        'a tuple of kinds',
    ),
    'levels': (_are_levels, 'a frozenset of at least one Level'),
    'resource_types': (
        lambda value: isinstance(value, tuple) and all(map(_is_text, value)),
        'a tuple of texts',
    ),
    'states': (lambda value: isinstance(value, States), 'an instance of States'),
    'deadline': (_is_deadline, 'a number of seconds, more than 0'),
    'selected_by': (_are_reasons, f'None or a frozenset of {", ".join(sorted(CODES))}'),
    'contains_projects': (lambda value: isinstance(value, bool), 'True or False'),
    'in_projects': (lambda value: isinstance(value, bool), 'True or False'),
    'same_as': (
        lambda value: isinstance(value, tuple) and all(map(_is_kind, value)),
        'a tuple of kinds',
    ),
    'leaves_at_once': (lambda value: isinstance(value, bool), 'True or False'),
    'look_proves_end': (lambda value: isinstance(value, bool), 'True or False'),
    'parts_only_alter': (lambda value: isinstance(value, bool), 'True or False'),
    'shared_through': (_are_services, 'a service type, a tuple of them, or empty'),
}


def _is_path(value: object) -> bool:
    return isinstance(value, str) and value.startswith('/') and not value.endswith('/')


def _are_fields(value: object) -> bool:
    return isinstance(value, tuple | frozenset) and all(map(_is_text, value))


def _is_relation(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_is_text, value)) and all(map(_is_kind, value.values()))


_TABLE: Mapping[str, tuple[Callable[[object], bool], str]] = {
    'path': (_is_path, 'a path that begins with a slash'),
    'list_path': (lambda value: value == '' or _is_path(value), 'a path that begins with a slash, or empty'),
    'key': (_is_text, 'the name of the list in the document'),
    'query': (lambda value: isinstance(value, Mapping), 'a mapping'),
    'tag_fields': (_are_fields, 'a tuple of names of fields'),
    'value_fields': (_are_fields, 'a tuple of names of fields'),
    'filled': (_are_fields, 'a frozenset of names of fields'),
    **dict.fromkeys(RELATIONS, (_is_relation, 'a mapping of fields to kinds')),
}
