"""The baseline: what was in a cloud at a moment, and must stay."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orphancleanup.model import CloudIdentity, Project, Ref, Resource


@dataclass(frozen=True, slots=True)
class KnownResource:
    """A resource as the baseline remembers it; ``values`` as of :class:`orphancleanup.model.Resource`."""

    name: str = ''
    project_id: str = ''
    created_at: datetime.datetime | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What was there.

    :param complete: the kinds that had been listed completely; of another kind nothing may be concluded.
    :param cloud: the cloud it was made of; None in a file of tempest, which does not tell.
    :param projects: project id to name: the projects that existed.
    :param in_new_projects: the kinds of which ``complete`` holds only in projects that came later. tempest lists
        servers, volumes and snapshots of its own project alone, so its file says nothing about projects that it knew.
    """

    resources: Mapping[Ref, KnownResource]
    complete: frozenset[str]
    projects: Mapping[str, str] = field(default_factory=dict)
    cloud: CloudIdentity | None = None
    created_at: datetime.datetime | None = None
    tool_version: str = ''
    in_new_projects: frozenset[str] = frozenset()

    def has(self, ref: Ref) -> bool:
        """Return whether the resource was there."""
        return ref in self.resources

    def is_older(self, resource: Resource, margin: datetime.timedelta) -> bool:
        """Return whether the resource was there already when the baseline was made, by its own creation time.

        :param margin: how far the clocks of services may be apart.
        :returns: False when either time is not known.
        """
        if self.created_at is None or resource.created_at is None:
            return False
        return resource.created_at < self.created_at - margin

    def covers(self, resource: Resource, living: Mapping[str, Project]) -> bool:
        """Return whether absence from the baseline means that the resource came later.

        :param living: the projects that exist now, by id.
        """
        if resource.kind not in self.complete:
            return False
        if resource.kind not in self.in_new_projects:
            return True
        return resource.project_id in living and resource.project_id not in self.projects
