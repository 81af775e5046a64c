"""What workers are asked to do, and what they come back with. Plain values."""

import datetime
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from orphancleanup.execute.events import Reply
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.outcome import Blocker, Exchange


@dataclass(frozen=True, slots=True)
class Question:
    """A resource that is to be looked at.

    :param project_id: the project that is to be asked for, too, since a reason rests on its absence; else empty.
    :param asks_parents: whether its parents are to be asked for, for the same cause.
    :param since: seconds on the clock: what was known of the project before does not count.
    :param is_second: whether a reading before did not show it, so that this one is to say the same or not.
    """

    ref: Ref
    project_id: str = ''
    asks_parents: bool = False
    since: float = -math.inf
    is_second: bool = False

    @property
    def asks_facts(self) -> bool:
        """Whether more than the resource is asked for."""
        return bool(self.project_id) or self.asks_parents


@dataclass(frozen=True, slots=True)
class Reading:
    """A reading of one kind.

    :param questions: what is asked about; none when it is only to be seen what of the kind is in projects.
    :param is_listing: whether the whole kind is listed; else each resource is looked at by its id.
    :param is_alone: whether it is one resource by itself, with what it holds.
    :param known: that resource without what it holds, as a listing showed it; None when it is to be looked at, too.
    :param known_at: seconds on the clock when that listing began.
    """

    kind: str
    questions: tuple[Question, ...]
    is_listing: bool = False
    is_alone: bool = False
    known: Resource | None = None
    known_at: float = -math.inf


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reading showed.

    :param started: seconds on the clock when it began.
    :param found: what is there, of what the plan names.
    :param unclear: reference to the sentence that says why nothing is known about it.
    :param failed: why the whole reading failed; nothing is known about anything then.
    :param requests: how many requests the reading took.
    :param total: how many resources of the kind there are, when they were listed.
    :param projects: project id to whether it exists, for those that were asked for.
    :param asked: project id to the seconds on the clock when it was asked for, perhaps for another reading.
    :param gone: the parents that were asked for and are gone.
    :param contents: project id to what of the kind is in it, of the projects that the plan names, when it was listed.
    """

    started: float
    found: dict[Ref, Resource] = field(default_factory=dict)
    unclear: dict[Ref, str] = field(default_factory=dict)
    failed: str = ''
    total: int = 0
    projects: dict[str, bool] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    gone: frozenset[Ref] = frozenset()
    contents: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)
    requests: int = 0

    def oldest(self, question: Question) -> float:
        """Return the seconds on the clock of the oldest thing that is told about what was asked."""
        return min(self.started, self.asked.get(question.project_id, self.started))


@dataclass(frozen=True, slots=True)
class Task:
    """One step for one resource.

    :param until: seconds on the clock: after them, what the step rests on is too old for it to be sent.
    """

    resource: Resource
    step: str
    until: float

    @property
    def ref(self) -> Ref:
        return self.resource.ref


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a task.

    :param exchanges: the requests that it made.
    :param at: when it was begun; aware, UTC.
    """

    ref: Ref
    reply: Reply
    text: str = ''
    request_id: str = ''
    exchanges: tuple[Exchange, ...] = ()
    at: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Something that is left, of which the cause is to be found.

    :param refs: what may stand in its way and is not in the plan.
    :param ids: what else refusals named, of whatever kind.
    :param text: what was said in the refusals.
    """

    resource: Resource
    refs: tuple[Ref, ...] = ()
    ids: tuple[str, ...] = ()
    text: str = ''


@dataclass(frozen=True, slots=True)
class Findings:
    """What came of a case."""

    evidence: tuple[Evidence, ...] = ()
    blockers: tuple[Blocker, ...] = ()


Job = Reading | Task
