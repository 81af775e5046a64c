"""Projects to fill: a project, its user, a connection as that user, and a note of what was made."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import openstack

from lab.inside import cloud
from lab.layout import REGION, Lab
from lab.progress import say

ROLES = ('member', 'heat_stack_owner')


@dataclass
class Project:
    """A project that a scenario fills, or one that is gone.

    :ivar project_id: its id.
    :ivar name: its name; the names of what is in it begin with it.
    :ivar username: its user, or None if there is none.
    :ivar connection: the SDK's connection as that user, or as admin.
    :ivar made: what is in it, as the document shows it.
    """

    project_id: str
    name: str
    username: str | None
    connection: Any
    made: list[dict[str, Any]] = field(default_factory=list)

    def note(self, kind: str, resource: Any, **extra: str) -> Any:
        """Note a resource for the document and return it.

        :param kind: its kind, as orphancleanup spells it.
        :param resource: anything with an id and a name.
        :param extra: more keys for the document.
        """
        name = getattr(resource, 'name', None)
        entry = {'kind': kind, 'id': resource.id, 'name': name, 'project_id': self.project_id}
        self.made.append({**entry, **extra})
        return resource


@dataclass(frozen=True)
class Seeder:
    """What every scenario starts from.

    :ivar lab: the running lab.
    :ivar admin: the SDK's connection as admin.
    """

    lab: Lab
    admin: Any

    @classmethod
    def connect(cls, lab: Lab) -> 'Seeder':
        """Connect to a running lab."""
        return cls(lab, cloud.admin(lab.clouds_yaml))

    def project(self, name: str) -> Project:
        """Find or make a project with a user of the same name, and connect as that user."""
        identity = self.admin.identity
        project = identity.find_project(name) or identity.create_project(name=name, domain_id='default')
        user = identity.find_user(name) or identity.create_user(
            name=name,
            password=self.lab.password,
            domain_id='default',
            default_project_id=project.id,
        )
        for role in ROLES:
            identity.assign_project_role_to_user(project, user, identity.find_role(role))
        return Project(project.id, name, name, self._connect(name))

    def _connect(self, name: str) -> Any:
        return openstack.connect(
            load_yaml_config=False, load_envvars=False, region_name=REGION,
            auth_url=self.lab.endpoint("keystone"), username=name, password=self.lab.password,
            project_name=name, user_domain_name="Default", project_domain_name="Default",
        )  # fmt: skip

    def fill_all(self, names: Iterable[str], fill: Callable[[Project], None]) -> list[Project]:
        """Fill projects in parallel.

        :param names: the projects' names.
        :param fill: fills one.
        :returns: the projects, in the order of the names.
        """
        known = list(names)

        def work(name: str) -> Project:
            project = self.project(name)
            fill(project)
            say(f'project {name}: {len(project.made)} resources')
            return project

        with ThreadPoolExecutor(max(1, len(known))) as pool:
            return list(pool.map(work, known))
