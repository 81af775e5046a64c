"""Why a resource is selected: one small function a reason. Pure."""

import datetime
import functools

from orphancleanup.judging.selection import Selection
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import Condition, Inventory, Resource

#: the codes of all reasons that can select a resource by itself; see ``Handler.selected_by``
CODES = frozenset(
    {
        'not-in-baseline',
        'project-missing',
        'parent-missing',
        'unused',
        'stuck',
        'named',
        'prefix',
        'everything',
    }
)
# What uses something may be made after it, and by another service.
_SETTLED_AFTER = datetime.timedelta(hours=1)


def reasons_for(
    resource: Resource, inventory: Inventory, selection: Selection, now: datetime.datetime
) -> tuple[Reason, ...]:
    """Return every reason that speaks for the removal of one resource by itself, and may for its kind.

    :param now: aware, UTC; what ``--stuck`` counts from.
    """
    found = (
        _not_in_baseline(resource, inventory, selection),
        _project_missing(resource, inventory) if selection.orphans else None,
        _parent_missing(resource, inventory) if selection.orphans else None,
        _unused(resource, now) if selection.orphans else None,
        _stuck(resource, selection.stuck, now),
        Reason('named', 'named by --resource') if resource.ref in selection.refs else None,
        _recorded(resource, selection),
        _prefix(resource, selection),
        Reason('everything', 'selected by --everything') if selection.everything else None,
    )
    allowed = selection.selected_by.get(resource.kind, CODES)
    return tuple(reason for reason in found if reason and reason.code in allowed)


def _not_in_baseline(resource: Resource, inventory: Inventory, selection: Selection) -> Reason | None:
    baseline = selection.baseline
    if baseline is None or baseline.has(resource.ref) or not baseline.covers(resource, inventory.projects):
        return None
    return Reason('not-in-baseline', 'it is not in the saved state')


def _project_missing(resource: Resource, inventory: Inventory) -> Reason | None:
    if not inventory.known_projects or not resource.project_id or resource.project_id in inventory.projects:
        return None
    if _is_for_others(resource, inventory):
        return None
    return _of_missing(resource.project_id)


def _is_for_others(resource: Resource, inventory: Inventory) -> bool:
    """Whether a living project may use a resource, or what takes it along (a subnet of a shared network)."""
    above = (inventory.resources.get(ref) for ref in resource.goes_with)
    return any(
        each.is_for_all or not each.serves.isdisjoint(inventory.projects)
        for each in (resource, *above)
        if each
    )


@functools.lru_cache
def _of_missing(project_id: str) -> Reason:
    """Return the reason of all that is in a project: there may be tens of thousands."""
    return Reason('project-missing', f'its project {project_id} no longer exists')


def _parent_missing(resource: Resource, inventory: Inventory) -> Reason | None:
    gone = [parent for parent in resource.parents if inventory.is_gone(parent)]
    return Reason('parent-missing', f'it depends on {gone[0]}, which no longer exists') if gone else None


def _unused(resource: Resource, now: datetime.datetime) -> Reason | None:
    if not resource.unused or not is_settled(resource, now):
        return None
    return Reason('unused', f'nothing uses it: {resource.unused}')


def is_settled(resource: Resource, now: datetime.datetime) -> bool:
    """Return whether a resource has been as it is for so long that nothing that is to use it is still being made.

    :param now: aware, UTC.
    :returns: False for what nobody tells the age of: it may be new.
    """
    return resource.since is not None and now - resource.since >= _SETTLED_AFTER


def _stuck(resource: Resource, limit: datetime.timedelta | None, now: datetime.datetime) -> Reason | None:
    """Without a time since when the status stands nothing is stuck: the creation tells nothing about it."""
    if limit is None or resource.updated_at is None or resource.condition is Condition.NORMAL:
        return None
    if now - resource.updated_at < limit:
        return None
    return Reason('stuck', f'{resource.status} since {resource.updated_at:%Y-%m-%d %H:%M:%S} UTC')


def _recorded(resource: Resource, selection: Selection) -> Reason | None:
    if selection.recorded is None or not selection.recorded.has(resource):
        return None
    return Reason('named', 'named by the resource list of tempest')


def _prefix(resource: Resource, selection: Selection) -> Reason | None:
    for prefix in selection.prefixes:
        if prefix and resource.name.startswith(prefix):
            return Reason('prefix', f'its name starts with {prefix}')
    return None
