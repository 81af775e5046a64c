"""A baseline and the cloud as it is now: what appeared, vanished or changed, and what cannot be told. Pure."""

from collections.abc import Iterable, Iterator

from orphancleanup.judging import values
from orphancleanup.judging.baseline import Baseline
from orphancleanup.model import Inventory, Ref, Resource
from orphancleanup.results import Comparison, Difference


def compare(baseline: Baseline, inventory: Inventory) -> Comparison:
    """Return how the cloud differs from a baseline.

    :param inventory: of all kinds.
    """
    now = (
        Difference(each.ref, change, each.name, each.project_id)
        for each in inventory
        if (change := _change(each, baseline, inventory))
    )
    then = (
        Difference(ref, 'vanished', baseline.resources[ref].name, baseline.resources[ref].project_id)
        for ref in vanished(baseline, inventory)
    )
    return Comparison(
        tuple(sorted((*now, *then, *changed(baseline, inventory)), key=lambda difference: difference.ref)),
        inventory.unread,
        dict(_lost(baseline, inventory)),
        inventory.projects,
        inventory.known_projects,
    )


def _lost(baseline: Baseline, inventory: Inventory) -> Iterator[tuple[str, str]]:
    """Yield the kinds that the baseline has something of and that were not looked for, each with why."""
    for kind in sorted({ref.kind for ref in baseline.resources}):
        if kind in inventory.absent:
            yield kind, inventory.absent[kind]
        elif kind not in inventory.listed | inventory.incomplete:
            yield (
                kind,
                'the saved state has some, and no installed handler knows the kind; install its plugin',
            )


def vanished(baseline: Baseline, inventory: Inventory) -> tuple[Ref, ...]:
    """Return what was there and is positively gone, sorted; of what was not read nothing is."""
    return tuple(sorted(ref for ref in baseline.resources if inventory.is_gone(ref)))


def changed(baseline: Baseline, inventory: Iterable[Resource]) -> Iterator[Difference]:
    """Yield what was there and is set otherwise now; of what the baseline does not tell nothing is."""
    for resource in inventory:
        known = baseline.resources.get(resource.ref)
        details = values.differences(known.values, resource.values) if known else ()
        if details:
            yield Difference(resource.ref, 'changed', resource.name, resource.project_id, details)


def _change(resource: Resource, baseline: Baseline, inventory: Inventory) -> str:
    if baseline.has(resource.ref):
        return ''
    return 'appeared' if baseline.covers(resource, inventory.projects) else 'not-covered'
