"""What the database steps of a run work with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from orphancleanup.api import Cloud
from orphancleanup.clock import Clock
from orphancleanup.installed.registry import Registry
from orphancleanup.model import Project, Ref, Resource
from orphancleanup.rescue.databases import Databases
from orphancleanup.settings import Settings
from orphancleanup.storing.journal import Journal


@dataclass(frozen=True, slots=True)
class Tools:
    """What the database steps of a run work with.

    :param planned: every resource that the plan names, as it saw it.
    :param find_project: returns a project by its id, None only when Keystone positively has none.
    """

    cloud: Cloud
    registry: Registry
    clock: Clock
    settings: Settings
    journal: Journal
    databases: Databases
    planned: Mapping[Ref, Resource]
    find_project: Callable[[Cloud, str], Project | None]

    def is_gone(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_gone`."""
        return self.cloud.is_gone(ref)

    def is_project_gone(self, project_id: str) -> bool:
        """Return whether Keystone positively has no such project."""
        return self.find_project(self.cloud, project_id) is None
