"""The one function that moves an entry of a plan: (item, event, now) to (item, effects). Pure.

What is not in the table below changes nothing: an answer to a question that no longer stands is dropped.
"""

from collections.abc import Callable, Mapping
from typing import Any

from orphancleanup.execute import events, settling
from orphancleanup.execute.events import Answered, Effect, Event, Reply, Seen, Unclear
from orphancleanup.execute.item import Item, State
from orphancleanup.execute.moves import BLIND_LOOKS, PART_GRACE, REFUSALS, UNCHANGED, Moved, end, look, still
from orphancleanup.execute.policy import Policy, is_broken, is_leaving
from orphancleanup.model import Evidence, Resource
from orphancleanup.outcome import Attempt, Result

#: how often a look may be out of date before anything can be done with it
LATE_LOOKS = 4


def move(item: Item, event: Event, now: float, policy: Policy) -> Moved:
    """Return what an event makes of an entry, and what is to be done for it.

    :param now: seconds on the clock.
    """
    if isinstance(event, events.Stopped):
        return _stopped(item)
    act = TABLE.get((item.state, type(event)))
    return act(item, event, now, policy) if act else (item, ())


# Before the first step


def _release(item: Item, event: Event, now: float, policy: Policy) -> Moved:
    return look(item._replace(touched=now))


def _blocked(item: Item, event: events.Blocked, now: float, policy: Policy) -> Moved:
    return end(item, Result.BLOCKED, f'{event.by} must be removed first, and was not')


def _circle(item: Item, event: Event, now: float, policy: Policy) -> Moved:
    return end(item, Result.BLOCKED, 'it and what it waits for wait for one another')


def _owners_gone(item: Item, event: events.OwnersGone, now: float, policy: Policy) -> Moved:
    is_ours = item.is_ours or event.was_removed
    return item._replace(state=State.WAITING, touched=now, is_ours=is_ours), (Effect.WAIT,)


def _owner_left(item: Item, event: events.OwnerLeft, now: float, policy: Policy) -> Moved:
    """Look once more: an owner that was not finished may have taken it along all the same."""
    text = f'it is a part of {event.owner}, which was not removed'
    if not event.was_tried:
        return end(item._replace(is_parting=True), Result.LEFT, text)
    return look(item._replace(is_parting=True, is_ours=True, touched=now, text=text))


def _part_seen(item: Item, event: Seen, now: float, policy: Policy) -> Moved:
    seen = item._replace(looked=event.looked, blind=0)
    different = policy.difference(item, event, now) if event.resource else None
    return end(seen, Result.CHANGED, different) if different else (seen, ())


def _looked(item: Item, event: Seen, now: float, policy: Policy) -> Moved:
    """A look succeeded: leave it alone, wait for it, or choose its next step."""
    if event.at < item.touched:
        return look(item)
    if event.resource is None:
        return settling.vanished(item._replace(blind=0), event, now)
    item = item._replace(fresh=event.resource, looked=event.looked, blind=0)
    if item.is_parting:
        return end(item, Result.LEFT, item.text)
    if policy.is_old(event.looked, now):
        return _late(item)
    different = policy.difference(item, event, now)
    if different:
        return end(item, Result.CHANGED, different)
    return _first(item, event.resource, now, policy) if not item.steps else _choose(item, policy)


def _first(item: Item, fresh: Resource, now: float, policy: Policy) -> Moved:
    """Choose how to begin with what no step of this life was sent for."""
    is_whole = not (is_broken(fresh) or is_leaving(fresh))
    if item.is_freed and is_whole:
        return item._replace(state=State.HELD, is_freed=False), (Effect.WAIT,)
    if not item.has_waited and _goes_by_itself(item, fresh):
        limit = policy.deadline(item.kind) if is_leaving(fresh) else PART_GRACE
        return settling.wait(item._replace(has_waited=True, step=None, limit=limit), now)
    own = {reason.code for reason in item.entry.reasons} - {'part-of'}
    if not own and not item.is_freed:
        return end(
            item,
            Result.LEFT,
            f'its owner {item.entry.owner} was removed and it was not; to remove it, name it with --resource',
        )
    return _choose(item, policy)


def _goes_by_itself(item: Item, fresh: Resource) -> bool:
    """Whether somebody else removes it: its owner has gone, or it is in a deleting state that is not old."""
    is_stuck = any(reason.code == 'stuck' for reason in item.entry.reasons)
    follows = bool(item.entry.owners) and not item.is_freed
    return follows or (is_leaving(fresh) and (item.is_ours or not is_stuck))


def _choose(item: Item, policy: Policy) -> Moved:
    for step in policy.open_steps(item.resource):
        if step.name in item.spent or (step.after_forbidden and not item.is_final):
            continue
        if step.level not in policy.settings.levels:
            text = item.text or f'the step {step.name} is needed'
            return end(item, Result.LEFT, text, policy.next_step(item.kind, step))
        tries = item.tries if item.step and item.step.name == step.name else 0
        return item._replace(state=State.READY, step=step, tries=tries), (Effect.QUEUE,)
    nothing = (
        'all removal steps failed' if item.spent else 'no step could be taken that removes it (see the log)'
    )
    return end(item, Result.LEFT, item.text or nothing)


def _blind(item: Item, event: Unclear, now: float, policy: Policy) -> Moved:
    """A look failed: nothing is known, so look again later, and leave it in the end."""
    item = item._replace(blind=item.blind + 1, not_before=now + still(policy.settings, item.blind))
    if item.blind >= BLIND_LOOKS:
        return end(item, Result.LEFT, f'it could not be read: {event.why}')
    return item, (Effect.LOOK,)


def _late(item: Item) -> Moved:
    item = item._replace(late=item.late + 1)
    if item.late >= LATE_LOOKS:
        return end(
            item,
            Result.LEFT,
            'its service answers so slowly that what was read is out of date before a step can be sent',
        )
    return look(item)


# The step


def _send(item: Item, event: events.Sending, now: float, policy: Policy) -> Moved:
    if policy.is_old(min(event.seen, item.looked), now):
        return look(item)
    assert item.step
    return item._replace(state=State.SENT, steps=(*item.steps, item.step.name)), (Effect.SEND,)


def _kept_by_part(item: Item, event: events.PartKept, now: float, policy: Policy) -> Moved:
    return end(item, Result.CHANGED, f'it holds {event.part}, which stays')


def _parts_late(item: Item, event: Event, now: float, policy: Policy) -> Moved:
    return _late(item)


def _postponed(item: Item, event: Event, now: float, policy: Policy) -> Moved:
    """Try nothing harsher in this pass."""
    item = item._replace(is_postponed=True, was_postponed=True)
    return end(item, Result.BLOCKED, f'{item.text}; a harsher step is left to the next pass')


def _occupied(item: Item, event: events.Occupied, now: float, policy: Policy) -> Moved:
    if event.by in policy.in_plan:
        return end(item, Result.BLOCKED, f'it waits for {event.by}, which is still in it')
    return end(item, Result.CHANGED, f'it was left alone: {event.by} is in it now')


def _contents_unread(item: Item, event: events.ContentsUnread, now: float, policy: Policy) -> Moved:
    later = now + still(policy.settings, item.unlisted)
    item = item._replace(unlisted=item.unlisted + 1, not_before=later)
    if item.unlisted >= BLIND_LOOKS:
        return end(item, Result.LEFT, event.why)
    return look(item)


def _contents_late(item: Item, event: Event, now: float, policy: Policy) -> Moved:
    text = 'the services answer so slowly that whether it is empty cannot be told before a step can be sent'
    return end(item, Result.LEFT, text)


def _answered(item: Item, event: Answered, now: float, policy: Policy) -> Moved:
    """A step was answered: wait for its end, try it again, or go on to the next."""
    assert item.step
    if event.reply is Reply.TOO_LATE:
        return _late(item._replace(steps=item.steps[:-1], touched=now))
    step, reply = item.step, event.reply
    item = item._replace(touched=now, sent=now, late=0, is_unknown=reply in (Reply.UNKNOWN, Reply.GONE))
    if reply not in UNCHANGED:
        item = item._replace(is_moved=True, is_ours=item.is_ours or step.removes)
    tried = Attempt(
        step.name, step.level, str(reply), event.at, event.text, event.request_id, event.exchanges
    )
    item = item._replace(attempts=(*item.attempts, tried))
    if reply is Reply.UNAVAILABLE:
        return _passed_by(item, step.name, event.text)
    if reply is not Reply.ACCEPTED:
        told = Evidence('api', f'{step.name}: {event.text}', event.request_id)
        evidence = (*item.evidence, told)
        item = item._replace(text=told.text, evidence=evidence, tries=item.tries + 1, was_tried=True)
    if reply in (Reply.FORBIDDEN, Reply.REFUSED):
        return _refused(item, step.name, reply, now + 2 * policy.settings.first_poll)
    if reply is Reply.ACCEPTED and not step.removes:
        return look(item._replace(spent=item.spent | {step.name}))
    limit = policy.deadline(item.kind)
    patience = settling.GONE_DEADLINE if reply is Reply.GONE else policy.settings.first_poll
    has_left = reply is Reply.ACCEPTED and policy.leaves_at_once(item.kind)
    return settling.wait(item._replace(limit=limit, patience=min(patience, limit)), now, has_left)


def _passed_by(item: Item, name: str, text: str) -> Moved:
    """Go on without a step: what failed before it is still why the resource is left."""
    told = Evidence('api', f'{name}: {text}')
    spent, evidence = item.spent | {name}, (*item.evidence, told)
    return look(item._replace(text=item.text or told.text, evidence=evidence, spent=spent))


def _refused(item: Item, name: str, reply: Reply, later: float) -> Moved:
    # Heat keeps a new trust from each delete that it forbids: such a step is never repeated.
    item = item._replace(is_final=item.is_final or reply is Reply.FORBIDDEN)
    if item.is_final or item.tries >= REFUSALS:
        return look(item._replace(spent=item.spent | {name}))
    return look(item._replace(not_before=later))


# Passes, and the end


def _again(item: Item, event: Event, now: float, policy: Policy) -> Moved:
    return _begin_anew(item, State.HELD if item.entry.owners and not item.is_freed else State.WAITING)


def _freed(item: Item, event: Event, now: float, policy: Policy) -> Moved:
    """Begin anew without waiting for the owner. Once: what fails by itself, too, stays with its owner."""
    return _begin_anew(item._replace(is_freed=True, was_freed=True), State.WAITING)


def _held_again(item: Item, event: Event, now: float, policy: Policy) -> Moved:
    return _begin_anew(item, State.HELD)


def _begin_anew(item: Item, state: State) -> Moved:
    fresh_start = item._replace(
        state=state,
        spent=frozenset(),
        tries=0,
        next_step=None,
        is_awaited=False,
        has_waited=False,
        is_parting=False,
        is_postponed=False,
        blind=0,
        unlisted=0,
        late=0,
    )
    return fresh_start, (Effect.WAIT,)


def _stopped(item: Item) -> Moved:
    if item.state is State.DONE:
        return item, ()
    if item.state in (State.SETTLING, State.CONFIRMING) and item.steps:
        return end(item, Result.LEFT, 'interrupted while it was being removed')
    return end(item, Result.LEFT if item.steps else Result.UNTRIED, 'interrupted before it was its turn')


Act = Callable[[Item, Any, float, Policy], Moved]

TABLE: Mapping[tuple[State, type[Any]], Act] = {
    # state              event               what follows
    (State.HELD, events.Seen): _part_seen,  # it may go along, or it keeps its owner
    (State.HELD, events.Unclear): _blind,
    (State.HELD, events.Occupied): _occupied,
    (State.HELD, events.OwnersGone): _owners_gone,
    (State.HELD, events.OwnerLeft): _owner_left,
    (State.HELD, events.Stuck): _circle,
    (State.WAITING, events.Released): _release,
    (State.WAITING, events.Blocked): _blocked,
    (State.WAITING, events.Stuck): _circle,
    (State.LOOKING, events.Seen): _looked,  # ready, settling, confirming, held, done
    (State.LOOKING, events.Unclear): _blind,
    (State.READY, events.Sending): _send,  # sent, or looking again
    (State.READY, events.PartKept): _kept_by_part,
    (State.READY, events.PartsLate): _parts_late,
    (State.READY, events.Postponed): _postponed,  # done, until the next pass
    (State.READY, events.Occupied): _occupied,
    (State.READY, events.ContentsUnread): _contents_unread,
    (State.READY, events.ContentsLate): _contents_late,
    (State.SENT, events.Answered): _answered,  # settling, or looking again
    (State.SETTLING, events.Seen): settling.seen,  # confirming, looking again, done
    (State.SETTLING, events.Unclear): settling.unclear,
    (State.CONFIRMING, events.Seen): settling.confirmed,  # done, or back
    (State.CONFIRMING, events.Unclear): settling.unclear,
    (State.DONE, events.Again): _again,
    (State.DONE, events.Freed): _freed,
    (State.DONE, events.HeldAgain): _held_again,
}
