"""A fake cloud seen through glass: every request is remembered, may be met, and its answer may be rewritten."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from orphancleanup.api import Cloud, Item, Kept, Options, Told
from orphancleanup.errors import CloudError, OrphancleanupError
from orphancleanup.model import Ref
from orphancleanup.strangers import attempted
from orphancleanup.testing.documents import copied
from orphancleanup.testing.fake_cloud import FakeCloud
from orphancleanup.testing.fake_service import FakeService, Request

Meet = Callable[[int, Request], None]
Rewrite = Callable[[int, Request, Any], Any]
#: more than any handler asks about a handful of resources
ENOUGH = 500


class AsksWithoutEnd(BaseException):
    """A handler goes on and on; no ``except`` of its own may stop this."""


def is_change(request: Request) -> bool:
    """Return whether a request changes something."""
    return not request.is_reading


def fail_at(number: int, failure: CloudError) -> Meet:
    """Return what lets one request fail, by its number from 0 on."""

    def meet(current: int, _: Request) -> None:
        if current == number:
            raise failure

    return meet


def fail_all(failure: CloudError, changes_only: bool = False) -> Meet:
    """Return what lets every request fail, or every change."""

    def meet(_: int, request: Request) -> None:
        if is_change(request) or not changes_only:
            raise failure

    return meet


class ObservedCloud:
    """Satisfies :class:`orphancleanup.api.Cloud`, and nothing more: what a handler may ask a cloud for.

    :param meet: called with the number of each request and the request before it is answered; may raise.
    :param rewrite: given number, request and answer, returns the answer that the handler gets.
    :param swallows: whether changes are accepted and nothing comes of them.
    """

    def __init__(
        self,
        cloud: FakeCloud,
        meet: Meet = lambda number, request: None,
        rewrite: Rewrite = lambda number, request, document: document,
        swallows: bool = False,
    ) -> None:
        self._cloud = cloud
        self._meet = meet
        self._rewrite = rewrite
        self._swallows = swallows
        #: every request that was tried, the refused ones too
        self.requests: list[Request] = []
        #: the service types and microversions that were asked for
        self.services: list[tuple[str, str | None]] = []
        #: every answer as it is by now, and as it was given
        self.documents: list[tuple[Any, Any]] = []
        #: whether the fake itself could not bear something
        self.is_fake_broken = False

    @property
    def project_id(self) -> str:
        """See :class:`orphancleanup.api.Cloud`."""
        return self._cloud.project_id

    @property
    def user_id(self) -> str:
        """See :class:`orphancleanup.api.Cloud`."""
        return self._cloud.user_id

    @property
    def changes(self) -> list[Request]:
        """The requests that would change something."""
        return [request for request in self.requests if is_change(request)]

    def service(self, service_type: str, microversion: str | None = None) -> FakeService:
        """See :meth:`orphancleanup.api.Cloud.service`."""
        self._cloud.service(service_type, microversion)
        return self.served(service_type, microversion, self._cloud.project_id)

    def served(self, service_type: str, microversion: str | None, project_id: str) -> FakeService:
        """Return a service whose requests come from within a project."""
        self.services.append((service_type, microversion))
        return FakeService(self._answer, service_type, project_id)

    def project(self, project_id: str) -> Cloud:
        """See :meth:`orphancleanup.api.Cloud.project`."""
        self._cloud.project(project_id)
        return _Within(self, project_id)

    def ask_each(self, items: Iterable[Item], ask: Callable[[Item], Told]) -> list[Told]:
        """See :meth:`orphancleanup.api.Cloud.ask_each`."""
        return self._cloud.ask_each(items, ask)

    def in_each(self, project_ids: Iterable[str], ask: Callable[[Cloud], Told]) -> list[Told]:
        """See :meth:`orphancleanup.api.Cloud.in_each`."""
        return [ask(self.project(each)) for each in project_ids]

    def sharing_regions(self, service_type: str, through: str) -> frozenset[str]:
        """See :meth:`orphancleanup.api.Cloud.sharing_regions`."""
        self._arrive(Request('GET', 'identity', '/endpoints', {}, project_id=self.project_id))
        return self._cloud.sharing_regions(service_type, through)

    def once(self, what: str, ask: Callable[[], None]) -> None:
        """See :meth:`orphancleanup.api.Cloud.once`."""
        self._cloud.once(what, ask)

    def is_gone(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_gone`."""
        return self._cloud.is_gone(ref)

    def is_planned(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_planned`."""
        return self._cloud.is_planned(ref)

    def set_aside(self, name: str, document: Any) -> str:
        """See :meth:`orphancleanup.api.Cloud.set_aside`."""
        return self._cloud.set_aside(name, document)

    def options(self, beginning: str) -> Mapping[str, Options]:
        """See :meth:`orphancleanup.api.Cloud.options`."""
        return self._cloud.options(beginning)

    def kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        """See :meth:`orphancleanup.api.Cloud.kept`."""
        return self._cloud.kept(name, make)

    def require_change(self, what: str) -> None:
        """See :meth:`orphancleanup.api.Cloud.require_change`."""
        self._cloud.require_change(what)

    def _arrive(self, request: Request) -> int:
        number = len(self.requests)
        if number >= ENOUGH:
            raise AsksWithoutEnd(f'more than {ENOUGH} requests, the last one {request.method} {request.path}')
        self.requests.append(request)
        self._meet(number, request)
        return number

    def _answer(self, request: Request) -> Any:
        number = self._arrive(request)
        if self._swallows and is_change(request):
            return None
        document = attempted(lambda: self._cloud.answer(request))
        if isinstance(document, Exception):
            self.is_fake_broken |= not isinstance(document, OrphancleanupError)
            raise document
        given = self._rewrite(number, request, document)
        self.documents.append((given, copied(given)))
        return given


class _Within:
    """An observed cloud seen from within one of its projects."""

    def __init__(self, observed: ObservedCloud, project_id: str) -> None:
        self._observed = observed
        self.project_id, self.user_id = project_id, observed.user_id

    def service(self, service_type: str, microversion: str | None = None) -> FakeService:
        self._observed.service(service_type, microversion)
        return self._observed.served(service_type, microversion, self.project_id)

    def project(self, project_id: str) -> Cloud:
        return self._observed.project(project_id)

    def ask_each(self, items: Iterable[Item], ask: Callable[[Item], Told]) -> list[Told]:
        return self._observed.ask_each(items, ask)

    def in_each(self, project_ids: Iterable[str], ask: Callable[[Cloud], Told]) -> list[Told]:
        return self._observed.in_each(project_ids, ask)

    def sharing_regions(self, service_type: str, through: str) -> frozenset[str]:
        return self._observed.sharing_regions(service_type, through)

    def once(self, what: str, ask: Callable[[], None]) -> None:
        self._observed.once(what, ask)

    def is_gone(self, ref: Ref) -> bool:
        return self._observed.is_gone(ref)

    def is_planned(self, ref: Ref) -> bool:
        return self._observed.is_planned(ref)

    def set_aside(self, name: str, document: Any) -> str:
        return self._observed.set_aside(name, document)

    def options(self, beginning: str) -> Mapping[str, Options]:
        return self._observed.options(beginning)

    def kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        return self._observed.kept(name, make)

    def require_change(self, what: str) -> None:
        self._observed.require_change(what)
