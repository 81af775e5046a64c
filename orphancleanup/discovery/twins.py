"""One thing with two names: what two services show under the same id is planned once."""

import dataclasses

from orphancleanup.installed.registry import Registry
from orphancleanup.model import Inventory, Ref


def joined(registry: Registry, inventory: Inventory) -> Inventory:
    """Return an inventory in which each thing is a part of what it is under another name.

    Where the other kind is not installed, or does not have the id, it is a thing of its own. Where the other kind could
    not be read, it is kept anyway: the other kind goes before it.
    """
    resources = dict(inventory.resources)
    for kind, loaded in registry.handlers.items():
        same_as = [other for other in loaded.handler.same_as if other in registry.handlers]
        for ref, resource in inventory.resources.items() if same_as else ():
            twins = tuple(
                Ref(other, ref.id) for other in same_as if Ref(other, ref.id) in inventory.resources
            )
            if ref.kind == kind and twins:
                owners = tuple(dict.fromkeys((*twins, *resource.owners)))
                resources[ref] = dataclasses.replace(resource, owners=owners)
    return dataclasses.replace(inventory, resources=resources)
