"""What becomes of an entry while its removal is under way, until two readings agree that it is gone. Pure."""

import math
from collections import Counter

from orphancleanup.execute.events import Effect, Seen, Unclear
from orphancleanup.execute.item import Item, State
from orphancleanup.execute.moves import UNKNOWNS, Moved, end, look
from orphancleanup.execute.policy import Policy, is_broken, is_leaving
from orphancleanup.model import Condition, Evidence, Resource
from orphancleanup.outcome import Result

#: seconds that an error state from before a step may still show after it
GRACE = 10.0
#: seconds that a resource may still be listed after its service said that it is gone
GONE_DEADLINE = 30.0
#: seconds after which a second reading that does not come leaves it unknown whether something is gone
CONFIRM_DEADLINE = 120.0
#: seconds after which a second reading must show it at rest again, for its service to have given up its removal
RESTS = 5.0
#: how often something may be there again after a reading that did not show it
RETURNS = 5


def wait(item: Item, now: float, has_left: bool = False) -> Moved:
    """Return the item with the end of its removal to be awaited.

    :param has_left: whether it is known to have begun.
    """
    begun = item._replace(state=State.SETTLING, sent=now, is_awaited=True, has_left=has_left, rested=math.inf)
    return begun, (Effect.WATCH,)


def vanished(item: Item, event: Seen, now: float) -> Moved:
    """Return the item after a first reading that did not show it: a second one is to say the same."""
    absent = item._replace(state=State.CONFIRMING, absent=now, needs_listing=not event.is_listing)
    return absent, (Effect.WATCH,)


def confirmed(item: Item, event: Seen, now: float, policy: Policy) -> Moved:
    """A second reading tells: it is gone, or it is there again."""
    if event.resource is None:
        is_second = event.at >= item.absent and (event.is_listing or not item.needs_listing)
        return _gone(item) if is_second else (item, (Effect.WATCH,))
    item = item._replace(absent=math.inf, returns=item.returns + 1)
    if item.returns >= RETURNS:
        return end(
            item, Result.LEFT, 'its service shows it at times only: whether it still exists is not known'
        )
    if not item.is_awaited:
        return look(item._replace(touched=now))
    return seen(item._replace(state=State.SETTLING), event, now, policy)


def _gone(item: Item) -> Moved:
    result = Result.REMOVED if item.is_ours else Result.ALREADY_GONE
    return end(item, result, f'it went with {item.entry.owner}' if item.went_along else _left_behind(item))


def _left_behind(item: Item) -> str:
    """Return the sentence for what a step has left behind of types that no handler knows."""
    others = item.entry.resource.others
    if not (others and item.step and item.step.keeps_parts):
        return ''
    types = Counter(part.resource_type for part in others)
    named = ', '.join(f'{number} {name}' for name, number in types.most_common())
    return f'{item.step.name} left behind, of types that no handler knows: {named}'


def seen(item: Item, event: Seen, now: float, policy: Policy) -> Moved:
    """A reading tells about an item whose removal is under way."""
    if event.at < item.sent:
        return item, (Effect.WATCH,)
    if event.resource is None:
        is_second = event.is_listing and _was_told_gone(item, policy)
        return _gone(item) if is_second else vanished(item, event, now)
    fresh, waited = event.resource, event.at - item.sent
    has_failed = is_broken(fresh) and _shows_failure(item, fresh, waited)
    item = _come_and_gone(item._replace(fresh=fresh), fresh, event.at)
    if item.is_unknown and not (has_failed or is_leaving(fresh)) and waited >= item.patience:
        return _unanswered(item)
    if has_failed or _came_to_rest(item, fresh, policy):
        return _failed(item, f'its status is {fresh.status}')
    if event.at >= item.rested + RESTS:
        # Cinder gives a volume back when its backend says that it is busy, and tells nobody why.
        return _failed(item._replace(was_tried=True), f'its service gave it up: it is {fresh.status} again')
    if waited > item.limit:
        return _failed(item, f'it is still {fresh.status or "there"} after {waited:.0f} s')
    return item, (Effect.WATCH,)


def _was_told_gone(item: Item, policy: Policy) -> bool:
    """Return whether its service has answered a removal, of which it answers those only that have ended."""
    is_accepted = item.step is not None and item.step.removes and not item.is_unknown and bool(item.steps)
    return is_accepted and policy.answers_when_gone(item.kind)


def _come_and_gone(item: Item, fresh: Resource, at: float) -> Item:
    """Return the item with what a reading says about a removal that began, and may have been given up."""
    if item.step is None or not item.step.removes:
        return item
    if is_leaving(fresh):
        return item._replace(has_left=True, rested=math.inf)
    is_at_rest = item.has_left and not is_broken(fresh)
    return item._replace(rested=min(item.rested, at)) if is_at_rest else item


def _shows_failure(item: Item, fresh: Resource, waited: float) -> bool:
    """Return whether an error state is the end of the step, and not one from before it."""
    before = item.resource
    has_moved = (fresh.status, fresh.updated_at) != (before.status, before.updated_at)
    if item.is_unknown:
        # Perhaps the step was never taken: then only a deletion that has failed since tells that it was.
        return has_moved and fresh.condition is Condition.DELETION_FAILED
    return has_moved or waited >= GRACE


def _unanswered(item: Item) -> Moved:
    """Nothing tells that the step was taken, and the resource is as it was."""
    if item.tries >= UNKNOWNS:
        tried = f'{item.text} (tried {UNKNOWNS} times; no harsher step is taken without a clear answer)'
        return end(item, Result.LEFT, tried)
    return look(item._replace(is_awaited=False))


def _came_to_rest(item: Item, fresh: Resource, policy: Policy) -> bool:
    """Whether the step ended in a state where it is of no more use (Nova's SOFT_DELETED after a delete)."""
    if item.step is None or is_leaving(fresh):
        return False
    return all(step.name != item.step.name for step in policy.steps(fresh))


def _failed(item: Item, text: str) -> Moved:
    item = item._replace(is_awaited=False)
    if item.step:
        told = f'{item.step.name}: {text}'
        spent, evidence = item.spent | {item.step.name}, (*item.evidence, Evidence('status', told))
        item = item._replace(text=told, spent=spent, evidence=evidence)
    return look(item)


def unclear(item: Item, event: Unclear, now: float, policy: Policy) -> Moved:
    """A reading failed: go on waiting, and leave it in the end."""
    is_over = (
        now - item.absent > CONFIRM_DEADLINE
        if item.state is State.CONFIRMING
        else now - item.sent > 2 * item.limit
    )
    if is_over:
        return end(item, Result.LEFT, f'whether it still exists could not be read: {event.why}')
    return item, (Effect.WATCH,)
