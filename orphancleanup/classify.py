"""Inventory and request to verdicts: every resource appears, with why it goes or why it stays. Pure."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from orphancleanup import links, rules
from orphancleanup.links import Links
from orphancleanup.model import Guard, Inventory, Reason, Ref, Resource, Verdict
from orphancleanup.selection import Request

Before = Callable[[str], frozenset[str]]

# A part without an age, or of a kind that the baseline does not know, is as old and as new as its owner.
_ASKED_OF_THE_OWNER = frozenset({'not-covered', 'age-unknown'})


@dataclass(slots=True)
class _Ledger:
    """What is known of every resource while guards spread along the links."""

    inventory: Inventory
    links: Links
    reasons: dict[Ref, tuple[Reason, ...]] = field(default_factory=dict)
    guards: dict[Ref, list[Guard]] = field(default_factory=dict)
    selected: set[Ref] = field(default_factory=set)

    def owners_of(self, ref: Ref) -> tuple[Ref, ...]:
        """Answer the owners in the selection that take a resource along."""
        return tuple(sorted(self.links.owners.get(ref, frozenset()) & self.selected))

    def keep(self, ref: Ref, code: str, text: str) -> None:
        """Take a resource out of the selection, saying why."""
        self.selected.discard(ref)
        self.guards[ref].append(Guard(code, text))

    def say(self, ref: Ref) -> str:
        """Name a resource for a sentence."""
        resource = self.inventory.resources.get(ref)
        return f'{ref} ({resource.name})' if resource and resource.name else str(ref)


def classify(
    inventory: Inventory, request: Request, before: Before, now: datetime.datetime
) -> tuple[Verdict, ...]:
    """Judge every resource.

    :param before: kind to the kinds that go before it; see ``Registry.before``.
    :param now: aware, UTC.
    :returns: a verdict for each resource of the inventory, in its order.
    """
    ledger = _Ledger(inventory, links.link(inventory))
    for resource in inventory:
        ledger.reasons[resource.ref] = _reasons(resource, inventory, request, now)
        ledger.guards[resource.ref] = _guards(resource, ledger, request, now)
        if not ledger.guards[resource.ref]:
            ledger.guards[resource.ref] += _unread_guards(resource, ledger, before(resource.kind))
    _select(ledger)
    while _spread(ledger):
        pass
    return tuple(_verdict(resource, ledger) for resource in inventory)


def _reasons(
    resource: Resource, inventory: Inventory, request: Request, now: datetime.datetime
) -> tuple[Reason, ...]:
    if not request.reach.includes(resource):
        return ()
    return rules.reasons_for(resource, inventory, request.selection, now)


def _guards(resource: Resource, ledger: _Ledger, request: Request, now: datetime.datetime) -> list[Guard]:
    baseline = rules.baseline_guard(resource, ledger.inventory, request.selection)
    own = rules.guards_for(resource, ledger.inventory, request.protection, now)
    home = rules.own_project_guard(resource, ledger.reasons[resource.ref], request.protection)
    found = [guard for guard in (baseline, home) if guard] + list(own)
    is_part = resource.ref in ledger.links.owners
    return [guard for guard in found if not (is_part and guard.code in _ASKED_OF_THE_OWNER)]


def _unread_guards(resource: Resource, ledger: _Ledger, ahead: frozenset[str]) -> list[Guard]:
    is_part = resource.ref in ledger.links.owners
    for unread in ledger.inventory.unread:
        scope = unread.scope
        if scope.owner is None and scope.kind in ahead | {resource.kind}:
            return [Guard('unread', f'{scope} could not be read')]
        if scope.owner == resource.ref:
            return [Guard('parts-unknown', f'{scope} could not be read')]
        if is_part or scope.owner is None:
            continue
        if scope.project_id in ('', resource.project_id):
            return [Guard('owner-unknown', f'{scope} could not be read, and this may be a part of it')]
    return []


def _select(ledger: _Ledger) -> None:
    wanted = {ref for ref, reasons in ledger.reasons.items() if reasons}
    parts = frozenset[Ref]().union(*(ledger.links.all_parts(ref) for ref in wanted))
    ledger.selected = {ref for ref in wanted | parts if not ledger.guards[ref]}


def _spread(ledger: _Ledger) -> bool:
    """Carry the guards one step further along the links; answer whether anything left the selection."""
    size = len(ledger.selected)
    for ref in sorted(ledger.selected):
        if ref in ledger.selected:
            _check_owners(ref, ledger)
        if ref in ledger.selected:
            _check_parts(ref, ledger)
        if ref in ledger.selected:
            _check_hindrances(ref, ledger)
    if len(ledger.selected) == size:
        for ref in links.cycle(ledger.links.waits(ledger.selected)):
            ledger.keep(ref, 'cycle', 'it and what it waits for wait for one another')
    return len(ledger.selected) < size


def _check_owners(ref: Ref, ledger: _Ledger) -> None:
    owners = ledger.links.owners.get(ref, frozenset())
    staying = owners - ledger.selected
    if not ledger.reasons[ref] and not owners - staying:
        ledger.selected.discard(ref)
    elif staying:
        ledger.keep(ref, 'owned', f'it is a part of {ledger.say(min(staying))}, which stays')


def _check_parts(ref: Ref, ledger: _Ledger) -> None:
    staying = ledger.links.parts.get(ref, frozenset()) - ledger.selected
    if staying:
        ledger.keep(ref, 'holds-kept', f'it holds {ledger.say(min(staying))}, which stays')


def _check_hindrances(ref: Ref, ledger: _Ledger) -> None:
    staying = ledger.links.hindrances.get(ref, frozenset()) - ledger.selected
    # A server tells people more than the attachment that is a part of it.
    for other in sorted(staying, key=lambda one: (one in ledger.links.owners, one)):
        if other in ledger.inventory.resources:
            ledger.keep(ref, 'in-use', f'{ledger.say(other)} needs it and stays')
            return
        if not ledger.inventory.is_gone(other):
            ledger.keep(
                ref, 'in-use-unknown', f'whether {other}, which needs it, still exists could not be read'
            )
            return


def _verdict(resource: Resource, ledger: _Ledger) -> Verdict:
    ref = resource.ref
    owners = ledger.owners_of(ref) if ref in ledger.selected else ()
    reasons = ledger.reasons[ref]
    if owners:
        reasons += (Reason('part-of', f'it goes with {ledger.say(owners[0])}'),)
    return Verdict(resource, reasons, tuple(ledger.guards[ref]), owners)


def selected(verdicts: tuple[Verdict, ...]) -> Mapping[Ref, Verdict]:
    """Answer the verdicts whose resources go, by themselves or with an owner."""
    return {verdict.resource.ref: verdict for verdict in verdicts if verdict.reasons and not verdict.guards}
