"""What the parts of the journey end with, as values."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from orphancleanup.judging.attribution import Match
from orphancleanup.judging.baseline import Baseline
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.relations import Related
from orphancleanup.judging.verdict import Verdict
from orphancleanup.model import Evidence, Inventory, Project, Ref, Resource, Unread
from orphancleanup.outcome import NextStep, Outcome


@dataclass(frozen=True, slots=True)
class Review:
    """What a dry run ends with.

    :param breaches: a sentence for each limit that the plan breaks; with one of them it must not be applied.
    :param vanished: what the saved state has and the cloud positively has no more.
    :param changed: what the saved state has and is set otherwise now.
    """

    inventory: Inventory
    verdicts: tuple[Verdict, ...]
    plan: Plan
    breaches: tuple[str, ...] = ()
    vanished: tuple[Ref, ...] = ()
    changed: tuple[Ref, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply ends with.

    :param digest: of the plan; see :func:`orphancleanup.storing.plan_file.digest`.
    :param interrupted: whether Ctrl-C ended it.
    :param requests: ``"<service type> <METHOD>"`` to the number of requests of the whole run.
    :param warnings: a sentence for each role in a project that could not be taken back, and for each kind of which it
        could not be read whether any has stayed behind.
    :param left_behind: what something else is to remove when what it belongs to has gone, and had not at the end.
    """

    run_id: str
    plan: Plan
    outcomes: tuple[Outcome, ...]
    started: datetime.datetime
    ended: datetime.datetime
    interrupted: bool = False
    requests: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    left_behind: tuple[Resource, ...] = ()
    digest: str = ''


@dataclass(frozen=True, slots=True)
class Saved:
    """What taking a baseline ends with.

    :param unread: what could not be read; the baseline says nothing about it.
    :param absent: kind to the sentence that says why it was not looked for; nothing about these either.
    """

    baseline: Baseline
    unread: tuple[Unread, ...]
    absent: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """How the cloud differs from a baseline in one resource.

    :param change: ``appeared``, ``vanished``, ``changed`` (it is set otherwise), or ``not-covered`` (the baseline says
        nothing about its kind).
    :param details: a sentence for each value that is another one, when it is ``changed``.
    """

    ref: Ref
    change: str
    name: str
    project_id: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A baseline compared with the cloud.

    :param unread: what could not be read now: whether something changed in it is not known.
    :param absent: kinds that the baseline has and that were not looked for now, with the sentence that says why.
    :param projects: project id to project: those that exist now.
    :param known_projects: whether all that exist are among them.
    """

    differences: tuple[Difference, ...]
    unread: tuple[Unread, ...] = ()
    absent: Mapping[str, str] = field(default_factory=dict)
    projects: Mapping[str, Project] = field(default_factory=dict)
    known_projects: bool = True

    @property
    def is_same(self) -> bool:
        """Whether the cloud is positively as it was."""
        return not (self.differences or self.unread or self.absent)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known about one resource.

    :param resource: None when the cloud positively says that it is gone.
    :param project: one line about its project (living, disabled, missing, nobody's).
    :param holders: resources that keep it from going, and owners that would take it along.
    :param relations: everything that it is to others, and that others are to it.
    :param projects: of each holder, one line about its project.
    :param test: the test that left it; None when no results of tests were given, or none of them can be told to have.
    :param absent: the sentence that says why nothing of its kind can be there; empty when its service was asked.
    """

    resource: Resource | None
    verdict: Verdict | None
    project: str
    holders: tuple[Resource, ...]
    steps: tuple[NextStep, ...]
    evidence: tuple[Evidence, ...]
    relations: tuple[Related, ...] = ()
    projects: Mapping[Ref, str] = field(default_factory=dict)
    test: Match | None = None
    absent: str = ''
