"""The journey of a clean-up, readable at a glance: survey, judge, plan, apply, report."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from orphancleanup.api import Cloud
from orphancleanup.baseline import Baseline, Known
from orphancleanup.clock import Clock
from orphancleanup.ladder import Step
from orphancleanup.model import CloudIdentity, Evidence, Inventory, Ref, Resource, Verdict
from orphancleanup.outcome import Outcome
from orphancleanup.plan import Plan
from orphancleanup.progress import Progress
from orphancleanup.registry import Registry
from orphancleanup.run_folder import RunFolder
from orphancleanup.selection import Request
from orphancleanup.settings import Settings


class OpenCloud(Cloud, Protocol):
    """A cloud as a run needs it: a handler's view, and who we are in it."""

    @property
    def identity(self) -> CloudIdentity:
        """What binds files to this cloud."""

    @property
    def own_ids(self) -> frozenset[str]:
        """The caller's user, tenant and credential ids."""

    def allow_changes(self) -> None:
        """Open the read-only gate; only called when a plan is applied."""

    def request_counts(self) -> Mapping[str, int]:
        """Answer ``"<service type> <METHOD>"`` to the number of requests so far."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a run works."""

    cloud: OpenCloud
    registry: Registry
    clock: Clock
    settings: Settings
    progress: Progress


@dataclass(frozen=True, slots=True)
class Review:
    """What a dry run ends with.

    :param breaches: a sentence for each limit that the plan breaks; with one of them it must not be applied.
    """

    inventory: Inventory
    verdicts: tuple[Verdict, ...]
    plan: Plan
    breaches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply ends with.

    :param interrupted: whether Ctrl-C ended it.
    :param requests: ``"<service type> <METHOD>"`` to the number of requests of the whole run.
    """

    run_id: str
    plan: Plan
    outcomes: tuple[Outcome, ...]
    started: datetime.datetime
    ended: datetime.datetime
    interrupted: bool = False
    requests: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """How the cloud differs from a baseline in one resource.

    :param change: ``appeared``, ``vanished``, or ``not-covered`` (the baseline says nothing about its kind).
    """

    ref: Ref
    change: str
    name: str
    project_id: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known about one resource.

    :param resource: None when the cloud positively says that it is gone.
    :param tenant: one line about its tenant (living, disabled, missing, nobody's).
    :param holders: resources that keep it from going, and owners that would take it along.
    """

    resource: Resource | None
    verdict: Verdict | None
    tenant: str
    holders: tuple[Resource, ...]
    steps: tuple[Step, ...]
    evidence: tuple[Evidence, ...]


def save_state(site: Site) -> Baseline:
    """Read the whole cloud and answer its baseline; kinds that could not be read are not complete in it."""
    raise NotImplementedError


def review(site: Site, request: Request) -> Review:
    """Read the cloud, judge every resource and make the plan. Changes nothing."""
    raise NotImplementedError


def check_limits(site: Site, plan: Plan) -> tuple[str, ...]:
    """Answer a sentence for each limit that a plan breaks (for ``--plan FILE``)."""
    raise NotImplementedError


def apply(site: Site, plan: Plan, folder: RunFolder) -> Applied:
    """Apply a plan: exactly its entries, each looked at again, under the lock of the cloud.

    :raises errors.PlanError: when the plan belongs to another cloud.
    :raises errors.LockedError: when another run works on it.
    """
    raise NotImplementedError


def resume(site: Site, folder: RunFolder) -> Applied:
    """Go on with a run that was killed: undo its role grants, look at every entry again, and finish."""
    raise NotImplementedError


def diff(site: Site, baseline: Baseline) -> tuple[Difference, ...]:
    """Compare a baseline with the cloud as it is now."""
    raise NotImplementedError


def explain(site: Site, ref: Ref, request: Request) -> Explanation:
    """Tell everything known about one resource, as if ``request`` had been asked for."""
    raise NotImplementedError


__all__ = ['Known', 'Site', 'Review', 'Applied', 'Difference', 'Explanation']
