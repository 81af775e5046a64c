"""In which order kinds go: what goes before what, by its name or because it goes last. Pure."""

import graphlib
from collections.abc import Iterator, Mapping
from typing import Protocol

from orphancleanup.errors import PluginError
from orphancleanup.handler import EVERY_KIND, Handler, HoldsParts


class HasHandler(Protocol):
    """A handler that was loaded; its text names it and its package."""

    @property
    def handler(self) -> Handler:
        """Return the handler."""


def ordered(handlers: Mapping[str, HasHandler]) -> Iterator[str]:
    """Yield the kinds, each after those in its ``after``, else by name."""
    sorter = graphlib.TopologicalSorter(predecessors(handlers))
    try:
        sorter.prepare()
    except graphlib.CycleError as error:
        circle = error.args[1]
        culprits = ', '.join(str(handlers[kind]) for kind in sorted(set(circle)))
        raise PluginError(
            f'The handlers {culprits} want to go after each other: {" -> ".join(circle)}; '
            f'correct their "after".'
        ) from error
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        yield from ready
        sorter.done(*ready)


def predecessors(handlers: Mapping[str, HasHandler]) -> dict[str, frozenset[str]]:
    """Return kind to the kinds that go directly before it.

    ``'*'`` stands for all kinds that have none and do not go after it.

    What an orchestration service may hold goes after what holds it, whether its author thought of that or not: only the
    owner tells what its parts are, so that without it nobody knows whether this is one.
    """
    holding = _holding(handlers)
    return {kind: frozenset(_named(handlers, kind) | _holders(handlers, kind, holding)) for kind in handlers}


def _named(handlers: Mapping[str, HasHandler], kind: str) -> set[str]:
    handler = handlers[kind].handler
    named = {other for other in (*handler.after, *handler.same_as) if other in handlers}
    if _is_last(handlers[kind]):
        plain = {other for other, each in handlers.items() if not _is_last(each)}
        named |= plain - _followers(handlers, kind)
    return named


def _holders(handlers: Mapping[str, HasHandler], kind: str, holding: set[str]) -> set[str]:
    if kind in holding or not handlers[kind].handler.resource_types:
        return set()
    return holding - _followers(handlers, kind)


def last(handlers: Mapping[str, HasHandler]) -> set[str]:
    """Return the kinds that go after every other, and those that go after one of these."""
    found = {kind for kind, loaded in handlers.items() if _is_last(loaded)}
    while more := {
        kind for kind in handlers.keys() - found if found.intersection(handlers[kind].handler.after)
    }:
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


def _followers(handlers: Mapping[str, HasHandler], kind: str) -> set[str]:
    """Return the kinds that go after one by its name, directly or through others."""
    found: set[str] = set()
    waiting = [kind]
    while waiting:
        before = waiting.pop()
        new = {other for other, each in handlers.items() if before in each.handler.after} - found
        found |= new
        waiting += new
    return found
