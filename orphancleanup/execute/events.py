"""What happens to an entry of a plan, and what follows from it."""

import datetime
import enum
from dataclasses import dataclass

from orphancleanup.model import Ref, Resource
from orphancleanup.outcome import Exchange


class Reply(enum.StrEnum):
    """How the cloud answered to a step."""

    ACCEPTED = 'accepted'
    GONE = 'gone'
    REFUSED = 'refused'
    FORBIDDEN = 'forbidden'
    #: the step cannot be taken here, and has changed nothing
    UNAVAILABLE = 'unavailable'
    UNKNOWN = 'unknown'
    #: nothing was sent: what had been seen was too old when the request was to leave
    TOO_LATE = 'too-late'


@dataclass(frozen=True, slots=True)
class Released:
    """Nothing that it waits for is left."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Something that it waits for stays."""

    by: Ref


@dataclass(frozen=True, slots=True)
class Stuck:
    """Nothing moves any more, and it still waits: it is part of a circle."""


@dataclass(frozen=True, slots=True)
class OwnersGone:
    """All its owners are gone.

    :param was_removed: whether a step of this run has removed one of them.
    """

    was_removed: bool


@dataclass(frozen=True, slots=True)
class OwnerLeft:
    """One of its owners stays.

    :param was_tried: whether a step was sent for that owner.
    """

    owner: Ref
    was_tried: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A look, or a listing, tells about it.

    :param resource: None when it was not there.
    :param at: seconds on the clock when the reading began.
    :param oldest: seconds on the clock of the oldest thing that it tells; None for the reading itself.
    :param is_listing: whether its whole kind was listed, or its look proves as much; else it was looked at by its id.
    :param project_exists: whether the project that the plan saw is there, as far as it was asked for.
    :param gone: which of its parents were asked for and are gone.
    """

    resource: Resource | None
    at: float
    is_listing: bool = True
    project_exists: bool = True
    gone: frozenset[Ref] = frozenset()
    oldest: float | None = None

    @property
    def looked(self) -> float:
        """Seconds on the clock from which on what it tells grows old."""
        return self.at if self.oldest is None else self.oldest


@dataclass(frozen=True, slots=True)
class Unclear:
    """A look failed: nothing is known."""

    why: str


@dataclass(frozen=True, slots=True)
class Sending:
    """There is room to send its step.

    :param seen: seconds on the clock when the oldest look began that the step rests on, its parts' included.
    """

    seen: float


@dataclass(frozen=True, slots=True)
class PartKept:
    """It holds something that must stay."""

    part: Ref


@dataclass(frozen=True, slots=True)
class PartsLate:
    """What it holds could not be looked at in time."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """Its step was refused, and what goes before it is still going: that may be why."""


@dataclass(frozen=True, slots=True)
class Occupied:
    """It is a project, and something is in it right before its step."""

    by: Ref


@dataclass(frozen=True, slots=True)
class ContentsUnread:
    """Its step would remove a project, and what is in that could not be read."""

    why: str


@dataclass(frozen=True, slots=True)
class ContentsLate:
    """What is in a project that its step would remove could not be read in time."""


@dataclass(frozen=True, slots=True)
class Answered:
    """Its step was answered.

    :param exchanges: the requests that the step made.
    :param at: when it was begun; aware, UTC.
    """

    reply: Reply
    text: str = ''
    request_id: str = ''
    exchanges: tuple[Exchange, ...] = ()
    at: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Again:
    """The next pass begins, and what stood in its way may be gone."""


@dataclass(frozen=True, slots=True)
class Freed:
    """It kept its owner from going: it is removed by itself if it is broken."""


@dataclass(frozen=True, slots=True)
class HeldAgain:
    """Its owner is tried once more."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The run is interrupted."""


Event = (
    Released
    | Blocked
    | Stuck
    | OwnersGone
    | OwnerLeft
    | Seen
    | Unclear
    | Sending
    | PartKept
    | PartsLate
    | Postponed
    | Occupied
    | ContentsUnread
    | ContentsLate
    | Answered
    | Again
    | Freed
    | HeldAgain
    | Stopped
)


class Effect(enum.StrEnum):
    """What is to be done for an entry after an event."""

    WAIT = 'wait'
    LOOK = 'look'
    QUEUE = 'queue'
    SEND = 'send'
    WATCH = 'watch'
    END = 'end'
