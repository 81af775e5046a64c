"""Where a run works: the cloud, the handlers, the clock, the settings, and who watches."""

import datetime
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from orphancleanup.api import AppliedPlan, Cloud
from orphancleanup.clock import Clock
from orphancleanup.installed.registry import Registry
from orphancleanup.model import CloudIdentity, Ref
from orphancleanup.progress import Progress
from orphancleanup.settings import Settings


class OpenCloud(Cloud, Protocol):
    """A cloud as a run needs it: a handler's view, and who we are in it."""

    @property
    def identity(self) -> CloudIdentity:
        """What binds files to this cloud."""

    @property
    def own_ids(self) -> frozenset[str]:
        """The caller's user, project and credential ids."""

    def grant_with(self, grant: Callable[[str], None]) -> None:
        """Have ``grant`` called with a project's id before that project is entered."""

    def ask_with(self, ask: Callable[[Ref], bool]) -> None:
        """Have ``ask`` answer what :meth:`orphancleanup.api.Cloud.is_gone` is asked."""

    def apply_with(self, applied: AppliedPlan) -> None:
        """Have a plan that is applied answer what steps ask about it, until changes are forbidden."""

    def allow_changes(self) -> None:
        """Open the read-only gate; only called when a plan is applied."""

    def forbid_changes(self) -> None:
        """Close the read-only gate again, and grant nothing any more; called when a plan has been applied."""

    def room(self, service_type: str) -> int:
        """Return how many requests to a service may be under way just now; it changes with how the service fares."""

    def share_answers(self) -> AbstractContextManager[None]:
        """Have Keystone asked once for what several kinds ask alike, until the end of the context.

        Only while nothing is changed: what a step rests on is asked for by itself.
        """

    def request_counts(self) -> Mapping[str, int]:
        """Return ``"<service type> <METHOD>"`` to the number of requests so far."""

    def clock_ahead(self) -> datetime.timedelta | None:
        """Return how far the clock of Keystone is ahead of ours; None when it has not told the time."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a run works.

    :param registry: the handlers; those that add steps to the ladders of others do so only where they have anything to
        do with the cloud, see :class:`orphancleanup.handler.AddsSteps`.
    :raises orphancleanup.errors.PluginError: when one of these cannot tell.
    """

    cloud: OpenCloud
    registry: Registry
    clock: Clock
    settings: Settings
    progress: Progress

    def cloud_time(self) -> datetime.datetime:
        """Return the time by Keystone's clock: the times that services tell are compared with it.

        :returns: aware, UTC; by our own clock while Keystone has not told the time.
        """
        return self.clock.now() + (self.cloud.clock_ahead() or datetime.timedelta())

    def cautious_time(self) -> datetime.datetime:
        """Return the time by that clock of the two by which everything is younger: by it ages are told."""
        return min(self.clock.now(), self.cloud_time())

    def __post_init__(self) -> None:
        # Here, so that a script that calls ``runs`` gets the ladders that the commands get.
        object.__setattr__(self, 'registry', self.registry.fitting(self.cloud))
