"""How a survey grows: listings first, then the owners' parts, then everything that was named and not found."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from orphancleanup import errors
from orphancleanup.model import Inventory, Ref, Resource, Scope, Unread
from orphancleanup.site import Site

Key = TypeVar('Key')
Value = TypeVar('Value')


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Who asks a site about many things at a time.

    :param within: the projects of which alone something is asked for; None when it may be in any.
    """

    site: Site
    executor: Executor
    within: frozenset[str] | None = None

    def ask(
        self, stage: str, keys: Iterable[Key], read: Callable[[Key], Value]
    ) -> Iterator[tuple[Key, Value | errors.CloudError]]:
        """Ask about several things at a time, and yield what came of each in their order.

        :param stage: what the user reads meanwhile.
        """
        keys = list(keys)
        self.site.progress.stage(stage, len(keys))
        futures = [self.executor.submit(read, key) for key in keys]
        for key, future in zip(keys, futures, strict=True):
            try:
                yield key, future.result()
            except errors.CloudError as error:
                yield key, error
            self.site.progress.advance()


def grown(
    inventory: Inventory, resources: Iterable[Resource] = (), unread: Iterable[Unread] = ()
) -> Inventory:
    """Return an inventory with more in it; what was unread is not said twice."""
    return dataclasses.replace(
        inventory,
        resources={**inventory.resources, **{resource.ref: resource for resource in resources}},
        unread=tuple(dict.fromkeys((*inventory.unread, *unread))),
    )


def without(inventory: Inventory, gone: frozenset[Ref]) -> Inventory:
    """Return an inventory without some of its resources."""
    kept = {ref: resource for ref, resource in inventory.resources.items() if ref not in gone}
    return dataclasses.replace(inventory, resources=kept)


def parts_unread(owner: Resource, why: str) -> Unread:
    """Return that nothing is known about what an owner holds."""
    return Unread(Scope(owner.kind, owner.project_id, owner.ref), why)
