"""What tests ask of a world: one step, what could not be read, how a volume is called."""

from typing import Any

from orphancleanup.installed import asking, ladders
from orphancleanup.model import Ref
from tests.unit.plugins.threepar_lun.world import ORPHANS, World, registry


def unread(world: World) -> set[str]:
    """Return the kinds that could not be read; nothing of them is planned."""
    review = world.review(ORPHANS)
    assert review.plan.entries == ()
    return {each.scope.kind for each in review.inventory.unread}


def take(world: World, ref: Ref, step: str) -> None:
    """Take one step of a resource as it is now."""
    found = asking.look(registry(), world.cloud, ref)
    assert found is not None
    world.cloud.allow_changes()
    ladder = {each.name: each for each in ladders.ladder(registry(), found)}
    ladder[step].run(world.cloud, found)


def volume_ref(item: dict[str, Any]) -> Ref:
    """Return the reference of one of Cinder's volumes."""
    return Ref('cinder-volume', item['id'])
