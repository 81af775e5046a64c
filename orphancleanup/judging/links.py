"""How the resources of an inventory hang together, as the table of relations tells. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from orphancleanup.judging.circles import circles
from orphancleanup.judging.relations import ALONG, FIRST, RELATIONS, TAKES, WAITS, Effect
from orphancleanup.model import Inventory, Ref

Edges = Mapping[Ref, frozenset[Ref]]
#: a resource, and the code of the guard that keeps it
Bond = tuple[Ref, str]
_NONE: frozenset[Ref] = frozenset()


@dataclass(frozen=True, slots=True)
class Links:
    """The relations between resources that exist, looked up from either end.

    :param owners: part to owners.
    :param parts: owner to parts.
    :param hindrances: resource to what must be gone before it.
    :param keeps: resource to what it keeps by staying, each with the guard that says so.
    """

    owners: Edges = field(default_factory=dict)
    parts: Edges = field(default_factory=dict)
    hindrances: Edges = field(default_factory=dict)
    keeps: Mapping[Ref, Mapping[Bond, Effect]] = field(default_factory=dict)

    def all_parts(self, owner: Ref) -> frozenset[Ref]:
        """Return what goes along with an owner, parts of parts included, the owner left out."""
        return reach(self.parts, (owner,)) - {owner}

    def all_owners(self, part: Ref) -> frozenset[Ref]:
        """Return what takes a part along, owners of owners included."""
        return reach(self.owners, (part,))

    def waits(self, selected: Set[Ref]) -> dict[Ref, frozenset[Ref]]:
        """Return, for what is selected, what else that is selected must be gone first.

        What stands in the way of a part stands in the way of its owner, unless the two would wait for each other then:
        the owner is tried all the same, since its parts may follow it by themselves.
        """
        direct, inherited = self._direct(selected), self._inherited(selected)
        circle_of = self._circles_of(_joined(direct, inherited), selected)
        waits = {ref: frozenset(direct.get(ref, _NONE)) for ref in selected}
        for ref, ahead in inherited.items():
            circle = circle_of.get(ref, _NONE)
            waits[ref] |= ahead - circle
        return waits

    def deadlocks(self, selected: Set[Ref]) -> tuple[frozenset[Ref], ...]:
        """Return the groups of selected resources that wait for one another whatever is tried."""
        return circles(_joined(self._direct(selected), self._held_by(selected)))

    def _direct(self, selected: Set[Ref]) -> dict[Ref, set[Ref]]:
        """Return what stands in the way of each itself; its own parts do not."""
        found: dict[Ref, set[Ref]] = {}
        for ref, ahead in self.hindrances.items():
            if ref in selected:
                found[ref] = {other for other in ahead & selected if ref not in self.all_owners(other)}
        return found

    def _inherited(self, selected: Set[Ref]) -> dict[Ref, set[Ref]]:
        """Return what stands in the way of the parts of each."""
        found: dict[Ref, set[Ref]] = defaultdict(set)
        for part, ahead in self.hindrances.items():
            if part not in selected:
                continue
            for other in ahead & selected:
                within = self.all_owners(other)
                for owner in self.all_owners(part) - within - {other, part}:
                    if owner in selected:
                        found[owner].add(other)
        return found

    def _held_by(self, selected: Set[Ref]) -> dict[Ref, frozenset[Ref]]:
        return {ref: owners & selected for ref, owners in self.owners.items() if ref in selected}

    def _circles_of(self, waits: Mapping[Ref, set[Ref]], selected: Set[Ref]) -> dict[Ref, frozenset[Ref]]:
        # A part that waits for its owner to take it along: the owner's circle is the part's.
        found = circles(_joined(waits, self._held_by(selected)))
        return {ref: circle for circle in found for ref in circle}


def reach(edges: Edges, starts: Iterable[Ref]) -> frozenset[Ref]:
    """Return everything that edges lead to; a start is in it only when something leads back to it."""
    found: set[Ref] = set()
    todo = list(starts)
    while todo:
        new = edges.get(todo.pop(), _NONE) - found
        found |= new
        todo.extend(new)
    return frozenset(found)


def _joined(one: Mapping[Ref, Iterable[Ref]], two: Mapping[Ref, Iterable[Ref]]) -> dict[Ref, set[Ref]]:
    return {ref: {*one.get(ref, ()), *two.get(ref, ())} for ref in {**one, **two}}


class _Builder:
    """Collects the links of an inventory, one relation after the other."""

    def __init__(self) -> None:
        self.owners: dict[Ref, set[Ref]] = defaultdict(set)
        self.parts: dict[Ref, set[Ref]] = defaultdict(set)
        self.hindrances: dict[Ref, set[Ref]] = defaultdict(set)
        self.keeps: dict[Ref, dict[Bond, Effect]] = defaultdict(dict)

    def add(self, resource: Ref, effect: Effect, other: Ref) -> None:
        """Note what follows for a resource when the other goes."""
        if effect is TAKES:
            self.owners[other].add(resource)
            self.parts[resource].add(other)
        elif effect is ALONG:
            self.add(other, TAKES, resource)
        elif effect is WAITS:
            self.hindrances[resource].add(other)
        elif effect is FIRST:
            self.hindrances[other].add(resource)

    def keep(self, victim: Ref, effect: Effect, cause: Ref) -> None:
        """Note what follows for a resource when the other stays."""
        if effect.guard:
            self.keeps[cause][victim, effect.guard] = effect


def link(inventory: Inventory) -> Links:
    """Read the relations out of an inventory."""
    builder = _Builder()
    for resource in inventory:
        for relation in RELATIONS:
            for other in relation.ends(resource, inventory):
                if other in inventory.resources:
                    builder.add(resource.ref, relation.goes, other)
                    builder.keep(resource.ref, relation.stays, other)
                    builder.keep(other, relation.if_stays, resource.ref)
    return Links(_frozen(builder.owners), _frozen(builder.parts), _frozen(builder.hindrances), builder.keeps)


def _frozen(edges: Mapping[Ref, set[Ref]]) -> Edges:
    return {ref: frozenset(others) for ref, others in edges.items()}
