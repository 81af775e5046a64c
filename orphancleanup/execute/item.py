"""An entry of a plan on its way. A value: only :mod:`orphancleanup.execute.transition` makes the next one of it."""

import enum
import math
from typing import NamedTuple

from orphancleanup.judging.plan import Entry
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.outcome import Attempt, NextStep, Outcome, Result


class State(enum.StrEnum):
    """Where an entry is."""

    HELD = 'held'
    WAITING = 'waiting'
    LOOKING = 'looking'
    READY = 'ready'
    SENT = 'sent'
    SETTLING = 'settling'
    CONFIRMING = 'confirming'
    DONE = 'done'


class Item(NamedTuple):
    """One entry of a plan on its way. Times are seconds on the clock.

    A tuple, since a new one is made of it a dozen times on its way, and a dataclass takes four times as long for that.

    :param fresh: the resource as it was last seen.
    :param step: the step that was chosen or sent.
    :param spent: the steps that need not be tried again.
    :param tries: how often the present step was refused, or got no usable answer.
    :param not_before: when it may be looked at again.
    :param looked: when the look began that chose its step, or let its owner go on.
    :param touched: what was read before may be out of date.
    :param sent: when the last step was sent, or when waiting for others to remove it began.
    :param limit: seconds that the end of what was sent is awaited.
    :param patience: seconds that a step without a usable answer is given to show that it was taken.
    :param absent: when the first reading that did not show it came back; the second must begin later.
    :param needs_listing: whether that first reading was a look by its id, so that the second must be a listing: one
        address that answers wrongly, again and again, must not be believed.
    :param has_left: whether the removal by the last step has begun, as a reading or its kind tells.
    :param rested: when the first reading began that showed it at rest again after that.
    :param is_awaited: whether a step, or somebody else's removal, is under way.
    :param is_unknown: whether the last step got no usable answer.
    :param is_ours: whether a step of this run, or of the life before it that is resumed, was meant to remove it.
    :param is_moved: whether a step of this run may have changed its status, one that only prepares included.
    :param is_final: whether it failed for something that no other removal changes.
    :param is_freed: whether a broken part is removed by itself, since it kept its owner from going.
    :param is_parting: whether it is, or was, looked at for the last time, since its owner stays.
    :param is_postponed: whether a harsher step is left to the next pass, since earlier kinds are still going.
    :param was_postponed: whether a harsher step was ever left to the next pass.
    :param was_tried: whether any step was refused or got no usable answer.
    :param blind: how many looks in a row told nothing.
    :param unlisted: how often it could not be read whether a project is empty that its step would remove.
    :param late: how many looks were out of date before anything could be done with them.
    :param returns: how often it was there again after it had not been.
    """

    entry: Entry
    state: State = State.WAITING
    fresh: Resource | None = None
    step: Step | None = None
    spent: frozenset[str] = frozenset()
    steps: tuple[str, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    tries: int = 0
    evidence: tuple[Evidence, ...] = ()
    not_before: float = 0.0
    looked: float = -math.inf
    touched: float = -math.inf
    sent: float = 0.0
    limit: float = 0.0
    patience: float = 0.0
    absent: float = math.inf
    needs_listing: bool = False
    has_left: bool = False
    rested: float = math.inf
    is_awaited: bool = False
    is_unknown: bool = False
    is_ours: bool = False
    is_moved: bool = False
    is_final: bool = False
    is_freed: bool = False
    was_freed: bool = False
    was_postponed: bool = False
    is_parting: bool = False
    is_postponed: bool = False
    has_waited: bool = False
    was_tried: bool = False
    blind: int = 0
    unlisted: int = 0
    late: int = 0
    returns: int = 0
    result: Result = Result.UNTRIED
    text: str = ''
    next_step: NextStep | None = None

    @property
    def ref(self) -> Ref:
        return self.entry.ref

    @property
    def kind(self) -> str:
        return self.entry.ref.kind

    @property
    def resource(self) -> Resource:
        """The resource as it was last seen, by this run or by the plan."""
        return self.fresh or self.entry.resource

    @property
    def is_done(self) -> bool:
        return self.state is State.DONE

    @property
    def is_removed(self) -> bool:
        """Whether nothing is left of it."""
        return self.state is State.DONE and self.result.is_done

    @property
    def keeps_owner(self) -> bool:
        """Whether it turned out, before its owner's step, that it must stay; one that failed by itself may go."""
        is_left = self.state is State.DONE and not self.is_removed and not self.is_parting
        return is_left and (self.result is Result.CHANGED or not self.was_freed)

    @property
    def may_go_now(self) -> bool:
        """Whether it failed for something that another removal may have changed."""
        is_refused = self.result is Result.LEFT and self.was_tried and not self.is_final
        return self.is_done and (self.result is Result.BLOCKED or is_refused)

    @property
    def went_along(self) -> bool:
        """Whether it is its owner's removal, not its own steps, that is to take it away."""
        return bool(self.entry.owners) and not self.steps and not self.is_freed

    def outcome(self) -> Outcome:
        """Return what became of it so far."""
        resource = self.entry.resource
        return Outcome(
            ref=self.ref,
            name=resource.name,
            project_id=resource.project_id,
            result=self.result,
            text=self.text,
            steps=self.steps,
            next_step=self.next_step,
            evidence=tuple(dict.fromkeys(self.evidence)),
            seen=self.resource,
            attempts=self.attempts,
        )


def begin(entry: Entry, is_ours: bool) -> Item:
    """Return an entry at its start.

    :param is_ours: whether an earlier life of the run meant to remove it.
    """
    return Item(entry, State.HELD if entry.owners else State.WAITING, is_ours=is_ours)
