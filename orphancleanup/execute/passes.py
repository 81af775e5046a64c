"""What is tried again in the next pass, since something else went. Pure."""

from collections.abc import Mapping

from orphancleanup.execute import events
from orphancleanup.execute.item import Item
from orphancleanup.execute.schedule import News, Schedule
from orphancleanup.model import Ref


def revived(items: Mapping[Ref, Item], schedule: Schedule, has_removed: bool, is_forced: bool) -> list[News]:
    """Return what begins anew, as events.

    :param has_removed: whether the last pass removed anything: else nothing can have changed for what failed.
    :param is_forced: whether broken parts of an owner that would not go may be removed by themselves.
    """
    again = {ref for ref, item in items.items() if item.is_postponed or (has_removed and item.may_go_now)}
    freed = dict.fromkeys(schedule.to_free()) if is_forced else {}
    again |= {owner for part in freed for owner in items[part].entry.owners if _failed(items[owner])}
    news: list[News] = [(part, events.Freed()) for part in freed]
    for ref in items:
        if ref in again and ref not in freed and _owners_agree(items, ref, again):
            news.append((ref, events.Again()))
            news += [(part, events.HeldAgain()) for part in _held_again(items, schedule, ref, freed)]
    return list(dict.fromkeys(news))


def _failed(item: Item) -> bool:
    return item.is_done and not item.is_removed and bool(item.steps) and not item.is_final


def _owners_agree(items: Mapping[Ref, Item], ref: Ref, again: set[Ref]) -> bool:
    """Whether a part's owners are gone or tried again themselves."""
    return all(items[owner].is_removed or owner in again for owner in items[ref].entry.owners)


def _held_again(
    items: Mapping[Ref, Item], schedule: Schedule, owner: Ref, freed: Mapping[Ref, None]
) -> list[Ref]:
    """Return the parts that were left only because their owner was."""
    return [
        part
        for part in schedule.parts(owner)
        if items[part].is_done and not items[part].is_removed and items[part].is_parting and part not in freed
    ]
