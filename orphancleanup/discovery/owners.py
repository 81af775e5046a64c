"""Owners to owners with their parts: a part that is not found is unread, and only the owner says that it is gone."""

from collections.abc import Iterable
from dataclasses import dataclass

from orphancleanup import errors
from orphancleanup.discovery.holdings import with_parts
from orphancleanup.discovery.listings import listing
from orphancleanup.discovery.survey import Surveyor, grown, parts_unread, without
from orphancleanup.installed import asking
from orphancleanup.model import Inventory, Ref, Resource


@dataclass(frozen=True, slots=True)
class _Read:
    """What came of asking one owner.

    :param why: why its parts could not be read; empty when they could.
    :param is_gone: whether its own service then said that it is gone.
    """

    owner: Resource
    why: str = ''
    is_gone: bool = False


def read_parts(surveyor: Surveyor, inventory: Inventory, resources: Iterable[Resource]) -> Inventory:
    """Ask the owners among some resources for their parts.

    An owner whose parts cannot be read stays in the inventory, and what it holds is unread. One that ended meanwhile
    leaves it when its service says so twice: asked for it, and in a listing made anew.
    """
    owning = surveyor.site.registry.owning
    owners = [each for each in resources if each.ref.kind in owning]
    read = [
        each if not isinstance(each, errors.CloudError) else _Read(owner, str(each))
        for owner, each in surveyor.ask(
            'Asking owners for their parts', owners, lambda owner: _read(surveyor, owner)
        )
    ]
    gone = _confirmed(surveyor, [each.owner for each in read if each.is_gone])
    left = without(inventory, gone)
    unread = [parts_unread(each.owner, each.why) for each in read if each.why and each.owner.ref not in gone]
    return grown(left, (each.owner for each in read if not each.why), unread)


def _read(surveyor: Surveyor, owner: Resource) -> _Read:
    try:
        return _Read(with_parts(surveyor.site.registry, surveyor.site.cloud, owner))
    except errors.CloudError as error:
        return _Read(owner, str(error), _is_gone(surveyor, owner))


def _is_gone(surveyor: Surveyor, owner: Resource) -> bool:
    try:
        return asking.look(surveyor.site.registry, surveyor.site.cloud, owner.ref) is None
    except errors.CloudError:
        return False


def _confirmed(surveyor: Surveyor, gone: list[Resource]) -> frozenset[Ref]:
    """Return those that a listing made anew does not have either."""
    found: frozenset[Ref] = frozenset()
    for kind in {owner.kind for owner in gone}:
        try:
            listed = listing(surveyor.site.registry, surveyor.site.cloud, kind)
        except errors.CloudError:
            continue
        found |= {owner.ref for owner in gone if owner.kind == kind and owner.ref not in listed}
    return found
