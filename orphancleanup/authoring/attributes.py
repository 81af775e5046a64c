"""What the class of a handler says: the types of its attributes, the arguments of its methods, and names near ours."""

import difflib
import inspect
from collections.abc import Callable, Iterable, Iterator

from os_service_types import ServiceTypes

from orphancleanup.authoring.finding import Finding
from orphancleanup.handler import Handler
from orphancleanup.installed import contract, service_types

#: what each method is called with, besides the handler itself
METHODS = {
    'discover': ('cloud',),
    'look': ('cloud', 'ref'),
    'ladder': ('resource',),
    'parts': ('cloud', 'resource'),
    'show': ('cloud', 'ref'),
    'evidence': ('cloud', 'resource'),
    'discover_in': ('cloud', 'project_ids'),
    'backend_has': ('cloud', 'resource'),
    'has_work': ('cloud',),
    'added': ('resource',),
    'added_evidence': ('cloud', 'resource'),
    'stayed': ('cloud', 'gone'),
}
#: what of an ability means nothing without the rest of it
_NEEDS = {
    'adds_to': ('has_work', 'added'),
    'has_work': ('adds_to', 'added'),
    'added': ('adds_to', 'has_work'),
    'added_evidence': ('adds_to', 'has_work', 'added'),
    'belongs_to': ('stayed',),
}
_NEAR = 0.85


def findings(handler: type[Handler], where: str, kinds: Iterable[str]) -> Iterator[Finding]:
    """Yield what is wrong with a class.

    :param where: how a finding names it.
    :param kinds: all kinds that are installed.
    """
    # Those of the class: one that lacks a method cannot be made.
    for fault in contract.faults(handler):
        yield Finding(
            where, f'it {fault}.', 'Correct the attribute; the reference of the contract tells more.'
        )
    yield from _method_findings(handler, where)
    yield from _ability_findings(handler, where)
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


def _ability_findings(handler: type[Handler], where: str) -> Iterator[Finding]:
    """Yield the abilities that are there in part: what is there of them would be ignored without a word."""
    told = set()
    for name, needed in _NEEDS.items():
        for other in needed if hasattr(handler, name) else ():
            if not hasattr(handler, other) and other not in told:
                told.add(other)
                what = f'it has "{name}" and no "{other}", without which that means nothing.'
                yield Finding(where, what, f'Add "{other}", or leave both out.')


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
        meant = METHODS if callable(value) else _declared(handler)
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
    for found in contract.mistyped(handler, kinds):
        yield Finding(
            where,
            f'its "{found.attribute}" names the kind {found.kind!r}, which no installed handler knows.',
            f'Did you mean {found.like!r}?',
        )


def _service_findings(handler: type[Handler], where: str) -> Iterator[Finding]:
    service = getattr(handler, 'service', None)
    if not isinstance(service, str) or not service:
        return
    official = ServiceTypes().get_service_type(service)
    close = difflib.get_close_matches(service, service_types.KNOWN, 1, _NEAR)
    if official == service or (not official and service_types.is_known(service)):
        return
    meant = official or (close[0] if close else '')
    if meant:
        yield Finding(where, f'its "service" {service!r} is no official service type.', f'Write {meant!r}.')
