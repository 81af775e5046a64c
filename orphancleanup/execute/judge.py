"""What to do with an item after a look at it or an answer about it. Decides; reads and sends nothing."""

from collections.abc import Mapping
from dataclasses import dataclass

from orphancleanup import rules, states
from orphancleanup.execute.item import Item, State
from orphancleanup.execute.worker import Answer, Reply
from orphancleanup.model import Evidence, Ref, Resource, Tenant
from orphancleanup.outcome import NextStep, Result
from orphancleanup.registry import Registry
from orphancleanup.settings import ExecutionSettings

#: seconds that an error state from before a step may still show after it
GRACE = 10.0
#: seconds that a resource may still be listed after its service said that it is gone
GONE_DEADLINE = 30.0
#: seconds that a part may take to follow an owner that is gone, before it is removed by itself
PART_GRACE = 5.0
#: how often a step is tried that was refused, or got no usable answer
REFUSALS, UNKNOWNS, BLIND_LOOKS = 2, 3, 8


@dataclass(frozen=True, slots=True)
class Judge:
    """Knows the rules of an apply.

    :param in_plan: every resource that the plan names.
    :param tenants: the tenants that exist when the apply begins.
    """

    registry: Registry
    settings: ExecutionSettings
    in_plan: frozenset[Ref]
    tenants: Mapping[str, Tenant]

    def seen(self, item: Item, fresh: Resource | None, now: float) -> None:
        """A look at an item succeeded: leave it alone, wait for it, or choose its next step."""
        if fresh is None:
            self._gone(item)
            return
        first = not item.steps
        item.fresh, item.blind_looks = fresh, 0
        different = self._difference(item, fresh, first)
        if different:
            item.end(Result.CHANGED, f'it was left alone: {different}')
        elif (
            first
            and item.is_freed
            and not (states.is_broken(fresh.status) or states.is_leaving(fresh.status))
        ):
            item.hold()
        elif first and not item.has_waited and self._may_go_by_itself(item, fresh):
            is_leaving = states.is_leaving(fresh.status)
            item.has_waited, item.sent, item.step = True, now, None
            item.limit = self.deadline(item) if is_leaving else PART_GRACE
            item.move(State.SETTLING)
        elif first and item.is_only_a_part and not item.is_freed:
            item.end(
                Result.LEFT,
                f'it outlived {item.entry.owner}, and nothing else selects it; name it to remove it',
            )
        else:
            self._choose(item, fresh)

    def part_seen(self, item: Item, fresh: Resource | None) -> None:
        """A look at a held part succeeded, before its owner's step takes it along."""
        item.blind_looks = 0
        different = self._difference(item, fresh, first=True) if fresh else None
        if different:
            item.end(Result.CHANGED, f'it was left alone: {different}')

    def _gone(self, item: Item) -> None:
        if item.entry.owner and not item.steps and not item.is_freed:
            item.end(Result.REMOVED, f'it went with {item.entry.owner}')
        else:
            item.end(Result.REMOVED if item.is_ours else Result.ALREADY_GONE)

    def _difference(self, item: Item, fresh: Resource, first: bool) -> str | None:
        planned = item.entry.resource
        codes = {reason.code for reason in item.entry.reasons}
        if codes == {'tenant-missing'} and planned.project_id in self.tenants:
            return f'its tenant {planned.project_id} exists'
        changed = rules.changed_since(planned, fresh, self.in_plan)
        # In a run that is resumed, what moved may have been moved by its own earlier steps.
        is_untouched = first and not item.is_ours
        return changed or (rules.recovered(planned, fresh, item.entry.reasons) if is_untouched else None)

    @staticmethod
    def _may_go_by_itself(item: Item, fresh: Resource) -> bool:
        """Whether somebody else removes it: its owner has gone, or it is in a deleting state that is not old."""
        stuck = any(reason.code == 'stuck' for reason in item.entry.reasons)
        follows = item.entry.owner is not None and not item.is_freed
        return follows or (states.is_leaving(fresh.status) and (item.is_ours or not stuck))

    def _choose(self, item: Item, fresh: Resource) -> None:
        for step in self.registry.handler(item.kind).ladder(fresh):
            if step.name in item.spent:
                continue
            if step.level not in self.settings.levels:
                text = item.text or f'it needs the step {step.name}'
                item.end(Result.LEFT, text, NextStep(step.name, step.level))
            else:
                item.step = step
                item.move(State.READY)
            return
        item.end(Result.LEFT, item.text or 'no step of its ladder helps')

    def unclear(self, item: Item, why: str, pause: float, now: float) -> None:
        """A look at an item failed: nothing is known, so try again later, and leave it in the end."""
        item.blind_looks += 1
        item.not_before = now + pause
        if item.state in (State.LOOKING, State.HELD) and item.blind_looks >= BLIND_LOOKS:
            item.end(Result.LEFT, f'it could not be looked at: {why}')
        elif item.state is State.SETTLING and now - item.sent > 2 * item.limit:
            item.end(Result.LEFT, f'whether it is gone could not be read: {why}')

    def answered(self, item: Item, answer: Answer, now: float) -> None:
        """A step was answered: wait for its end, try it again, or go on to the next."""
        assert item.step
        name = item.step.name
        item.touched = item.sent = now
        item.is_unknown = answer.reply is Reply.UNKNOWN
        item.limit = GONE_DEADLINE if answer.reply is Reply.GONE else self.deadline(item)
        item.is_ours |= item.step.removes and answer.reply not in (Reply.FORBIDDEN, Reply.REFUSED)
        if answer.reply is not Reply.ACCEPTED:
            item.tries[name] += 1
            item.text = f'{name}: {answer.text}'
            item.evidence.append(Evidence('api', item.text, answer.request_id))
        if answer.reply in (Reply.FORBIDDEN, Reply.REFUSED):
            self._refused(item, name, answer.reply, now)
        elif answer.reply is Reply.ACCEPTED and not item.step.removes:
            item.spent.add(name)
            item.move(State.LOOKING)
        else:
            item.move(State.SETTLING)

    def _refused(self, item: Item, name: str, reply: Reply, now: float) -> None:
        # Heat keeps a new trust from each delete that it forbids: such a step is never repeated.
        item.is_final |= reply is Reply.FORBIDDEN
        if item.is_final or item.tries[name] >= REFUSALS:
            item.spent.add(name)
        else:
            item.not_before = now + 2 * self.settings.first_poll
        item.move(State.LOOKING)

    def settled(self, item: Item, fresh: Resource | None, now: float) -> None:
        """A listing tells about an item whose removal is under way."""
        if fresh is None:
            self._gone(item)
            return
        before, item.fresh = item.fresh, fresh
        waited = now - item.sent
        moved = before is None or (fresh.status, fresh.updated_at) != (before.status, before.updated_at)
        has_failed = states.is_broken(fresh.status) and (moved or waited >= GRACE)
        if item.is_unknown and not states.is_leaving(fresh.status) and waited >= self.settings.first_poll:
            self._unknown(item)
        elif has_failed or self._came_to_rest(item, fresh):
            self._failed(item, f'it is {fresh.status}')
        elif waited > item.limit:
            self._failed(item, f'it is still {fresh.status or "there"} after {waited:.0f} s')
        elif states.is_broken(fresh.status):
            item.fresh = before

    def _came_to_rest(self, item: Item, fresh: Resource) -> bool:
        """Whether the step ended in a state where it is of no more use (Nova's SOFT_DELETED after a delete)."""
        if item.step is None or states.is_leaving(fresh.status):
            return False
        return all(step.name != item.step.name for step in self.registry.handler(item.kind).ladder(fresh))

    def _unknown(self, item: Item) -> None:
        assert item.step
        if item.tries[item.step.name] >= UNKNOWNS:
            item.end(
                Result.LEFT, f'{item.text} (tried {UNKNOWNS} times; nothing harsher is tried on a guess)'
            )
        else:
            item.move(State.LOOKING)

    def _failed(self, item: Item, text: str) -> None:
        if item.step:
            item.text = f'{item.step.name}: {text}'
            item.spent.add(item.step.name)
            item.evidence.append(Evidence('status', item.text))
        item.move(State.LOOKING)

    def deadline(self, item: Item) -> float:
        """Answer how many seconds an accepted step may take."""
        handler = self.registry.handler(item.kind)
        return self.settings.deadlines.get(item.kind, handler.deadline)
