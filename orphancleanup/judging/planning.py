"""Verdicts to plan: the order, what waits for what, and the limits. Pure."""

import datetime
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orphancleanup.errors import PlanError
from orphancleanup.judging import classify, links
from orphancleanup.judging.circles import circles
from orphancleanup.judging.links import Links
from orphancleanup.judging.plan import Entry, Plan, Unresolved
from orphancleanup.judging.selection import Request
from orphancleanup.judging.verdict import Verdict
from orphancleanup.model import CloudIdentity, Inventory, Project, Ref, Scope, Unread
from orphancleanup.settings import Limits

#: guards of what is selected and needs a person: nothing that the program does will ever let it go
NEEDS_A_PERSON = frozenset({'cycle', 'namesakes', 'older-than-baseline', 'other-region', 'unknown-kind'})


@dataclass(frozen=True, slots=True)
class Header:
    """What a plan says of itself.

    :param created_at: aware, UTC.
    :param has_baseline: whether a baseline was among what selected.
    :param stuck: what ``--stuck`` was asked with.
    :param kinds_by_name: the kinds that were asked for by name: that they could not be looked for is said.
    """

    cloud: CloudIdentity
    created_at: datetime.datetime
    has_baseline: bool
    stuck: datetime.timedelta | None = None
    kinds_by_name: frozenset[str] = frozenset()

    @classmethod
    def of(cls, cloud: CloudIdentity, created_at: datetime.datetime, request: Request) -> 'Header':
        """Return the header of the plan that a request comes to."""
        selection = request.selection
        return cls(cloud, created_at, selection.baseline is not None, selection.stuck, request.kinds_by_name)


def make_plan(
    verdicts: tuple[Verdict, ...], inventory: Inventory, order: Sequence[str], header: Header
) -> Plan:
    """Put what goes into the order in which it goes.

    :param order: all kinds, those that go first at the front; see ``Registry.order``.
    """
    going = classify.selected(verdicts)
    graph = links.link(inventory)
    waits = graph.waits(going.keys())
    entries = [_entry(verdict, waits) for verdict in going.values()]
    place = {kind: number for number, kind in enumerate(order)}
    entries.sort(key=lambda entry: (place[entry.ref.kind], entry.resource.project_id, entry.ref))
    return Plan(
        cloud=header.cloud,
        created_at=header.created_at,
        entries=tuple(entries),
        seen=dict(Counter(resource.kind for resource in inventory)),
        projects=_projects(going, inventory),
        has_baseline=header.has_baseline,
        unread=inventory.unread + _not_looked_for(inventory, header),
        unresolved=tuple(_unresolved(verdicts, graph)),
        stuck=header.stuck,
        requests=inventory.requests,
    )


def _not_looked_for(inventory: Inventory, header: Header) -> tuple[Unread, ...]:
    absent = sorted(header.kinds_by_name & inventory.absent.keys())
    return tuple(Unread(Scope(kind), inventory.absent[kind]) for kind in absent)


def _unresolved(verdicts: tuple[Verdict, ...], graph: Links) -> Iterator[Unresolved]:
    """Yield what is selected, by itself or as a part, and needs a person."""
    wanted = {verdict.resource.ref for verdict in verdicts if verdict.reasons}
    for verdict in verdicts:
        ref = verdict.resource.ref
        for guard in verdict.guards:
            if guard.code in NEEDS_A_PERSON and not wanted.isdisjoint({ref, *graph.all_owners(ref)}):
                yield Unresolved(ref, guard.text)


def _entry(verdict: Verdict, waits: Mapping[Ref, frozenset[Ref]]) -> Entry:
    ref = verdict.resource.ref
    return Entry(verdict.resource, verdict.reasons, verdict.owners, tuple(sorted(waits[ref])))


def _projects(going: Mapping[Ref, Verdict], inventory: Inventory) -> dict[str, Project]:
    ids = {verdict.resource.project_id for verdict in going.values()}
    return {id: inventory.projects[id] for id in sorted(ids) if id in inventory.projects}


def check(plan: Plan, kinds: frozenset[str]) -> None:
    """Refuse a plan that does not hang together.

    :param kinds: the kinds that a handler knows.
    :raises PlanError: when an entry names what the plan does not have, or a kind that nobody knows, or when entries
        wait for one another, or for what takes them along, in a circle.
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
                    f'In the plan {entry.ref} depends on {other}, which is not in it; make a new plan.'
                )
    for circle in circles({entry.ref: (*entry.waits_for, *entry.owners) for entry in plan.entries}):
        some = ', '.join(str(ref) for ref in sorted(circle)[:3])
        raise PlanError(f'In the plan {some} wait for one another in a circle; make a new plan.')


def breaches(plan: Plan, limits: Limits) -> tuple[str, ...]:
    """Return a sentence for each limit that the plan breaks; each names the option that raises it."""
    found = []
    others = {(part.resource_type, part.id) for entry in plan.entries for part in entry.resource.others}
    count = len(plan.entries) + len(others)
    if count > limits.max_removals:
        what = _number(len(plan.entries), 'resource')
        if others:
            what += f' and {_number(len(others), "part")} that no handler knows'
        found.append(
            f'{what} would be removed, more than {limits.max_removals}: '
            f'look at the plan, then narrow the selection or give --max-removals {count}'
        )
    if not plan.has_baseline:
        found += _share_breaches(plan, limits)
    return tuple(found)


def _number(count: int, noun: str) -> str:
    return f'{count} {noun}' + ('' if count == 1 else 's')


def _share_breaches(plan: Plan, limits: Limits) -> list[str]:
    counts = Counter(entry.ref.kind for entry in plan.entries)
    found = []
    for kind, count in sorted(counts.items()):
        seen = max(count, plan.seen.get(kind, 0))
        share = 100 * count / seen
        if seen >= limits.share_from and share > limits.max_share:
            found.append(
                f'{count} of {seen} {kind} ({share:.1f} %) would be removed, more than {limits.max_share:g} %: '
                f'look at the plan, then narrow the selection or give --max-share {math.ceil(share)}'
            )
    return found
