"""What the database steps of a run work with."""

from collections.abc import Mapping
from dataclasses import dataclass

from orphancleanup.clock import Clock
from orphancleanup.clouds.projects import find_project
from orphancleanup.installed.registry import Registry
from orphancleanup.model import Ref, Resource
from orphancleanup.rescue.databases import Databases
from orphancleanup.settings import Settings
from orphancleanup.site import OpenCloud, Site
from orphancleanup.storing.journal import Journal


@dataclass(frozen=True, slots=True)
class Tools:
    """What the database steps of a run work with.

    :param planned: every resource that the plan names, as it saw it.
    """

    site: Site
    journal: Journal
    databases: Databases
    planned: Mapping[Ref, Resource]

    @property
    def cloud(self) -> OpenCloud:
        return self.site.cloud

    @property
    def registry(self) -> Registry:
        return self.site.registry

    @property
    def clock(self) -> Clock:
        return self.site.clock

    @property
    def settings(self) -> Settings:
        return self.site.settings

    @property
    def project_id(self) -> str:
        """The project that the run works from."""
        return self.cloud.project_id

    def is_gone(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_gone`."""
        return self.cloud.is_gone(ref)

    def is_project_gone(self, project_id: str) -> bool:
        """Return whether Keystone positively has no such project."""
        return find_project(self.cloud, project_id) is None
