"""What may stand in the way of what is left: by its relations, and by what refusals name. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from orphancleanup.execute.item import Item
from orphancleanup.execute.jobs import Case
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.outcome import Blocker, Result

#: what a refusal names beyond these is more of the same
MOST_IDS = 5
_ID = re.compile(r'(?<![0-9a-f-])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-f-])', re.IGNORECASE)
Items = Mapping[Ref, Item]
#: id to what has it
Index = Mapping[str, Sequence[Ref]]


def is_worth_asking(item: Item) -> bool:
    """Return whether a service may know more of why something is left: it was tried, or would have been."""
    return item.result is Result.LEFT and bool(item.steps or item.next_step)


def by_id(items: Items) -> Index:
    """Return id to everything in the plan that has it."""
    found: dict[str, list[Ref]] = defaultdict(list)
    for ref in items:
        found[ref.id].append(ref)
    return found


def case_of(item: Item, items: Items, index: Index) -> Case:
    """Return what is to be asked about something that is left."""
    text = refusals(item)
    related = tuple(ref for ref in item.resource.blockers if ref not in items)
    known = {ref.id for ref in related}
    ids = [each for each in _ids(item, text) if each not in index and each not in known]
    return Case(_with_parts(item), related, tuple(ids[:MOST_IDS]), text)


def in_plan(item: Item, items: Items, index: Index) -> tuple[Blocker, ...]:
    """Return what stands in the way of something and is in the plan itself: what it waits for, what refusals name."""
    related = (*item.entry.waits_for, *item.entry.owners, *item.resource.blockers)
    named = (ref for each in _ids(item, refusals(item)) for ref in index.get(each, ()))
    found = [ref for ref in dict.fromkeys((*related, *named)) if ref in items and ref != item.ref]
    return tuple(_blocker(items[ref]) for ref in found if not items[ref].is_removed)


def refusals(item: Item) -> str:
    """Return all that was said against the removal of something."""
    return '\n'.join(dict.fromkeys(_said(item)))


def with_fates(found: Iterable[Evidence], items: Items) -> tuple[Evidence, ...]:
    """Return evidence in which each blocker says whether the plan removes it."""
    return tuple(
        replace(each, text=f'{each.text}; {_fate(each.blocker, items)}') if each.blocker else each
        for each in found
    )


def blocker(resource: Resource, standing: str) -> Blocker:
    """Return a resource as what stands in the way of another."""
    return Blocker(resource.ref, resource.name, resource.project_id, resource.status, standing)


def _with_parts(item: Item) -> Resource:
    """Return the resource as it was last seen, with what it held: a listing does not tell that."""
    seen, planned = item.resource, item.entry.resource
    return seen if seen.holds else replace(seen, holds=planned.holds)


def _said(item: Item) -> Iterator[str]:
    for attempt in item.attempts:
        yield attempt.text
        yield from (each.text for each in attempt.exchanges)
    yield from (each.text for each in item.evidence)


def _ids(item: Item, text: str) -> list[str]:
    own = {item.ref.id, item.resource.project_id}
    return [each for each in dict.fromkeys(_ID.findall(text)) if each not in own]


def _blocker(item: Item) -> Blocker:
    return blocker(
        item.resource, f'it is in the plan, and its result is: {str(item.result).replace("-", " ")}'
    )


def _fate(blocker: Ref, items: Items) -> str:
    item = items.get(blocker)
    if item is None:
        return 'it is kept: the plan does not name it'
    return 'the plan removed it' if item.is_removed else 'the plan names it, and it is not gone'
