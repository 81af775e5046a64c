"""An entry of a plan on its way: the one thing that changes during an apply."""

import enum
import math
from collections import Counter
from dataclasses import dataclass, field

from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.outcome import NextStep, Outcome, Result
from orphancleanup.plan import Entry


class State(enum.StrEnum):
    """Where an entry is."""

    HELD = 'held'
    WAITING = 'waiting'
    LOOKING = 'looking'
    READY = 'ready'
    SENT = 'sent'
    SETTLING = 'settling'
    DONE = 'done'


_ALLOWED = {
    State.HELD: {State.WAITING, State.DONE},
    State.WAITING: {State.LOOKING, State.DONE},
    State.LOOKING: {State.HELD, State.READY, State.SETTLING, State.DONE},
    State.READY: {State.SENT, State.LOOKING, State.DONE},
    State.SENT: {State.LOOKING, State.SETTLING, State.DONE},
    State.SETTLING: {State.LOOKING, State.DONE},
    State.DONE: {State.HELD, State.WAITING},
}


@dataclass(slots=True)
class Item:
    """One entry of a plan on its way.

    :param fresh: the resource as it was last seen.
    :param step: the step that was chosen or sent.
    :param spent: the steps that need not be tried again.
    :param not_before: seconds on the clock before which nothing is to be read about it.
    :param looked: seconds on the clock when the look began that chose its step, or let its owner go on.
    :param touched: seconds on the clock: what was read before may be out of date.
    :param sent: seconds on the clock when the last step was sent, or when waiting for others to remove it began.
    :param limit: seconds that the end of what was sent is awaited.
    :param is_final: whether it failed for something that no other removal changes.
    :param is_freed: whether a broken part is removed by itself, since it kept its owner from going.
    :param is_unknown: whether the last step got no usable answer.
    :param is_ours: whether a step of this run, or of the life before it that is resumed, was meant to remove it.
    """

    entry: Entry
    state: State = State.WAITING
    fresh: Resource | None = None
    step: Step | None = None
    spent: set[str] = field(default_factory=set)
    steps: list[str] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    evidence: list[Evidence] = field(default_factory=list)
    not_before: float = 0.0
    looked: float = -math.inf
    touched: float = 0.0
    sent: float = 0.0
    limit: float = 0.0
    is_unknown: bool = False
    is_ours: bool = False
    has_waited: bool = False
    is_final: bool = False
    is_freed: bool = False
    was_freed: bool = False
    blind_looks: int = 0
    result: Result = Result.UNTRIED
    text: str = ''
    next_step: NextStep | None = None

    def __post_init__(self) -> None:
        if self.entry.owner:
            self.state = State.HELD

    @property
    def ref(self) -> Ref:
        return self.entry.ref

    @property
    def kind(self) -> str:
        return self.entry.ref.kind

    @property
    def is_removed(self) -> bool:
        """Whether nothing is left of it."""
        return self.state is State.DONE and self.result.is_done

    def move(self, state: State) -> None:
        """Change the state along an allowed transition."""
        if state not in _ALLOWED[self.state]:
            raise AssertionError(f'{self.ref} cannot go from {self.state} to {state}')
        self.state = state

    def end(self, result: Result, text: str = '', next_step: NextStep | None = None) -> None:
        """Be done."""
        self.move(State.DONE)
        self.result, self.text, self.next_step = result, text, next_step

    def again(self) -> None:
        """Begin anew in the next pass: what stood in the way may be gone."""
        self.move(State.HELD if self.entry.owner and not self.is_freed else State.WAITING)
        self.spent.clear()
        self.tries.clear()
        self.next_step = None
        self.has_waited = False

    def free(self) -> None:
        """Begin anew without waiting for the owner. Once: what fails by itself, too, stays with its owner."""
        self.is_freed = self.was_freed = True
        self.again()

    def hold(self) -> None:
        """Go with the owner after all."""
        self.is_freed = False
        self.move(State.HELD)

    @property
    def is_moving(self) -> bool:
        """Whether it is neither done nor waiting for its owner."""
        return self.state not in (State.DONE, State.HELD)

    @property
    def keeps_owner(self) -> bool:
        """Whether it turned out, before its owner's step, that it must stay; one that failed by itself may go."""
        is_left = self.state is State.DONE and not self.is_removed
        return is_left and (self.result is Result.CHANGED or not self.was_freed)

    @property
    def may_go_now(self) -> bool:
        """Whether it failed for something that another removal may have changed."""
        is_refused = self.result is Result.LEFT and self.tries.total() > 0 and not self.is_final
        return self.result is Result.BLOCKED or is_refused

    @property
    def is_only_a_part(self) -> bool:
        """Whether nothing selects it but its owner."""
        return {reason.code for reason in self.entry.reasons} == {'part-of'}

    def outcome(self) -> Outcome:
        """Answer what became of it so far."""
        resource = self.entry.resource
        return Outcome(
            ref=self.ref,
            name=resource.name,
            project_id=resource.project_id,
            result=self.result,
            text=self.text,
            steps=tuple(self.steps),
            next_step=self.next_step,
            evidence=tuple(dict.fromkeys(self.evidence)),
        )
