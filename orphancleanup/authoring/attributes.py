"""What the class of a handler says: the types of its attributes, the arguments of its methods, and names near ours."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from os_service_types import ServiceTypes

from orphancleanup.authoring.finding import Finding
from orphancleanup.handler import Handler
from orphancleanup.model import KIND, Level
from orphancleanup.states import States

#: what each method is called with, besides the handler itself
METHODS = {
    'discover': ('cloud',),
    'look': ('cloud', 'ref'),
    'ladder': ('resource',),
    'parts': ('cloud', 'resource'),
    'show': ('cloud', 'ref'),
    'evidence': ('cloud', 'resource'),
}
_NEAR = 0.8


def _is_all(kind: type[tuple[Any, ...]] | type[frozenset[Any]], wanted: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kind) and all(isinstance(each, wanted) for each in value)


def _is_deadline(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


#: attribute to what it must be, for the code and in words
ATTRIBUTES: dict[str, tuple[Callable[[Any], bool], str]] = {
    'kind': (
        lambda value: isinstance(value, str) and bool(KIND.fullmatch(value)),
        'a name like "nova-server"',
    ),
    'service': (lambda value: isinstance(value, str) and bool(value), 'a service type like "compute"'),
    'after': (_is_all(tuple, str), 'a tuple of kinds'),
    'levels': (_is_all(frozenset, Level), 'a frozenset of Level'),
    'resource_types': (_is_all(tuple, str), 'a tuple of names like "OS::Nova::Server"'),
    'states': (lambda value: isinstance(value, States), 'a States'),
    'deadline': (_is_deadline, 'a number of seconds above 0'),
}


def findings(handler: type[Handler], where: str, kinds: Iterable[str]) -> Iterator[Finding]:
    """Yield what is wrong with a class.

    :param where: how a finding names it.
    :param kinds: all kinds that are installed.
    """
    for name, (is_right, wanted) in ATTRIBUTES.items():
        value = getattr(handler, name, None)
        if not is_right(value):
            yield Finding(where, f'its attribute "{name}" is {value!r}.', f'It must be {wanted}.')
    yield from _method_findings(handler, where)
    yield from _near_findings(handler, where)
    yield from _kind_findings(handler, where, frozenset(kinds))
    yield from _service_findings(handler, where)
    if not (handler.__doc__ or '').strip():
        yield Finding(
            where,
            'the class has no docstring, and "handler show" nothing to show.',
            'Say in one line what it knows.',
        )


def _method_findings(handler: type[Handler], where: str) -> Iterator[Finding]:
    for name, parameters in METHODS.items():
        method = getattr(handler, name, None)
        if method is None:
            continue
        if getattr(method, '__isabstractmethod__', False):
            yield Finding(
                where, f'it has no method "{name}".', f'Write {name}({", ".join(("self", *parameters))}).'
            )
        elif not _takes(method, len(parameters) + 1):
            yield Finding(
                where,
                f'its method "{name}" cannot be called as {name}({", ".join(parameters)}).',
                'Give it exactly these parameters; the engine passes them by position.',
            )


def _takes(method: Callable[..., object], count: int) -> bool:
    try:
        inspect.signature(method).bind(*range(count))
    except TypeError:
        return False
    return True


def _near_findings(handler: type[Handler], where: str) -> Iterator[Finding]:
    """Yield the names that were meant to be the contract's: a misspelt attribute would be ignored without a word."""
    own = {name: value for each in reversed(_own_classes(handler)) for name, value in vars(each).items()}
    for name, value in own.items():
        meant = METHODS if callable(value) else {**ATTRIBUTES, **_declared(handler)}
        if name.startswith('_') or name in METHODS or name in meant or hasattr(Handler, name):
            continue
        close = [each for each in difflib.get_close_matches(name, meant, 1, _NEAR) if each not in own]
        if close:
            yield Finding(
                where,
                f'its "{name}" means nothing to the contract, which has "{close[0]}".',
                'Rename one of them.',
            )


def _own_classes(handler: type[Handler]) -> list[type]:
    return [each for each in handler.__mro__ if each is not object and not _is_of_contract(each)]


def _is_of_contract(each: type) -> bool:
    return each is Handler or each.__module__ in (
        'abc',
        'typing',
        'orphancleanup.handler',
        'orphancleanup.table',
    )


def _declared(handler: type[Handler]) -> dict[str, object]:
    """Return what the contract's own classes above a handler declare."""
    names: dict[str, object] = {}
    for each in handler.__mro__:
        if _is_of_contract(each):
            names |= {name: None for name in inspect.get_annotations(each) if not name.startswith('_')}
    return names


def _kind_findings(handler: type[Handler], where: str, kinds: frozenset[str]) -> Iterator[Finding]:
    after = handler.after if isinstance(handler.after, tuple) else ()
    for other in sorted({str(each) for each in after} - kinds - {'*'}):
        close = difflib.get_close_matches(other, kinds, 1, _NEAR)
        if close:
            yield Finding(
                where,
                f'its "after" names the kind {other!r}, which no installed handler knows.',
                f'Did you mean {close[0]!r}?',
            )


def _service_findings(handler: type[Handler], where: str) -> Iterator[Finding]:
    known = ServiceTypes()
    service = getattr(handler, 'service', None)
    if not isinstance(service, str) or not service or service in known.all_types_by_service_type:
        return
    official = known.get_service_type(service)
    close = difflib.get_close_matches(service, known.all_types_by_service_type, 1, _NEAR)
    meant = official or (close[0] if close else '')
    if meant:
        yield Finding(where, f'its "service" {service!r} is no official service type.', f'Write {meant!r}.')
