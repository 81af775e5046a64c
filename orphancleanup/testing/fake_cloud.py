"""A cloud in memory: stateful services, recorded requests, injected failures."""

import contextlib
import datetime
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from orphancleanup.api import AppliedPlan, Item, Kept, Options, Told
from orphancleanup.clouds import shared_answers, timeliness
from orphancleanup.clouds.shared_answers import SharedAnswers
from orphancleanup.errors import (
    Forbidden,
    NotFound,
    ReadOnlyViolation,
    ServiceAbsent,
    ServiceHidden,
    Unreachable,
)
from orphancleanup.model import CloudIdentity, Project, Ref
from orphancleanup.testing import fake_identity
from orphancleanup.testing.clock import FakeClock
from orphancleanup.testing.fake_project import FakeProject
from orphancleanup.testing.fake_service import FakeService, Request
from orphancleanup.testing.fake_services import FakeServices

__all__ = ['ADMIN_PROJECT', 'ADMIN_USER', 'FakeCloud', 'Request']

ADMIN_PROJECT = 'project-admin'
ADMIN_USER = 'user-admin'


class FakeCloud(FakeServices):
    """A cloud as a run sees it; satisfies :class:`orphancleanup.api.Cloud` and what a run needs besides.

    It starts read-only, knows its administrator's project only, and has no service but Keystone until
    :meth:`collection` or :meth:`route` brings one.
    """

    def __init__(self, clock: FakeClock | None = None, projects: Iterable[Project] = ()) -> None:
        super().__init__(clock or FakeClock())
        self.project_id = ADMIN_PROJECT
        self.user_id = ADMIN_USER
        self.own_ids = frozenset({ADMIN_PROJECT, ADMIN_USER})
        self.identity = CloudIdentity(
            'http://fake/identity', 'RegionOne', ADMIN_USER, ADMIN_PROJECT, 'fake-cloud'
        )
        #: project id to project; what is not in it does not exist
        self.projects: dict[str, Project] = {ADMIN_PROJECT: Project(ADMIN_PROJECT, 'admin', 'default')}
        self.projects |= {project.id: project for project in projects}
        #: every request that was not refused by the read-only gate, the oldest first
        self.requests: list[Request] = []
        #: seconds of fake time that each request takes
        self.latency = 0.0
        self.read_only = True
        #: service type to the number of requests that may be under way, where not 8
        self.rooms: dict[str, int] = {}
        #: a service type and the one it uses to the other regions that use the same, see :meth:`sharing_regions`
        self.sharing: dict[tuple[str, str], frozenset[str]] = {}
        #: how far its clock is ahead of ours, see :meth:`clock_ahead`
        self.ahead: datetime.timedelta | None = None
        #: ids of projects that Keystone's list leaves out although they exist
        self.unlisted: set[str] = set()
        #: ids of projects in which the caller has no role, and needs one to enter them
        self.shut: set[str] = set()
        #: service types that our catalogue does not show although the cloud has them
        self.hidden: set[str] = set()
        #: what :meth:`is_gone` tells of resources of other kinds; of what is not in it, that it cannot be told
        self.told_gone: dict[Ref, bool] = {}
        #: what a plan names that is being applied, where no run says it, see :meth:`is_planned`
        self.planned: frozenset[Ref] = frozenset()
        #: what steps have set aside where no run takes it, by name
        self.aside: dict[str, Any] = {}
        #: what the configuration file says for plugins, see :meth:`options`
        self.groups: dict[str, Options] = {}
        #: what plugins have opened, by name, see :meth:`kept`
        self.opened: dict[str, Any] = {}
        self.roles = fake_identity.Roles()
        self._shared = SharedAnswers()
        self._grant: Callable[[str], None] | None = None
        self._ask: Callable[[Ref], bool] | None = None
        self._applied: AppliedPlan | None = None
        self._knows_regions = False
        self._lock = threading.RLock()
        fake_identity.install(self)

    def hide_service(self, service: str) -> None:
        """Take a service out of our catalogue only: what is in it lives on."""
        self.hidden.add(service)

    def service_types(self) -> tuple[str, ...]:
        """Return the types of all services, the hidden ones included."""
        return tuple(sorted(self._served() | self.hidden))

    def service(self, service_type: str, microversion: str | None = None) -> FakeService:
        """See :meth:`orphancleanup.api.Cloud.service`; every microversion is served."""
        return self.service_in(service_type, self.project_id)

    def project(self, project_id: str) -> FakeProject:
        """See :meth:`orphancleanup.api.Cloud.project`; a role is needed where :attr:`shut` says so.

        :raises NotFound: when there is no such project.
        :raises Forbidden: when a role is needed, and none is granted.
        """
        if project_id not in self.projects:
            raise NotFound(404, f'Could not find project: {project_id}.', 'req-fake')
        if project_id in self.shut and self._grant is None:
            raise Forbidden(
                403, f'The project {project_id} cannot be entered, because we have no role there.'
            )
        if project_id in self.shut and self._grant is not None:
            self._grant(project_id)
        return FakeProject(self, project_id)

    def ask_each(self, items: Iterable[Item], ask: Callable[[Item], Told]) -> list[Told]:
        """See :meth:`orphancleanup.api.Cloud.ask_each`; one after the other, so that a test is the same each time."""
        return list(map(ask, items))

    def in_each(self, project_ids: Iterable[str], ask: Callable[[FakeProject], Told]) -> list[Told]:
        """See :meth:`orphancleanup.api.Cloud.in_each`; one after the other, too."""
        return [ask(self.project(each)) for each in project_ids]

    def grant_with(self, grant: Callable[[str], None]) -> None:
        """Have ``grant`` called with a project's id before it is entered, where :attr:`shut` says that it is needed."""
        self._grant = grant

    def ask_with(self, ask: Callable[[Ref], bool]) -> None:
        """Have ``ask`` answer what :meth:`is_gone` is asked, instead of :attr:`told_gone`."""
        self._ask = ask

    def is_gone(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_gone`.

        :raises Unreachable: when neither :attr:`told_gone` nor a run tells.
        """
        if self._ask is not None:
            return self._ask(ref)
        if ref not in self.told_gone:
            raise Unreachable(f'Whether {ref} is gone cannot be told: the test has not said it.')
        return self.told_gone[ref]

    def apply_with(self, applied: AppliedPlan) -> None:
        """Have a plan that is applied answer what steps ask about it, instead of :attr:`planned`."""
        self._applied = applied

    def is_planned(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_planned`."""
        return self._applied.is_planned(ref) if self._applied else ref in self.planned

    def set_aside(self, name: str, document: Any) -> str:
        """See :meth:`orphancleanup.api.Cloud.set_aside`; without a run, :attr:`aside` has it."""
        if self._applied:
            return self._applied.set_aside(name, document)
        self.aside[name] = document
        return name

    def allow_changes(self) -> None:
        """Open the read-only gate."""
        self.read_only = False

    def forbid_changes(self) -> None:
        """Close the read-only gate again, and grant nothing any more."""
        self.read_only, self._grant, self._applied = True, None, None

    def room(self, service_type: str) -> int:
        """Return how many requests to a service may be under way."""
        return self.rooms.get(service_type, 8)

    def share_answers(self) -> contextlib.AbstractContextManager[None]:
        """See :meth:`orphancleanup.site.OpenCloud.share_answers`."""
        return self._shared.on()

    def once(self, what: str, ask: Callable[[], None]) -> None:
        """See :meth:`orphancleanup.api.Cloud.once`; here it is asked each time, so that a test sees each answer."""
        ask()

    def sharing_regions(self, service_type: str, through: str) -> frozenset[str]:
        """See :meth:`orphancleanup.api.Cloud.sharing_regions`; by default there is one region only.

        :raises CloudError: when an injected failure meets Keystone's lists.
        """
        if not self._knows_regions:
            # As the real cloud: once, unless it fails.
            self.answer(Request('GET', 'identity', '/endpoints', {}, project_id=self.project_id))
            self._knows_regions = True
        return self.sharing.get((service_type, through), frozenset())

    def request_counts(self) -> Mapping[str, int]:
        """Return ``"<service type> <METHOD>"`` to the number of requests so far."""
        return Counter(f'{request.service} {request.method}' for request in self.requests)

    def clock_ahead(self) -> datetime.timedelta | None:
        """Return how far the clock of the cloud is ahead of ours."""
        return self.ahead

    def sent(self, method: str, service: str = '') -> list[str]:
        """Return the paths of the requests with a method, the oldest first."""
        return [r.path for r in self.requests if r.method == method and service in ('', r.service)]

    def options(self, beginning: str) -> Mapping[str, Options]:
        """See :meth:`orphancleanup.api.Cloud.options`; what :attr:`groups` says."""
        return {name: options for name, options in self.groups.items() if name.startswith(beginning)}

    def kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        """See :meth:`orphancleanup.api.Cloud.kept`; what a test put into :attr:`opened` is not opened."""
        with self._lock:
            if name not in self.opened:
                self.opened[name] = make()
            kept: Kept = self.opened[name]
            return kept

    def require_change(self, what: str) -> None:
        """See :meth:`orphancleanup.api.Cloud.require_change`."""
        if self.read_only:
            raise ReadOnlyViolation(f'{what} was tried while only reading.')
        timeliness.check(self.clock)

    def close(self) -> None:
        """Close what plugins have opened."""
        while self.opened:
            self.opened.popitem()[1].close()

    def answer(self, request: Request) -> Any:
        """Answer a request as the services would; for :class:`FakeService`.

        :raises ReadOnlyViolation: when it changes something and the gate is closed.
        :raises TooLate: when it changes something and the moment for that has passed.
        """
        is_change = not request.is_reading
        if self.read_only and is_change:
            raise ReadOnlyViolation(
                f'{request.method} {request.service} {request.path} was tried while only reading.'
            )
        if is_change:
            timeliness.check(self.clock)
        if self.latency:
            self.clock.sleep(self.latency)
        with self._lock:
            self.requests.append(request)
            return self._answered(request)

    def service_in(self, service_type: str, project_id: str) -> FakeService:
        """Return a service as it is seen from within a project."""
        if service_type in self.hidden:
            raise ServiceHidden(
                f'The cloud has a {service_type} service, but our catalogue shows none. Nothing is known about what '
                f'is in it; have it shown to our project.'
            )
        if not self.has_service(service_type):
            raise ServiceAbsent(
                f'The cloud has no {service_type} service: neither our catalogue nor Keystone knows one.'
            )
        is_shared = service_type == shared_answers.SERVICE and project_id == self.project_id
        return FakeService(self._answer_shared if is_shared else self.answer, service_type, project_id)

    def _answer_shared(self, request: Request) -> Any:
        if request.method != 'GET':
            return self.answer(request)
        return self._shared.get(request.path, request.query, lambda: self.answer(request))
