"""What keeps a resource because something about it could not be read. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from orphancleanup.judging import links
from orphancleanup.judging.links import Links
from orphancleanup.judging.relations import CONTAINS, End, missing_ends
from orphancleanup.judging.verdict import Guard
from orphancleanup.model import Inventory, Ref, Resource, Scope

Before = Callable[[str], frozenset[str]]


class Unknowns:
    """Everything that could not be read, looked up by what it keeps.

    :param before: kind to the kinds that go before it; see ``Registry.before``.
    """

    def __init__(self, inventory: Inventory, graph: Links, before: Before) -> None:
        self._inventory, self._graph = inventory, graph
        self._scopes: dict[str, Scope] = {}
        #: kind to the projects of which nothing could be listed
        self._shut: dict[str, dict[str, Scope]] = defaultdict(dict)
        self._owners: dict[Ref, Scope] = {}
        #: project to kind to an unread owner in it
        self._projects: dict[str, dict[str, Scope]] = defaultdict(dict)
        self._anywhere: dict[str, Scope] = {}
        self._before = before
        for scope in (unread.scope for unread in inventory.unread):
            if scope.is_listing and scope.project_id:
                self._shut[scope.kind].setdefault(scope.project_id, scope)
            elif scope.is_listing:
                self._scopes.setdefault(scope.kind, scope)
            elif scope.owner:
                self._owners.setdefault(scope.owner, scope)
                self._projects[scope.project_id].setdefault(scope.owner.kind, scope)
                self._anywhere.setdefault(scope.owner.kind, scope)
        self._parts_of = cache(self._find_parts_of)
        self._scope_of = cache(lambda kind: self._find_scope(before(kind) | {kind}))

    def guards(self, resource: Resource, may_go: bool = True) -> Iterator[Guard]:
        """Yield why nothing can be concluded about a resource.

        :param may_go: whether it is selected, or a part of what is; of a project that is neither, nobody has asked for
            all that it has to do with.
        """
        is_unasked = resource.kind in self._inventory.project_kinds and not may_go
        if resource.kind in self._inventory.project_kinds:
            yield from self._contents_unknown(resource, may_go)
        scope = self._scope_of(resource.kind) or self._shut_to(resource)
        if scope:
            yield Guard('unread', f'{scope} could not be read')
        if resource.ref in self._owners:
            yield Guard('parts-unknown', f'{self._owners[resource.ref]} could not be read')
        for relation, ref, end in missing_ends(resource, self._inventory):
            effect = relation.effect(end)
            if effect.guard and not (is_unasked and end is End.UNKNOWN):
                yield effect.keeping(str(ref))
        yield from self._owner_unknown(resource)

    def _owner_unknown(self, resource: Resource) -> Iterator[Guard]:
        """A part of one owner is no part of another of the same kind; of any other kind it may be."""
        for kind, scope in self._may_own(resource).items():
            if resource.ref not in self._parts_of(kind):
                yield Guard('owner-unknown', f'{scope} could not be read, and this may be a part of it')

    def _may_own(self, resource: Resource) -> Mapping[str, Scope]:
        """Return kind to an unread owner in the project of a resource, or in none; in any when it is in no other's."""
        if not resource.project_id or resource.kind in self._inventory.project_kinds:
            return self._anywhere
        return {**self._projects.get('', {}), **self._projects.get(resource.project_id, {})}

    def _shut_to(self, resource: Resource) -> Scope | None:
        """Return the project that could not be listed in and that a resource is in, or may be in."""
        for kind in sorted(self._shut.keys() & (self._before(resource.kind) | {resource.kind})):
            shut = self._shut[kind]
            found = shut.get(resource.project_id) if resource.project_id else next(iter(shut.values()))
            if found:
                return found
        return None

    def _contents_unknown(self, resource: Resource, may_go: bool) -> Iterator[Guard]:
        """Yield why a project may have something in it that nobody has seen: of any kind, one that is not read."""
        kind = resource.kind
        if kind in self._inventory.elsewhere:
            yield Guard('other-region', self._inventory.elsewhere[kind])
        shut = (each[resource.id] for each in self._shut.values() if resource.id in each)
        for scope in (*self._scopes.values(), *shut):
            yield Guard(CONTAINS.code, f'{scope} could not be read, and something of it may be in it')
        for ref in self._inventory.uncertain:
            yield CONTAINS.effect(End.UNREAD).keeping(str(ref))
        for other in sorted(self._before(kind) | {kind}) if may_go else ():
            if not self._inventory.is_read(other) and other not in self._shut:
                effect = CONTAINS.effect(End.UNKNOWN)
                yield Guard(effect.guard, f'{other} was not read, and something of it may be in it')

    def _find_scope(self, kinds: frozenset[str]) -> Scope | None:
        return next((scope for kind, scope in self._scopes.items() if kind in kinds), None)

    def _find_parts_of(self, kind: str) -> frozenset[Ref]:
        """Return all that owners of a kind hold, as far as it is known."""
        owners = (ref for ref in self._graph.parts if ref.kind == kind)
        return links.reach(self._graph.parts, owners)
