"""How the resources of an inventory hang together: owners and parts, and what stands in the way of what."""

import graphlib
from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from orphancleanup.model import Inventory, Ref


@dataclass(frozen=True, slots=True)
class Links:
    """The relations between resources, looked up from either end.

    :param owners: part to the owners that exist.
    :param parts: owner to the parts that exist.
    :param hindrances: resource to what must be gone before it, existing or not.
    """

    owners: Mapping[Ref, frozenset[Ref]] = field(default_factory=dict)
    parts: Mapping[Ref, frozenset[Ref]] = field(default_factory=dict)
    hindrances: Mapping[Ref, frozenset[Ref]] = field(default_factory=dict)

    def all_parts(self, owner: Ref) -> frozenset[Ref]:
        """Answer what goes along with an owner, parts of parts included, the owner left out."""
        found: set[Ref] = set()
        todo = [owner]
        while todo:
            new = self.parts.get(todo.pop(), frozenset()) - found
            found |= new
            todo.extend(new)
        return frozenset(found - {owner})

    def waits(self, selected: Set[Ref]) -> dict[Ref, frozenset[Ref]]:
        """Answer, for what is selected, what else that is selected must be gone first.

        What stands in the way of a part stands in the way of its owner.
        """
        return {ref: self._waits_of(ref) & selected for ref in selected}

    def _waits_of(self, ref: Ref) -> frozenset[Ref]:
        own = self.all_parts(ref) | {ref}
        ahead = frozenset[Ref]().union(*(self.hindrances.get(one, frozenset()) for one in own))
        return ahead - own


def link(inventory: Inventory) -> Links:
    """Read the relations out of an inventory."""
    owners: dict[Ref, set[Ref]] = defaultdict(set)
    hindrances: dict[Ref, set[Ref]] = defaultdict(set)
    for resource in inventory:
        for part in resource.holds:
            owners[part].add(resource.ref)
        for kept in resource.retains:
            hindrances[kept].add(resource.ref)
        owners[resource.ref].update(resource.owners)
        hindrances[resource.ref].update(resource.blockers)
        for parent in resource.parents:
            hindrances[parent].add(resource.ref)
    return _links(inventory, owners, hindrances)


def _links(inventory: Inventory, owners: dict[Ref, set[Ref]], hindrances: dict[Ref, set[Ref]]) -> Links:
    here = inventory.resources
    existing = {
        part: frozenset(owner for owner in found if owner in here and owner != part)
        for part, found in owners.items()
        if part in here
    }
    parts: dict[Ref, set[Ref]] = defaultdict(set)
    for part, found in existing.items():
        for owner in found:
            parts[owner].add(part)
    return Links(
        {part: found for part, found in existing.items() if found},
        {owner: frozenset(found) for owner, found in parts.items()},
        {ref: frozenset(found - {ref}) for ref, found in hindrances.items() if found},
    )


def cycle(waits: Mapping[Ref, Set[Ref]]) -> frozenset[Ref]:
    """Answer resources that wait for one another in a circle; empty when there are none."""
    try:
        graphlib.TopologicalSorter(waits).prepare()
    except graphlib.CycleError as error:
        return frozenset(error.args[1])
    return frozenset()
