"""What is judged again right before a step: whether a resource changed, and which of its reasons still hold. Pure."""

import datetime
from dataclasses import dataclass

from orphancleanup.judging.guards import KEEP_TAG, keep_tag
from orphancleanup.judging.reasons import is_settled
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import Condition, Ref, Resource

#: reasons that nothing that happens to a resource takes away
_LASTING = frozenset({'not-in-baseline', 'named', 'everything', 'part-of'})
#: what steps set a status to, in lower case, so that what hangs can be deleted
_RESET = 'error'


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known right before a step, besides the resource itself.

    :param project_exists: whether the project that the plan saw exists now.
    :param gone: the parents that were looked for by id just now and are positively gone.
    :param stuck: what ``--stuck`` was asked with.
    :param now: aware, UTC.
    :param is_ours: whether a step of this run, or of its life before, was sent for the resource.
    """

    project_exists: bool
    gone: frozenset[Ref]
    stuck: datetime.timedelta | None
    now: datetime.datetime
    is_ours: bool


def standing(
    reasons: tuple[Reason, ...], planned: Resource, fresh: Resource, facts: Facts
) -> tuple[Reason, ...]:
    """Return the reasons that still hold for a resource as it is right before a step.

    :param planned: as the plan saw it.
    :param fresh: as it is now.
    :returns: empty when the resource must be left alone; a reason that nobody knows does not hold.
    """
    return tuple(reason for reason in reasons if _stands(reason, planned, fresh, facts))


def _stands(reason: Reason, planned: Resource, fresh: Resource, facts: Facts) -> bool:
    if reason.code == 'prefix':
        return fresh.name == planned.name
    if reason.code == 'project-missing':
        return not (facts.project_exists or fresh.is_for_all) and fresh.project_id == planned.project_id
    if reason.code == 'parent-missing':
        return any(parent in facts.gone for parent in fresh.parents)
    if reason.code == 'unused':
        return bool(fresh.unused) and (facts.is_ours or is_settled(fresh, facts.now))
    if reason.code == 'stuck':
        return _is_still_stuck(planned, fresh, facts)
    return reason.code in _LASTING


def _is_still_stuck(planned: Resource, fresh: Resource, facts: Facts) -> bool:
    if facts.is_ours and fresh.status.lower() == _RESET:
        # Nothing tells any more that it was being deleted. What is broken in another way (``error_extending``,
        # ``UPDATE_FAILED``) somebody has brought to life and used since.
        return True
    if fresh.condition is Condition.NORMAL:
        return False
    if facts.is_ours:
        return True
    if fresh.updated_at is None:
        return False
    if fresh.updated_at == planned.updated_at:
        return True
    return facts.stuck is not None and facts.now - fresh.updated_at >= facts.stuck


def changed_since(planned: Resource, fresh: Resource, in_plan: frozenset[Ref]) -> str | None:
    """Return how a resource differs from what the plan saw, so that it must be left alone; None when it does not.

    :param in_plan: what the plan names: new users and new owners among these do no harm.
    """
    if fresh.project_id != planned.project_id:
        return f'it belongs to {f"project {fresh.project_id}" if fresh.project_id else "no project"} now'
    if fresh.created_at != planned.created_at:
        return 'it was created again'
    if fresh.mark != planned.mark:
        return 'it was made or set anew'
    if fresh.name != planned.name:
        return 'it was renamed'
    if keep_tag(fresh):
        return f'it was tagged {KEEP_TAG}'
    if fresh.is_system:
        return 'it is used internally by a service now'
    if fresh.protection:
        return fresh.protection
    return _new_project(planned, fresh, in_plan) or _new_relation(planned, fresh, in_plan)


def _new_project(planned: Resource, fresh: Resource, in_plan: frozenset[Ref]) -> str | None:
    """Return that other projects may use it by now: a user got a role there, a network was shared with them."""
    if fresh.is_for_all and not planned.is_for_all:
        return 'every project may use it now'
    new = fresh.serves - planned.serves
    if new:
        new -= {ref.id for ref in in_plan}
    return f'it is used in project {min(new)} now' if new else None


def _new_relation(planned: Resource, fresh: Resource, in_plan: frozenset[Ref]) -> str | None:
    for sentence, now, then, harmless in (
        ('it is in use by {} now', fresh.blockers, planned.blockers, in_plan),
        # It would take along what was to go for a reason of its own, whether that still holds or not.
        ('it holds {} now', fresh.holds, planned.holds, frozenset[Ref]()),
        ('it is a part of {} now', fresh.owners, planned.owners, in_plan),
        ('removing it would change {} now', fresh.alters, planned.alters, in_plan),
    ):
        new = sorted(set(now) - set(then) - harmless)
        if new:
            return sentence.format(new[0])
    known = {(part.resource_type, part.id) for part in planned.others}
    for part in fresh.others:
        if (part.resource_type, part.id) not in known:
            return f'it holds {part.resource_type} {part.id} now'
    return None
