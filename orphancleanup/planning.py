"""Verdicts to plan: the order, what waits for what, and the limits. Pure."""

import datetime
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orphancleanup import classify, links
from orphancleanup.errors import PlanError
from orphancleanup.model import CloudIdentity, Inventory, Ref, Tenant, Verdict
from orphancleanup.plan import Entry, Plan
from orphancleanup.settings import Limits


@dataclass(frozen=True, slots=True)
class Header:
    """What a plan says of itself.

    :param created_at: aware, UTC.
    :param has_baseline: whether a baseline was among what selected.
    """

    cloud: CloudIdentity
    created_at: datetime.datetime
    has_baseline: bool


def make_plan(
    verdicts: tuple[Verdict, ...], inventory: Inventory, order: Sequence[str], header: Header
) -> Plan:
    """Put what goes into the order in which it goes.

    :param order: all kinds, those that go first at the front; see ``Registry.order``.
    """
    going = classify.selected(verdicts)
    waits = links.link(inventory).waits(going.keys())
    entries = [_entry(verdict, waits) for verdict in going.values()]
    place = {kind: number for number, kind in enumerate(order)}
    entries.sort(key=lambda entry: (place[entry.ref.kind], entry.resource.project_id, entry.ref))
    return Plan(
        cloud=header.cloud,
        created_at=header.created_at,
        entries=tuple(entries),
        seen=dict(Counter(resource.kind for resource in inventory)),
        tenants=_tenants(going, inventory),
        has_baseline=header.has_baseline,
        unread=inventory.unread,
    )


def _entry(verdict: Verdict, waits: Mapping[Ref, frozenset[Ref]]) -> Entry:
    ref = verdict.resource.ref
    return Entry(verdict.resource, verdict.reasons, verdict.owners, tuple(sorted(waits[ref])))


def _tenants(going: Mapping[Ref, Verdict], inventory: Inventory) -> dict[str, Tenant]:
    ids = {verdict.resource.project_id for verdict in going.values()}
    return {id: inventory.tenants[id] for id in sorted(ids) if id in inventory.tenants}


def check(plan: Plan, kinds: frozenset[str]) -> None:
    """Refuse a plan that does not hang together.

    :param kinds: the kinds that a handler knows.
    :raises PlanError: when an entry names what the plan does not have, or a kind that nobody knows.
    """
    named = {entry.ref for entry in plan.entries}
    for entry in plan.entries:
        if entry.ref.kind not in kinds:
            raise PlanError(
                f'The plan names {entry.ref}, and no installed handler knows its kind; install the plugin.'
            )
        for other in (*entry.waits_for, *entry.owners):
            if other not in named:
                raise PlanError(
                    f'The plan has {entry.ref} depend on {other}, which it does not name; make a new one.'
                )


def breaches(plan: Plan, limits: Limits) -> tuple[str, ...]:
    """Answer a sentence for each limit that the plan breaks; each names the option that raises it."""
    found = []
    if len(plan.entries) > limits.max_removals:
        found.append(
            f'{len(plan.entries)} resources would be removed, more than {limits.max_removals}: '
            f'look at the plan, narrow the selection, or say --max-removals {len(plan.entries)}'
        )
    if not plan.has_baseline:
        found += _share_breaches(plan, limits)
    return tuple(found)


def _share_breaches(plan: Plan, limits: Limits) -> list[str]:
    counts = Counter(entry.ref.kind for entry in plan.entries)
    found = []
    for kind, count in sorted(counts.items()):
        seen = plan.seen.get(kind, count)
        share = 100 * count / seen
        if seen >= limits.share_from and share > limits.max_share:
            found.append(
                f'{count} of {seen} {kind} ({share:.1f} %) would be removed, more than {limits.max_share:g} %: '
                f'look at the plan, narrow the selection, or say --max-share {math.ceil(share)}'
            )
    return found
