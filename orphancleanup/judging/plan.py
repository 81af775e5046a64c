"""The plan: what will go, why, and in which order, bound to one cloud."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from orphancleanup.judging.verdict import Reason
from orphancleanup.model import CloudIdentity, Project, Ref, Resource, Unread


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource that goes.

    :param resource: as it was when the plan was made; what differs when its turn comes is left alone.
    :param owners: the entries that take this one along; it has no steps of its own unless it outlives them.
    :param waits_for: entries that must be gone before this one's first step.
    """

    resource: Resource
    reasons: tuple[Reason, ...]
    owners: tuple[Ref, ...] = ()
    waits_for: tuple[Ref, ...] = ()

    @property
    def owner(self) -> Ref | None:
        """The first of its owners."""
        return self.owners[0] if self.owners else None

    @property
    def ref(self) -> Ref:
        return self.resource.ref


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Something that is selected, stays, and needs a person: a circle, a baseline that was proven short.

    :param why: one sentence.
    """

    ref: Ref
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one apply does, and nothing besides.

    :param cloud: the only cloud it may be applied to.
    :param seen: kind to the number of resources of it that were seen in the cloud, for the share limit.
    :param requests: kind to how many requests its listing took, so that the cheaper way of looking is known.
    :param has_baseline: whether a baseline kept what was there before; without one the share limit holds.
    :param unread: scopes that could not be read: nothing in them is in the plan.
    :param unresolved: what is work left although it is not in the plan.
    :param stuck: what ``--stuck`` was asked with, so that it can be judged again right before a step.
    """

    cloud: CloudIdentity
    created_at: datetime.datetime
    entries: tuple[Entry, ...]
    seen: Mapping[str, int] = field(default_factory=dict)
    projects: Mapping[str, Project] = field(default_factory=dict)
    has_baseline: bool = False
    unread: tuple[Unread, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()
    stuck: datetime.timedelta | None = None
    requests: Mapping[str, int] = field(default_factory=dict)
