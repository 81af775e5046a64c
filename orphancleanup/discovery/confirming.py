"""What no listing showed is asked for by its id, once, before anything follows from its absence."""

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator

from orphancleanup import errors
from orphancleanup.clouds.projects import find_project
from orphancleanup.discovery.listings import listing
from orphancleanup.discovery.owners import read_parts
from orphancleanup.discovery.survey import Surveyor, grown
from orphancleanup.installed import asking
from orphancleanup.judging.relations import RELATIONS
from orphancleanup.model import PROJECTS, Inventory, Project, Ref, Resource, Scope, Unread


def confirm_missing(
    surveyor: Surveyor, inventory: Inventory, named: frozenset[Ref], started: datetime.datetime
) -> Inventory:
    """Ask for everything that a resource, or the user, names and that a complete listing lacks.

    What is found, and is no younger than the survey, proves that the listing was not the whole: its kind is unread.
    What cannot be told to be gone is uncertain.

    :param named: what the user named.
    :param started: when the survey began; aware, UTC.
    """
    return _confirm(surveyor, inventory, named | _named_by(inventory), started)


def confirm_named_by(
    surveyor: Surveyor, inventory: Inventory, refs: Iterable[Ref], started: datetime.datetime
) -> Inventory:
    """Ask for what some resources name, which were asked for what they hold after the rest of the survey."""
    resources = (inventory.resources[ref] for ref in refs if ref in inventory.resources)
    return _confirm(surveyor, inventory, _named_by(resources), started)


def _confirm(
    surveyor: Surveyor, inventory: Inventory, refs: frozenset[Ref], started: datetime.datetime
) -> Inventory:
    asked: set[Ref] = set()
    todo = _absent(inventory, refs)
    while todo:
        asked |= todo
        found, uncertain = _ask(surveyor, todo)
        newer = _newer(surveyor, inventory, found)
        inventory = _grown(grown(inventory, newer), found, uncertain, started)
        found = list({each.ref: each for each in (*found, *newer)}.values())
        inventory = read_parts(surveyor, inventory, found)
        todo = _absent(inventory, _named_by(_still_there(inventory, found))) - asked
    return inventory


def _still_there(inventory: Inventory, found: Iterable[Resource]) -> Iterator[Resource]:
    """Yield what was found as it is in the inventory: with its parts, and unless it ended meanwhile."""
    for each in found:
        if each.ref in inventory.resources:
            yield inventory.resources[each.ref]


def _named_by(resources: Iterable[Resource]) -> frozenset[Ref]:
    return frozenset(
        ref for resource in resources for relation in RELATIONS for ref in relation.named(resource)
    )


def _absent(inventory: Inventory, refs: Iterable[Ref]) -> frozenset[Ref]:
    """Return those that a complete listing lacks; of what was not listed nothing follows anyway."""
    complete = inventory.listed - inventory.incomplete - inventory.partial
    return frozenset(ref for ref in refs if ref.kind in complete and ref not in inventory.resources)


def _ask(surveyor: Surveyor, refs: frozenset[Ref]) -> tuple[list[Resource], dict[Ref, str]]:
    found, uncertain = [], {}
    answers = surveyor.ask('Asking again for what is missing', sorted(refs), lambda ref: _show(surveyor, ref))
    for ref, answer in answers:
        if isinstance(answer, errors.CloudError):
            uncertain[ref] = str(answer)
        elif answer:
            found.append(answer)
    return found, uncertain


def _show(surveyor: Surveyor, ref: Ref) -> Resource | None:
    found = asking.show(surveyor.site.registry, surveyor.site.cloud, ref)
    if found is None:
        asking.require_one_region(surveyor.site.registry, surveyor.site.cloud, ref)
    return found


def _newer(surveyor: Surveyor, inventory: Inventory, found: list[Resource]) -> list[Resource]:
    """Return all that came after its listing, of the kinds of what was found and does not tell when it was made.

    They are listed anew: a listing that has all that was found may have been made after it (a user whom tests that run
    meanwhile have made, and given a role), and shows what else the first one lacked, for whatever cause. One that lacks
    some still is short, as the first one was.
    """
    newer: list[Resource] = []
    for kind in sorted({each.kind for each in found if each.created_at is None}):
        try:
            listed = listing(surveyor.site.registry, surveyor.site.cloud, kind)
        except errors.CloudError:
            continue
        if all(each.ref in listed for each in found if each.kind == kind):
            newer += [each for ref, each in listed.items() if ref not in inventory.resources]
    return newer


def _grown(
    inventory: Inventory, found: list[Resource], uncertain: dict[Ref, str], started: datetime.datetime
) -> Inventory:
    unread = [Unread(Scope(ref.kind, ref=ref), why) for ref, why in uncertain.items()]
    lacking: dict[str, list[Ref]] = defaultdict(list)
    for resource in found:
        is_known = resource.ref in inventory.resources
        if not is_known and (resource.created_at is None or resource.created_at < started):
            lacking[resource.kind].append(resource.ref)
    for kind, refs in lacking.items():
        more = f' and {len(refs) - 1} more' if len(refs) > 1 else ''
        unread.append(
            Unread(Scope(kind), f'its listing lacks {refs[0]}{more}, which exists: it is incomplete')
        )
    larger = grown(inventory, found, unread)
    return dataclasses.replace(larger, uncertain={**inventory.uncertain, **uncertain})


def confirm_projects(surveyor: Surveyor, inventory: Inventory) -> Inventory:
    """Ask Keystone for each project that a resource names and that its list lacks, once.

    One that lives proves that the list is not the whole: no project counts as missing then.
    """
    if not inventory.known_projects:
        return inventory
    missing = sorted({each.project_id for each in inventory} - inventory.projects.keys() - {''})
    living: dict[str, Project] = {}
    unread = []
    for project, answer in surveyor.ask(
        'Asking again for missing projects',
        missing,
        lambda project: find_project(surveyor.site.cloud, project),
    ):
        if isinstance(answer, errors.CloudError):
            unread.append(f'whether the project {project} exists could not be read: {answer}')
        elif answer:
            living[project] = answer
            unread.append(
                f"Keystone's list lacks the living project {answer.name} ({project}): it is incomplete"
            )
    return dataclasses.replace(
        grown(inventory, unread=(Unread(Scope(PROJECTS), why) for why in unread)),
        projects={**inventory.projects, **living},
        known_projects=not unread,
    )
