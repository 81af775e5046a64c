"""A fake cloud as it is seen from within one of its projects."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from orphancleanup.api import Cloud, Item, Kept, Options, Told
from orphancleanup.model import Ref
from orphancleanup.testing.fake_service import FakeService


class Whole(Cloud, Protocol):
    """The cloud that the project is in."""

    def service_in(self, service_type: str, project_id: str) -> FakeService:
        """Return a service as it is seen from within a project."""


class FakeProject:
    """A fake cloud seen from within one of its projects."""

    def __init__(self, cloud: Whole, project_id: str) -> None:
        self._cloud = cloud
        self.project_id, self.user_id = project_id, cloud.user_id

    def service(self, service_type: str, microversion: str | None = None) -> FakeService:
        return self._cloud.service_in(service_type, self.project_id)

    def project(self, project_id: str) -> Cloud:
        return self._cloud.project(project_id)

    def ask_each(self, items: Iterable[Item], ask: Callable[[Item], Told]) -> list[Told]:
        return self._cloud.ask_each(items, ask)

    def in_each(self, project_ids: Iterable[str], ask: Callable[[Cloud], Told]) -> list[Told]:
        return self._cloud.in_each(project_ids, ask)

    def once(self, what: str, ask: Callable[[], None]) -> None:
        ask()

    def is_gone(self, ref: Ref) -> bool:
        return self._cloud.is_gone(ref)

    def is_planned(self, ref: Ref) -> bool:
        return self._cloud.is_planned(ref)

    def set_aside(self, name: str, document: Any) -> str:
        return self._cloud.set_aside(name, document)

    def sharing_regions(self, service_type: str, through: str) -> frozenset[str]:
        return self._cloud.sharing_regions(service_type, through)

    def options(self, beginning: str) -> Mapping[str, Options]:
        return self._cloud.options(beginning)

    def kept(self, name: str, make: Callable[[], Kept]) -> Kept:
        return self._cloud.kept(name, make)

    def require_change(self, what: str) -> None:
        self._cloud.require_change(what)
