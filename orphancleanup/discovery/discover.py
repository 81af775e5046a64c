"""Handlers and projects to inventory: what is there, and what could not be read."""

import datetime
from collections.abc import Iterable, Mapping
from concurrent.futures import as_completed
from dataclasses import replace

from orphancleanup import errors
from orphancleanup.clouds.projects import read_projects
from orphancleanup.discovery.confirming import confirm_missing, confirm_named_by, confirm_projects
from orphancleanup.discovery.holdings import with_parts
from orphancleanup.discovery.listings import Listed, attempt, listing
from orphancleanup.discovery.owners import read_parts
from orphancleanup.discovery.regions import elsewhere
from orphancleanup.discovery.survey import Surveyor
from orphancleanup.discovery.twins import joined
from orphancleanup.installed.registry import Registry
from orphancleanup.judging.relations import RELATIONS
from orphancleanup.model import PROJECTS, Inventory, Project, Ref, Resource, Scope, Unread

__all__ = [
    'PROJECTS',
    'Surveyor',
    'ask_late',
    'listing',
    'needed',
    'survey',
    'with_parts',
]

#: the projects by id, and why they are not known
_Projects = tuple[Mapping[str, Project], tuple[Unread, ...]]


def needed(registry: Registry, kinds: Iterable[str]) -> frozenset[str]:
    """Return the kinds to read so that the given ones can be judged.

    These are what goes before them (it may hold them or need them), what goes later and may keep something of them, and
    what may change when they go, projects among it; for what is a project, all that there are: anything may be in it.
    What the whole cloud shares and they only depend on is read once something names it; see :func:`survey`.
    """
    wanted = frozenset(kinds)
    if wanted & registry.project_kinds:
        return frozenset(registry.order)
    before = frozenset[str]().union(*(registry.before(kind) for kind in wanted))
    above = {kind for kind in registry.order if registry.may_keep[kind] & wanted}
    altered = frozenset[str]().union(*map(registry.altered, wanted))
    return wanted | before | above | altered | registry.project_kinds


def survey(
    surveyor: Surveyor,
    kinds: Iterable[str],
    named: frozenset[Ref] = frozenset(),
    beside: frozenset[str] = frozenset(),
    also: frozenset[str] = frozenset(),
) -> Inventory:
    """List every needed kind over the whole cloud.

    Projects are read meanwhile, and again afterwards where something is in none of them: one that was seen at either
    time is not dead. Kinds whose owners are asked for their parts are listed last, so that no part is seen without its
    owner. What is named and was not listed is asked for by its id, a project, too: it may have been made between two
    listings, or a listing may be short.

    :param kinds: those that are asked for; where one of them takes a project along, everything is read.
    :param named: what the user named.
    :param beside: kinds that are read, too, for what they tell of these.
    :param also: kinds of what these hold. Where a resource names one that was not read, everything is read once more
        with what that needs; what is in no project and goes with nothing is read by itself.
    :returns: what was found; a kind whose listing failed has nothing in it, and is named as unread. Owners that are
        asked late, see :func:`ask_late`, are without their parts unless they are named.
    """
    started, kinds = surveyor.site.cloud_time(), frozenset(kinds)
    read = needed(surveyor.site.registry, kinds | also) | beside
    partial = _partial(surveyor, kinds, named) & read
    (projects, unread), listed = _first_readings(surveyor, read, partial)
    listed = _with_shared(surveyor, kinds, listed)
    resources = {resource.ref: resource for one in listed.values() for resource in one.resources}
    later, again = _later(surveyor, projects, resources.values())
    inventory = Inventory(
        resources=resources,
        projects={**projects, **later},
        listed=frozenset(kind for kind, one in listed.items() if not one.unread and not one.absent),
        unread=tuple(dict.fromkeys(sum((one.unread for one in listed.values()), unread + again))),
        known_projects=not unread and not again,
        absent={kind: one.absent for kind, one in listed.items() if one.absent},
        project_kinds=surveyor.site.registry.project_kinds,
        requests={kind: _requests(one, projects) for kind, one in listed.items()},
        unasked=frozenset(kind for kind, one in listed.items() if one.is_unasked),
        partial=frozenset(kind for kind, one in listed.items() if one.is_partial),
        elsewhere=elsewhere(surveyor, kinds),
    )
    inventory = joined(surveyor.site.registry, inventory)
    late = surveyor.site.registry.asked_late
    owners = [each for each in inventory if each.kind not in late or each.ref in named]
    inventory = read_parts(surveyor, inventory, owners)
    everything = frozenset(surveyor.site.registry.order)
    if kinds < everything and _take_projects_along(inventory, kinds):
        return survey(replace(surveyor, within=None), everything, named)
    lacking = (_named_kinds(inventory, kinds | also) & everything) - listed.keys()
    if lacking:
        return survey(surveyor, kinds, named, beside, also | lacking)
    inventory = confirm_missing(surveyor, inventory, named, started)
    return confirm_projects(surveyor, inventory)


def _requests(listed: Listed, projects: Mapping[str, Project]) -> int:
    """Return how many requests a listing of all of a kind takes; at least one a project where some were left out."""
    return max(listed.requests, len(projects)) if listed.is_partial else listed.requests


def _partial(surveyor: Surveyor, kinds: frozenset[str], named: frozenset[Ref]) -> frozenset[str]:
    """Return the kinds that are read in some projects only: what is asked for project by project takes long.

    What goes with a project may be in any that is in it, so that all have to be read where projects may go.
    """
    registry = surveyor.site.registry
    if surveyor.within is None or kinds & registry.project_kinds:
        return frozenset()
    return registry.by_project - {ref.kind for ref in named}


def _take_projects_along(inventory: Inventory, kinds: frozenset[str]) -> bool:
    """Return whether something of some kinds has a project as its part: whatever is in that has to be read then."""
    for each in inventory:
        held = each.holds if each.kind in kinds else ()
        above = (*each.owners, *each.goes_with) if each.kind in inventory.project_kinds else ()
        if any(ref.kind in inventory.project_kinds for ref in held) or any(
            ref.kind in kinds for ref in above
        ):
            return True
    return False


def _with_shared(
    surveyor: Surveyor, kinds: frozenset[str], listed: Mapping[str, Listed]
) -> dict[str, Listed]:
    """Read what the whole cloud shares and something names, too: after that, so that nothing is missing.

    Whatever was read may go along with something of the given kinds; but a project that is none of them may not. What
    something holds goes along with it, and takes more than this to be judged.
    """
    registry = surveyor.site.registry
    may_go = frozenset(listed) - (registry.project_kinds - kinds)
    found = [each for kind in may_go for each in listed[kind].resources]
    wanted = _named_kinds(found, may_go) - {ref.kind for each in found for ref in each.holds}
    outside = frozenset(registry.order) - registry.in_projects - registry.project_kinds
    all_listed = {**listed, **_list_all(surveyor, (wanted & outside) - listed.keys(), frozenset())}
    return {kind: all_listed[kind] for kind in registry.order if kind in all_listed}


def _named_kinds(resources: Iterable[Resource], kinds: frozenset[str]) -> frozenset[str]:
    """Return the kinds of all that resources of some kinds name."""
    return frozenset(
        ref.kind
        for each in resources
        if each.kind in kinds
        for relation in RELATIONS
        for ref in relation.named(each)
    )


def ask_late(
    surveyor: Surveyor, inventory: Inventory, owners: Iterable[Resource], started: datetime.datetime
) -> Inventory:
    """Ask owners for their parts that may go and were not asked yet.

    :param started: when the survey began; aware, UTC.
    """
    owners = list(owners)
    found = read_parts(surveyor, inventory, owners)
    return confirm_named_by(surveyor, found, [each.ref for each in owners], started)


def _first_readings(
    surveyor: Surveyor, kinds: frozenset[str], partial: frozenset[str]
) -> tuple[_Projects, dict[str, Listed]]:
    """Return the projects, and every kind; what they all ask of Keystone is asked once.

    :param partial: the kinds that are read in some projects only.
    """
    registry, cloud = surveyor.site.registry, surveyor.site.cloud
    owning = kinds & registry.owning
    surveyor.site.progress.stage('Reading the cloud', len(kinds))
    with cloud.share_answers():
        projects = surveyor.executor.submit(_projects, surveyor)
        listed = _list_all(surveyor, kinds - owning, partial)
    with cloud.share_answers():
        listed |= _list_all(surveyor, owning, partial)
    return projects.result(), {kind: listed[kind] for kind in registry.order if kind in listed}


def _later(surveyor: Surveyor, projects: Mapping[str, Project], resources: Iterable[Resource]) -> _Projects:
    """Read the projects once more where something names one that was not there before: it may have been made since."""
    named = frozenset().union(*({each.project_id} | each.serves for each in resources))
    return _projects(surveyor) if named - projects.keys() - {''} else ({}, ())


def _projects(surveyor: Surveyor) -> _Projects:
    try:
        return read_projects(surveyor.site.cloud), ()
    except errors.CloudError as error:
        return {}, (Unread(Scope(PROJECTS), str(error)),)


def _list_all(surveyor: Surveyor, kinds: Iterable[str], partial: frozenset[str]) -> dict[str, Listed]:
    registry, cloud = surveyor.site.registry, surveyor.site.cloud

    def read(kind: str) -> Listed:
        within = surveyor.within if kind in partial else None
        found = attempt(registry, cloud, kind, within)
        if within is None or found.absent:
            return found
        # Which share of the kind it is matters only when it is more than may go of any number.
        is_few = len(found.resources) <= surveyor.site.settings.limits.within_any_share
        return replace(found, is_partial=True) if is_few else attempt(registry, cloud, kind)

    futures = {surveyor.executor.submit(read, kind): kind for kind in kinds}
    listed = {}
    for future in as_completed(futures):
        listed[futures[future]] = future.result()
        surveyor.site.progress.advance()
    return listed
