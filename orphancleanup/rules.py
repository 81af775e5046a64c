"""Why a resource is selected, and why it is kept all the same: one small pure function a rule."""

import datetime

from orphancleanup import states
from orphancleanup.model import Guard, Inventory, Reason, Ref, Resource
from orphancleanup.selection import Protection, Selection

KEEP_TAG = 'orphancleanup:keep'


def reasons_for(
    resource: Resource, inventory: Inventory, selection: Selection, now: datetime.datetime
) -> tuple[Reason, ...]:
    """Answer every reason that speaks for the removal of one resource by itself.

    :param now: aware, UTC; what ``--stuck`` counts from.
    """
    found = (
        _not_in_baseline(resource, inventory, selection),
        _tenant_missing(resource, inventory) if selection.orphans else None,
        _parent_missing(resource, inventory) if selection.orphans else None,
        stuck(resource, selection.stuck, now),
        Reason('named', 'named by --resource') if resource.ref in selection.refs else None,
        _prefix(resource, selection),
        Reason('everything', 'selected by --everything') if selection.everything else None,
    )
    return tuple(reason for reason in found if reason)


def guards_for(
    resource: Resource, inventory: Inventory, protection: Protection, now: datetime.datetime
) -> tuple[Guard, ...]:
    """Answer every guard that keeps one resource by itself, the baseline's apart (see :func:`baseline_guard`)."""
    found = (
        _keep_tag(resource),
        _keep_pattern(resource, protection),
        Guard('system', 'a service keeps it for itself') if resource.is_system else None,
        _own(resource, protection),
        _service_tenant(resource, inventory, protection),
        _too_young(resource, protection, now),
        None if inventory.known_tenants else Guard('tenants-unread', 'the list of tenants could not be read'),
    )
    return tuple(guard for guard in found if guard)


def baseline_guard(resource: Resource, inventory: Inventory, selection: Selection) -> Guard | None:
    """Keep what is in the baseline, and what the baseline cannot tell about."""
    if selection.baseline is None:
        return None
    if selection.baseline.has(resource.ref):
        return Guard('in-baseline', 'it is in the baseline')
    if not selection.baseline.covers(resource, inventory.tenants):
        return Guard('not-covered', f'the baseline does not cover {resource.kind} here')
    return None


def own_project_guard(
    resource: Resource, reasons: tuple[Reason, ...], protection: Protection
) -> Guard | None:
    """Keep what is in the caller's own project when nothing but ``--everything`` selects it."""
    if not protection.own_project or resource.project_id != protection.own_project:
        return None
    if {reason.code for reason in reasons} != {'everything'}:
        return None
    return Guard('own-project', "it is in the caller's own project, which no --project names")


def _not_in_baseline(resource: Resource, inventory: Inventory, selection: Selection) -> Reason | None:
    baseline = selection.baseline
    if baseline is None or baseline.has(resource.ref) or not baseline.covers(resource, inventory.tenants):
        return None
    return Reason('not-in-baseline', 'it was not there when the baseline was made')


def _tenant_missing(resource: Resource, inventory: Inventory) -> Reason | None:
    if not inventory.known_tenants or not resource.project_id or resource.project_id in inventory.tenants:
        return None
    return Reason('tenant-missing', f'its tenant {resource.project_id} no longer exists')


def _parent_missing(resource: Resource, inventory: Inventory) -> Reason | None:
    gone = [parent for parent in resource.parents if inventory.is_gone(parent)]
    return Reason('parent-missing', f'{gone[0]}, which it hangs on, is gone') if gone else None


def stuck(resource: Resource, limit: datetime.timedelta | None, now: datetime.datetime) -> Reason | None:
    """Select error and deleting states that have lasted longer than ``limit``; unknown ages are not stuck."""
    if limit is None or resource.since is None:
        return None
    if not (states.is_broken(resource.status) or states.is_leaving(resource.status)):
        return None
    if now - resource.since < limit:
        return None
    return Reason('stuck', f'{resource.status} since {resource.since:%Y-%m-%d %H:%M:%S} UTC')


def _prefix(resource: Resource, selection: Selection) -> Reason | None:
    for prefix in selection.prefixes:
        if prefix and resource.name.startswith(prefix):
            return Reason('prefix', f'its name begins with {prefix}')
    return None


def _keep_tag(resource: Resource) -> Guard | None:
    for tag in resource.tags:
        if tag == KEEP_TAG or tag.startswith(KEEP_TAG + '='):
            return Guard('tagged', f'it is tagged {KEEP_TAG}')
    return None


def _keep_pattern(resource: Resource, protection: Protection) -> Guard | None:
    for pattern in protection.patterns:
        if pattern.matches(resource):
            return Guard('kept', f'--keep {pattern.kind}:{pattern.pattern} matches it')
    return None


def _own(resource: Resource, protection: Protection) -> Guard | None:
    return Guard('own', 'it is what this run works with') if resource.id in protection.own_ids else None


def _service_tenant(resource: Resource, inventory: Inventory, protection: Protection) -> Guard | None:
    tenant = inventory.tenants.get(resource.project_id)
    names = {resource.project_id, tenant.name if tenant else ''} - {''}
    if names & protection.service_projects:
        return Guard('service-tenant', 'it belongs to a tenant that the services of the cloud use')
    return None


def _too_young(resource: Resource, protection: Protection, now: datetime.datetime) -> Guard | None:
    if protection.older_than is None:
        return None
    if resource.created_at is None:
        return Guard('age-unknown', 'its age is unknown')
    if now - resource.created_at < protection.older_than:
        return Guard('too-young', f'it was created at {resource.created_at:%Y-%m-%d %H:%M:%S} UTC')
    return None


def changed_since(planned: Resource, fresh: Resource, in_plan: frozenset[Ref]) -> str | None:
    """Answer how a resource differs from what the plan saw, so that it must be left alone; None when it does not.

    :param in_plan: what the plan names: new parts and new users among these do no harm.
    """
    if fresh.project_id != planned.project_id:
        return f'it belongs to tenant {fresh.project_id or "nobody"} now'
    if fresh.created_at != planned.created_at:
        return 'it was created again'
    if fresh.name != planned.name:
        return 'it was renamed'
    if _keep_tag(fresh):
        return f'it was tagged {KEEP_TAG}'
    if fresh.is_system and not planned.is_system:
        return 'a service took it for itself'
    for word, now, then in (
        ('is in use by', fresh.blockers, planned.blockers),
        ('holds', fresh.holds, planned.holds),
    ):
        new = sorted(set(now) - set(then) - in_plan)
        if new:
            return f'it {word} {new[0]} now'
    return None


def recovered(planned: Resource, fresh: Resource, reasons: tuple[Reason, ...]) -> str | None:
    """Answer the sentence for a resource that was selected only because it was stuck, and moved since."""
    if {reason.code for reason in reasons} != {'stuck'}:
        return None
    if (fresh.status, fresh.updated_at) == (planned.status, planned.updated_at):
        return None
    return f'it was {planned.status} and is {fresh.status} now'
