"""What became of the entries of a plan."""

import datetime
import enum
from dataclasses import dataclass
from typing import NamedTuple

from orphancleanup.model import Evidence, Level, Ref, Resource


class Result(enum.StrEnum):
    """How an entry of a plan ended."""

    REMOVED = 'removed'
    ALREADY_GONE = 'already-gone'
    LEFT = 'not-removed'
    CHANGED = 'skipped-because-it-changed'
    BLOCKED = 'blocked'
    UNTRIED = 'not-attempted'

    @property
    def is_done(self) -> bool:
        """Whether nothing is left of the resource."""
        return self in (Result.REMOVED, Result.ALREADY_GONE)


@dataclass(frozen=True, slots=True)
class NextStep:
    """The step that would have been tried next, had its level been allowed.

    :param setting: what the configuration file must tell for it and does not (``[mysql-fallback] heat_connection``).
    """

    name: str
    level: Level
    setting: str = ''

    @property
    def option(self) -> str:
        """The option of ``cleanup`` that allows it (``--force``); empty when it is allowed."""
        return '' if self.level is Level.API else f'--{self.level}'


class Exchange(NamedTuple):
    """A request that a step made, and what came back.

    :param service: the service type.
    :param path: below the endpoint of the service.
    :param status: the HTTP status; None when no usable answer came.
    :param text: what the service said when it refused, or why there is no answer; else empty.
    :param request_id: the service's own, by which its log is searched; empty when it gave none.
    """

    method: str
    service: str
    path: str
    status: int | None = None
    text: str = ''
    request_id: str = ''


class Attempt(NamedTuple):
    """A step that was tried.

    :param reply: what the answer came to (``accepted``, ``refused``, ``forbidden``, ``unavailable``, ``gone``,
        ``unknown``).
    :param at: when it was begun; aware, UTC.
    :param text: what was said against it; empty when it was accepted.
    :param exchanges: the requests that it made, in order.
    """

    step: str
    level: Level
    reply: str
    at: datetime.datetime | None = None
    text: str = ''
    request_id: str = ''
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocker:
    """Something that stands in the way of a resource.

    :param project: how its project is named to people; empty when only its id is known.
    :param standing: what is known of it, in words (``it was not removed``, ``it is not in the plan``).
    """

    ref: Ref
    name: str = ''
    project_id: str = ''
    status: str = ''
    standing: str = ''
    project: str = ''


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry.

    :param text: one sentence: why it is not gone, or what took it along.
    :param steps: the names of the steps that were tried, in order.
    :param evidence: what explains the failure; empty when there is none.
    :param seen: the resource as the run last saw it.
    :param attempts: the steps with what was answered, in order.
    :param blockers: what stands in its way, as far as it is known.
    """

    ref: Ref
    name: str
    project_id: str
    result: Result
    text: str = ''
    steps: tuple[str, ...] = ()
    next_step: NextStep | None = None
    evidence: tuple[Evidence, ...] = ()
    seen: Resource | None = None
    attempts: tuple[Attempt, ...] = ()
    blockers: tuple[Blocker, ...] = ()
