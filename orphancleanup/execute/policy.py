"""What an apply goes by: the settings, the handlers' ladders, and when a resource is no longer what was planned."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orphancleanup import states
from orphancleanup.execute.events import Seen
from orphancleanup.execute.item import Item
from orphancleanup.installed import ladders
from orphancleanup.installed.registry import Registry
from orphancleanup.judging import rules
from orphancleanup.ladder import Step
from orphancleanup.model import Condition, Level, Ref, Resource
from orphancleanup.outcome import NextStep
from orphancleanup.settings import ExecutionSettings

#: reasons that no look can take away: what was named, or came after the baseline, stays so
LASTING = frozenset({'not-in-baseline', 'named', 'everything', 'prefix'})


@dataclass(frozen=True, slots=True)
class Start:
    """When an apply began, on both clocks.

    :param wall: aware, UTC; see :meth:`orphancleanup.site.Site.cautious_time`.
    :param seconds: the same moment on the monotonic clock.
    """

    wall: datetime.datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Policy:
    """What an apply goes by.

    :param in_plan: every resource that the plan names.
    :param stuck: what ``--stuck`` was asked with when the plan was made.
    :param unset: kind to the setting that its database steps lack.
    """

    registry: Registry
    settings: ExecutionSettings
    in_plan: frozenset[Ref]
    start: Start
    stuck: datetime.timedelta | None = None
    unset: Mapping[str, str] = field(default_factory=dict)

    def steps(self, resource: Resource) -> Sequence[Step]:
        """Return the ladder for a resource as it is; empty when its handler fails."""
        return ladders.steps(self.registry, resource)

    def open_steps(self, resource: Resource) -> list[Step]:
        """Return the ladder without a step that leaves things behind and is not allowed, where a harsher one is.

        Who allows what is harsher, but not that something is left behind, has decided.
        """
        steps, levels = self.steps(resource), self.settings.levels
        harshest = max((step.level for step in steps if step.level in levels), default=Level.API)
        return [
            step for step in steps if step.level in levels or not step.keeps_parts or step.level > harshest
        ]

    def next_step(self, kind: str, step: Step) -> NextStep:
        """Return a step that is not allowed, and what would allow it."""
        setting = self.unset.get(kind, '') if step.level is Level.DATABASE else ''
        return NextStep(step.name, step.level, setting)

    def deadline(self, kind: str) -> float:
        """Return how many seconds an accepted step may take."""
        return self.settings.deadlines.get(kind, self.registry.handler(kind).deadline)

    def look_proves_end(self, kind: str) -> bool:
        """Return whether a look that does not show something is worth a listing; see ``Handler.look_proves_end``."""
        return self.registry.handler(kind).look_proves_end

    def leaves_at_once(self, kind: str) -> bool:
        """Return whether a removal that was accepted is one that was begun; see ``Handler.leaves_at_once``."""
        return self.registry.handler(kind).leaves_at_once

    def answers_when_gone(self, kind: str) -> bool:
        """Return whether a removal that was accepted is one that has ended; see ``Handler.answers_when_gone``."""
        return self.registry.handler(kind).answers_when_gone

    def is_old(self, at: float, now: float) -> bool:
        """Return whether a look that began at ``at`` is too old to act on."""
        return now - at > self.settings.freshness

    def difference(self, item: Item, seen: Seen, now: float) -> str | None:
        """Return the sentence for a resource that must be left alone as it is now; None when it may go."""
        assert seen.resource
        planned = item.entry.resource
        changed = rules.changed_since(planned, seen.resource, self.in_plan)
        if changed:
            return changed
        reasons = tuple(reason for reason in item.entry.reasons if reason.code != 'part-of')
        if not reasons:
            return None
        wall = self.start.wall + datetime.timedelta(seconds=now - self.start.seconds)
        is_ours = item.is_ours or item.is_moved
        facts = rules.Facts(seen.project_exists, seen.gone, self.stuck, wall, is_ours)
        if rules.standing(reasons, planned, seen.resource, facts):
            return None
        return _no_reason(item, seen)


def _no_reason(item: Item, seen: Seen) -> str:
    """Say why a resource is no longer to be removed."""
    assert seen.resource
    planned, fresh = item.entry.resource, seen.resource
    codes = {reason.code for reason in item.entry.reasons}
    found = []
    if 'project-missing' in codes and seen.project_exists:
        found.append(f'its project {planned.project_id} exists now')
    if 'project-missing' in codes and fresh.is_for_all:
        found.append('every project may use it now')
    if 'parent-missing' in codes:
        found.append('what it depends on exists now')
    if 'unused' in codes:
        found.append('something uses it now, or did within the hour')
    if 'stuck' in codes:
        found.append(f'it was {planned.status} and is {fresh.status} now')
    return '; '.join(found) or 'it is no longer selected'


def needs_facts(item: Item) -> bool:
    """Return whether a look must also ask for the project and the parents, on which the reasons rest."""
    codes = {reason.code for reason in item.entry.reasons}
    return not codes & LASTING and bool(codes & {'project-missing', 'parent-missing'})


def is_broken(resource: Resource) -> bool:
    """Return whether the status is an error state."""
    failed = (Condition.CREATION_FAILED, Condition.DELETION_FAILED)
    return resource.condition in failed or states.is_broken(resource.status)


def is_leaving(resource: Resource) -> bool:
    """Return whether a removal is under way, or hangs."""
    return resource.condition is Condition.LEAVING or states.is_leaving(resource.status)
