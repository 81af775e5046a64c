"""Inventory and request to verdicts: every resource appears, with why it goes or why it stays. Pure."""

import dataclasses
import datetime
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from orphancleanup.judging import guards, links, reasons
from orphancleanup.judging.links import Links
from orphancleanup.judging.selection import Request
from orphancleanup.judging.spreading import Ledger, spread
from orphancleanup.judging.unknowns import Before, Unknowns
from orphancleanup.judging.verdict import Guard, Reason, Verdict
from orphancleanup.model import Condition, Inventory, Ref, Resource
from orphancleanup.states import is_broken


def classify(
    inventory: Inventory, request: Request, before: Before, now: datetime.datetime
) -> tuple[Verdict, ...]:
    """Judge every resource.

    :param before: kind to the kinds that go before it; see ``Registry.before``.
    :param now: aware, UTC.
    :returns: a verdict for each resource of the inventory, in its order.
    """
    graph = links.link(inventory)
    speaking = {resource.ref: _reasons(resource, inventory, request, now) for resource in inventory}
    ledger = Ledger(inventory.resources, graph, request.selection.refs, speaking, defaultdict(list), set())
    excused = []
    for resource in inventory:
        for guard in _guards(resource, speaking[resource.ref], inventory, request, now):
            owners = _excusing(resource, guard, graph)
            if owners:
                excused.append(_Excused(resource.ref, guard, owners))
            else:
                ledger.guards[resource.ref].append(guard)
    _keep_namesakes(ledger, request)
    _keep_healthy_parts(ledger)
    _keep_unknown(ledger, Unknowns(inventory, graph, before))
    _select(ledger)
    _keep_deadlocks(ledger)
    _keep_excused(ledger, excused)
    return tuple(_verdict(resource, ledger) for resource in inventory)


def _reasons(
    resource: Resource, inventory: Inventory, request: Request, now: datetime.datetime
) -> tuple[Reason, ...]:
    if not is_in_reach(resource, inventory, request):
        return ()
    return reasons.reasons_for(resource, inventory, request.selection, now)


def is_in_reach(resource: Resource, inventory: Inventory, request: Request) -> bool:
    """Return whether a request looks at a resource at all."""
    return request.reach.includes(resource) or _is_named_project(resource, inventory, request)


def _is_named_project(resource: Resource, inventory: Inventory, request: Request) -> bool:
    """Whether a resource is itself a project in reach: it goes with what is in it when it is named, not else."""
    if resource.kind not in inventory.project_kinds or resource.ref not in request.selection.refs:
        return False
    return request.reach.includes(dataclasses.replace(resource, project_id=resource.id))


def _guards(
    resource: Resource,
    found: tuple[Reason, ...],
    inventory: Inventory,
    request: Request,
    now: datetime.datetime,
) -> Iterator[Guard]:
    by_baseline = guards.baseline_guard(resource, inventory, request)
    at_home = guards.own_project_guard(resource, found, request.protection)
    yield from (by_baseline,) if by_baseline else ()
    yield from guards.guards_for(resource, inventory, request.protection, now)
    yield from (at_home,) if at_home else ()


class _Excused(NamedTuple):
    """A guard that does not keep a part as long as one of these owners takes it along."""

    ref: Ref
    guard: Guard
    owners: frozenset[Ref]


def _excusing(resource: Resource, guard: Guard, graph: Links) -> frozenset[Ref]:
    """Return the owners that answer for a part of which its own kind does not tell enough."""
    owners = graph.owners.get(resource.ref, frozenset())
    if guard.code == 'age-unknown':
        return owners
    # What depends on its owner cannot be older than it (an attachment and its server).
    return owners.intersection(resource.parents) if guard.code == 'not-covered' else frozenset()


def _keep_namesakes(ledger: Ledger, request: Request) -> None:
    """Keep what a record names by a name that others have, too."""
    recorded = request.selection.recorded
    if recorded is None or not recorded.names:
        return
    named = (Ref(resource.kind, resource.name) for resource in ledger.resources.values())
    namesakes = Counter(each for each in named if each in recorded.names)
    for ref, resource in ledger.resources.items():
        guard = guards.namesake_guard(resource, ledger.reasons[ref], request, namesakes)
        if guard:
            ledger.guards[ref].append(guard)


def _keep_healthy_parts(ledger: Ledger) -> None:
    """Keep an owner that is selected only because its creation failed, while something healthy is in it.

    When something else speaks for it, that alone is told: when it no longer holds right before a step, the owner stays.
    """
    for ref, found in ledger.reasons.items():
        others = tuple(reason for reason in found if reason.code != 'stuck')
        if others == found or ledger.resources[ref].condition is not Condition.CREATION_FAILED:
            continue
        healthy = _healthy(ledger, ref)
        if healthy and others:
            ledger.reasons[ref] = others
        elif healthy:
            status = ledger.resources[healthy].status
            how = f'is {status} and may have its data' if is_broken(status) else 'works'
            text = f'its creation failed, but its part {ledger.say(healthy)} {how}'
            ledger.guards[ref].append(Guard('healthy-parts', text))


def _healthy(ledger: Ledger, owner: Ref) -> Ref | None:
    parts = sorted(ledger.links.all_parts(owner))
    return next((part for part in parts if ledger.resources[part].condition is Condition.NORMAL), None)


def _candidates(ledger: Ledger) -> set[Ref]:
    """Return what has a reason, with its parts."""
    wanted = {ref for ref, found in ledger.reasons.items() if found}
    return wanted | links.reach(ledger.links.parts, wanted)


def _keep_unknown(ledger: Ledger, unknowns: Unknowns) -> None:
    candidates = _candidates(ledger)
    for ref, resource in ledger.resources.items():
        if not ledger.guards[ref]:
            ledger.guards[ref].extend(list(unknowns.guards(resource, ref in candidates))[:1])


def _select(ledger: Ledger) -> None:
    """Select what may go; take out what must stay because something else does."""
    ledger.selected.update(ref for ref in _candidates(ledger) if not ledger.guards[ref])
    spread(ledger, (ref for ref in ledger.resources if ref not in ledger.selected))


def _keep_deadlocks(ledger: Ledger) -> None:
    for circle in ledger.links.deadlocks(ledger.selected):
        ledger.selected.difference_update(circle)
        for ref in circle:
            other = ledger.say(min(circle - {ref}))
            ledger.guards[ref].append(Guard('cycle', f'it and {other} wait for one another'))
        spread(ledger, circle)


def _keep_excused(ledger: Ledger, excused: Sequence[_Excused]) -> None:
    """Keep what only an owner could have answered for, unless it goes with one: for no other reason, then."""
    own = {each.ref: ledger.reasons[each.ref] for each in excused}
    ledger.reasons.update(dict.fromkeys(own, ()))
    while alone := {each.ref for each in excused if _goes_alone(ledger, each)}:
        ledger.selected.difference_update(alone)
        spread(ledger, alone)
    for ref, guard, _ in excused:
        if ref not in ledger.selected:
            ledger.reasons[ref] = own[ref]
            ledger.guards[ref].extend([guard] if own[ref] and not ledger.guards[ref] else [])


def _goes_alone(ledger: Ledger, each: _Excused) -> bool:
    return each.ref in ledger.selected and ledger.selected.isdisjoint(each.owners)


def _verdict(resource: Resource, ledger: Ledger) -> Verdict:
    ref = resource.ref
    owners = tuple(sorted(ledger.owners_of(ref)))
    found = ledger.reasons[ref]
    if owners:
        found += (Reason('part-of', f'it goes with {ledger.say(owners[0])}'),)
    return Verdict(resource, found, tuple(ledger.guards[ref]), owners)


def selected(verdicts: tuple[Verdict, ...]) -> Mapping[Ref, Verdict]:
    """Return the verdicts whose resources go, by themselves or with an owner."""
    return {verdict.resource.ref: verdict for verdict in verdicts if verdict.reasons and not verdict.guards}
