"""What stands in the way of a resource: whether it is kept, said beside what its service tells of it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from orphancleanup.execute.item import Item
from orphancleanup.model import Evidence, Ref


def told(found: Iterable[Evidence], items: Mapping[Ref, Item]) -> tuple[Evidence, ...]:
    """Return evidence in which each blocker says whether the plan removes it."""
    return tuple(
        replace(each, text=f'{each.text}; {_fate(each.blocker, items)}') if each.blocker else each
        for each in found
    )


def _fate(blocker: Ref, items: Mapping[Ref, Item]) -> str:
    item = items.get(blocker)
    if item is None:
        return 'it is kept: the plan does not name it'
    return 'the plan removed it' if item.is_removed else 'the plan names it, and it is not gone'
