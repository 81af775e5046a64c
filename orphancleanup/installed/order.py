"""In which order kinds go: what goes before what, by its name, by a relation, or because it goes last. Pure."""

import graphlib
from collections.abc import Iterator, Mapping, Set
from typing import Protocol

from orphancleanup.errors import PluginError
from orphancleanup.handler import EVERY_KIND, Handler, HoldsParts
from orphancleanup.table import TableHandler, told_to_keep

#: relations of a table whose other ends go after the kind that names them, and those whose other ends go before it
_OTHERS_LATER, _OTHERS_FIRST = ('holds', 'retains', 'parents'), ('owners', 'goes_with', 'blockers')


class HasHandler(Protocol):
    """A handler that was loaded; its text names it and its package."""

    @property
    def handler(self) -> Handler:
        """Return the handler."""


def ordered(handlers: Mapping[str, HasHandler]) -> Iterator[str]:
    """Yield the kinds, each after those that go before it, else by name."""
    sorter = graphlib.TopologicalSorter(predecessors(handlers))
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        culprits = ', '.join(str(handlers[kind]) for kind in sorted(set(circle)))
        raise PluginError(
            f'The handlers {culprits} want to go after each other: {" -> ".join(circle)}; '
            f'correct their "after" or "before".'
        ) from error
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield from ready
        sorter.done(*ready)


def predecessors(handlers: Mapping[str, HasHandler]) -> dict[str, frozenset[str]]:
    """Return kind to the kinds that go directly before it.

    ``'*'`` stands for all kinds that have none and do not go after it.

    What an orchestration service may hold goes after what holds it, whether its author thought of that or not: only the
    owner tells what its parts are, so that without it nobody knows whether this is one. So does what a table of another
    package needs go after that.
    """
    names, holding = _names(handlers), _holding(handlers)
    found = {
        kind: _said(handlers, names, kind) | _holders(handlers, names, kind, holding) for kind in handlers
    }
    return _with_related(handlers, found)


def knowing(handlers: Mapping[str, HasHandler]) -> dict[str, frozenset[str]]:
    """Return kind to the kinds that go directly before it for more than that it goes last.

    Of what an orchestration service may hold, this is so for what is in projects: it seldom holds users or flavors.
    """
    names, holding = _names(handlers), _holding(handlers)
    found = {kind: names[kind] | _twins(handlers, kind) for kind in handlers}
    for kind, each in handlers.items():
        if each.handler.in_projects:
            found[kind] |= _holders(handlers, names, kind, holding)
    return _with_related(handlers, found)


def keeping(handlers: Mapping[str, HasHandler]) -> dict[str, frozenset[str]]:
    """Return kind to the kinds that go directly before it and of which one of it may keep something.

    What the parts of an owner are it tells only later.
    """
    found, holding = knowing(handlers), _holding(handlers)
    for kind, each in handlers.items():
        if each.handler.keeps_nothing and kind not in holding:
            found[kind] &= told_to_keep(each.handler)
    return found


def _with_related(
    handlers: Mapping[str, HasHandler], found: Mapping[str, set[str]]
) -> dict[str, frozenset[str]]:
    for first, then in _related(handlers):
        if first not in found[then] and then not in all_before(found, first):
            found[then].add(first)
    return {kind: frozenset(before) for kind, before in found.items()}


def _names(handlers: Mapping[str, HasHandler]) -> dict[str, set[str]]:
    """Return kind to the kinds that go before it by their names."""
    names = {kind: handlers.keys() & set(each.handler.after) for kind, each in handlers.items()}
    for kind, each in handlers.items():
        for other in handlers.keys() & set(each.handler.before):
            names[other].add(kind)
    return names


def _said(handlers: Mapping[str, HasHandler], names: Mapping[str, set[str]], kind: str) -> set[str]:
    said = names[kind] | _twins(handlers, kind)
    if _is_last(handlers[kind]):
        plain = {other for other, each in handlers.items() if not _is_last(each)}
        said |= plain - _followers(names, kind)
    return said


def _twins(handlers: Mapping[str, HasHandler], kind: str) -> set[str]:
    return handlers.keys() & set(handlers[kind].handler.same_as)


def _holders(
    handlers: Mapping[str, HasHandler], names: Mapping[str, set[str]], kind: str, holding: set[str]
) -> set[str]:
    if kind in holding or not handlers[kind].handler.resource_types:
        return set()
    return holding - _followers(names, kind)


def _related(handlers: Mapping[str, HasHandler]) -> Iterator[tuple[str, str]]:
    """Yield a kind and one that goes after it, since a table says how they are related; owners and parts in front."""
    tables = {kind: each.handler for kind, each in handlers.items() if isinstance(each.handler, TableHandler)}
    for later, first in zip(_OTHERS_LATER, _OTHERS_FIRST, strict=True):
        for kind, table in tables.items():
            for other in handlers.keys() & set(getattr(table, later).values()) - {kind}:
                yield kind, other
            for other in handlers.keys() & set(getattr(table, first).values()) - {kind}:
                yield other, kind


def all_before(before: Mapping[str, Set[str]], kind: str) -> set[str]:
    """Return the kinds that go before one, directly or through others."""
    found: set[str] = set()
    waiting = [kind]
    while waiting:
        new = before[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def last(handlers: Mapping[str, HasHandler]) -> set[str]:
    """Return the kinds that go after every other, and those that go after one of these."""
    names = _names(handlers)
    found = {kind for kind, loaded in handlers.items() if _is_last(loaded)}
    while more := {kind for kind in handlers.keys() - found if found & names[kind]}:
        found |= more
    return found


def _holding(handlers: Mapping[str, HasHandler]) -> set[str]:
    """Return the kinds whose parts are resources of others."""
    return {
        kind
        for kind, loaded in handlers.items()
        if isinstance(loaded.handler, HoldsParts) and not loaded.handler.parts_only_alter
    }


def _is_last(loaded: HasHandler) -> bool:
    """Whether a kind goes after every other: it says so, or whatever there is may be in it."""
    return EVERY_KIND in loaded.handler.after or loaded.handler.contains_projects


def _followers(names: Mapping[str, set[str]], kind: str) -> set[str]:
    """Return the kinds that go after one by its name, directly or through others."""
    found: set[str] = set()
    waiting = [kind]
    while waiting:
        before = waiting.pop()
        new = {other for other, named in names.items() if before in named} - found
        found |= new
        waiting += new
    return found
