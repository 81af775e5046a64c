"""Why a resource is kept although it may be selected: one small function a guard. Pure."""

import datetime
from collections.abc import Mapping

from orphancleanup.judging.preserved import preserved_guard
from orphancleanup.judging.selection import Protection, Request
from orphancleanup.judging.verdict import Guard, Reason
from orphancleanup.model import Inventory, Ref, Resource

KEEP_TAG = 'orphancleanup:keep'


def guards_for(
    resource: Resource, inventory: Inventory, protection: Protection, now: datetime.datetime
) -> tuple[Guard, ...]:
    """Return every guard that keeps one resource by itself, the baseline's apart (see :func:`baseline_guard`)."""
    found = (
        keep_tag(resource),
        _keep_pattern(resource, protection),
        Guard('excluded', '--exclude-kind names its kind') if resource.kind in protection.excluded else None,
        preserved_guard(resource, inventory, protection.preservation),
        Guard('system', 'it is used internally by a service') if resource.is_system else None,
        _protected(resource),
        _own(resource, protection),
        _service_project(resource, inventory, protection),
        _too_young(resource, protection, now),
        None
        if inventory.known_projects
        else Guard('projects-unread', 'the list of projects could not be read'),
    )
    return tuple(guard for guard in found if guard)


def baseline_guard(resource: Resource, inventory: Inventory, request: Request) -> Guard | None:
    """Keep what is in the baseline, what it cannot tell about, and what it should have had."""
    baseline = request.selection.baseline
    if baseline is None:
        return None
    if baseline.has(resource.ref):
        return Guard('in-baseline', 'it is in the saved state')
    if not baseline.covers(resource, inventory.projects):
        return Guard('not-covered', f'the saved state does not cover {resource.kind} here')
    if baseline.is_older(resource, request.protection.clock_margin):
        return Guard(
            'older-than-baseline',
            f'it was created at {resource.created_at:%Y-%m-%d %H:%M:%S} UTC, before the saved state was taken, but is '
            'not in it: the saved state is incomplete, take a new one',
        )
    return None


def own_project_guard(
    resource: Resource, reasons: tuple[Reason, ...], protection: Protection
) -> Guard | None:
    """Keep what is in the caller's own project when nothing but ``--everything`` selects it."""
    if not protection.own_project or resource.project_id != protection.own_project:
        return None
    if {reason.code for reason in reasons} != {'everything'}:
        return None
    return Guard(
        'own-project',
        'it is in the project that this command works from, and --project does not name that project',
    )


def namesake_guard(
    resource: Resource, reasons: tuple[Reason, ...], request: Request, namesakes: Mapping[Ref, int]
) -> Guard | None:
    """Keep what nothing but its name in a record selects when others have that name: whose is meant is not told.

    :param namesakes: kind and name to how many have it.
    """
    recorded, named = request.selection.recorded, Ref(resource.kind, resource.name)
    if recorded is None or {reason.code for reason in reasons} != {'named'} or namesakes.get(named, 0) < 2:
        return None
    if resource.ref in request.selection.refs or resource.ref in recorded.refs:
        return None
    return Guard(
        'namesakes',
        f'{namesakes[named]} resources of its kind are called {resource.name}, and the resource list does not tell '
        'whose it means; name it with --resource to remove it',
    )


def keep_tag(resource: Resource) -> Guard | None:
    """Keep what somebody has tagged."""
    for tag in resource.tags:
        if tag == KEEP_TAG or tag.startswith(KEEP_TAG + '='):
            return Guard('tagged', f'it is tagged {KEEP_TAG}')
    return None


def _keep_pattern(resource: Resource, protection: Protection) -> Guard | None:
    for pattern in protection.patterns:
        if pattern.matches(resource):
            return Guard('kept', f'--keep {pattern.kind}:{pattern.pattern} matches it')
    return None


def _protected(resource: Resource) -> Guard | None:
    return Guard('protected', resource.protection) if resource.protection else None


def _own(resource: Resource, protection: Protection) -> Guard | None:
    return (
        Guard('own', 'it belongs to the account that runs the cleanup')
        if resource.id in protection.own_ids
        else None
    )


def _service_project(resource: Resource, inventory: Inventory, protection: Protection) -> Guard | None:
    words = protection.service_projects - {''}
    if resource.kind in inventory.project_kinds and {resource.id, resource.name} & words:
        return Guard('service-project', 'it is a project that the services of the cloud use')
    for identifier in (resource.project_id, *resource.serves):
        project = inventory.projects.get(identifier)
        if identifier in words or (project and project.name in words):
            return Guard('service-project', 'it belongs to a project that the services of the cloud use')
    return None


def _too_young(resource: Resource, protection: Protection, now: datetime.datetime) -> Guard | None:
    if protection.older_than is None:
        return None
    if resource.created_at is None:
        return Guard('age-unknown', 'its age is unknown')
    if now - resource.created_at < protection.older_than:
        return Guard('too-young', f'it was created at {resource.created_at:%Y-%m-%d %H:%M:%S} UTC')
    return None
