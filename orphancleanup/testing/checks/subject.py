"""What is checked: a handler, what fills a cloud with its kind, and what its suite says is different about it."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Protocol, TypeVar

from orphancleanup.api import Cloud
from orphancleanup.errors import ApiError, CloudError, OrphancleanupError, Unreachable
from orphancleanup.handler import Handler, ShowsById
from orphancleanup.ladder import Step
from orphancleanup.model import Ref, Resource
from orphancleanup.strangers import attempted
from orphancleanup.testing.checks.fake_records import name_alike, set_status
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.fake_cloud import FakeCloud
from orphancleanup.testing.fake_service import Request

Seed = Callable[[FakeCloud, int], None]
Ask = Callable[[Cloud], Resource | None]
Value = TypeVar('Value')

#: what a service or what is before it may answer instead of telling
FAILURES = (
    ApiError.of(400, 'bad'),
    ApiError.of(401, 'who are you'),
    ApiError.of(403, 'no'),
    ApiError.of(409, 'busy'),
    ApiError.of(429, 'slowly'),
    ApiError.of(500, 'broken'),
    ApiError.of(503, 'away'),
    Unreachable('gone silent'),
)
NOT_FOUND = ApiError.of(404, 'no such thing')
#: a status that no service has
UNKNOWN_WORD = 'kit-unknown'


class Suite(Protocol):
    """What a kind may do differently, overridden in sight; see ``HandlerConformance`` for each."""

    patience: float
    is_global: bool
    deciding_fields: frozenset[str]
    may_touch: ClassVar[Mapping[str, tuple[str, ...]]]

    def choose(self, handler: Handler, cloud: FakeCloud) -> Resource: ...

    def vanish(self, cloud: FakeCloud, resource: Resource) -> None: ...

    def burden(self, cloud: FakeCloud, resource: Resource) -> None: ...

    def is_plain(self, request: Request, resource: Resource) -> bool: ...


def _look(handler: Handler, cloud: Cloud, ref: Ref) -> Resource | None:
    return handler.look(cloud, ref)


def _show(handler: Handler, cloud: Cloud, ref: Ref) -> Resource | None:
    assert isinstance(handler, ShowsById)
    return handler.show(cloud, ref)


@dataclass(frozen=True, slots=True)
class Subject:
    """A handler with what its tests need."""

    handler: Handler
    seed: Seed
    suite: Suite

    def __post_init__(self) -> None:
        handler, seed = f'{self.handler!r:.80}', f'{self.seed!r:.80}'
        assert isinstance(self.handler, Handler), f'the fixture "handler" gives {handler}: return an instance'
        assert callable(self.seed), f'the fixture "seed" gives {seed}: return the function that fills a cloud'

    def cloud(self, count: int = 3) -> FakeCloud:
        """Return a new cloud with at least so many resources of the kind."""
        cloud = FakeCloud()
        self.seed(cloud, count)
        return cloud

    def opened(self) -> FakeCloud:
        """Return a new cloud that lets changes through."""
        cloud = self.cloud()
        cloud.allow_changes()
        return cloud

    def victim(self, cloud: FakeCloud) -> Resource:
        """Return the resource that is looked at and removed."""
        return self.suite.choose(self.handler, cloud)

    def discover(self, cloud: Cloud) -> list[Resource]:
        """Return all of the kind."""
        return list(self.handler.discover(cloud))

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """Return one as it is now."""
        return _look(self.handler, cloud, ref)

    def asks(self, ref: Ref) -> Mapping[str, Ask]:
        """Return the ways to ask a cloud for one resource that the kind has, by name."""
        ways: dict[str, Ask] = {'look': lambda cloud: _look(self.handler, cloud, ref)}
        if isinstance(self.handler, ShowsById):
            ways['show'] = lambda cloud: _show(self.handler, cloud, ref)
        return ways

    def readings(self, ref: Ref) -> Mapping[str, Ask]:
        """Return all ways to read one resource from a cloud, its listing first, by name."""

        def discover(cloud: Cloud) -> Resource | None:
            return next((each for each in self.discover(cloud) if each.ref == ref), None)

        return {'discover': discover, **self.asks(ref)}

    def ladder(self, resource: Resource) -> tuple[Step, ...]:
        """Return the steps for a resource."""
        return tuple(self.handler.ladder(resource))

    def steps(self) -> Iterator[tuple[FakeCloud, Resource, Step]]:
        """Yield every step of every ladder, each with a cloud of its own in which it is the next one to take.

        The ladders are those for the status that the victim has, and for each that the kind has a word for. Steps that
        only prepare one were taken; what could not be prepared is left out. All other resources have the same name as
        the victim, or one that begins with it.
        """
        states = self.handler.states
        words = sorted(states.creation_failed | states.deletion_failed | states.leaving)
        for word in (None, *words, UNKNOWN_WORD):
            for position in range(len(self.ladder(self._conditioned(word)[1]))):
                cloud, victim = self._conditioned(word)
                ladder = self.ladder(victim)
                prepared = self._prepared(cloud, victim, ladder[:position])
                if prepared is not None:
                    name_alike(cloud, victim)
                    yield cloud, prepared, ladder[position]

    def _conditioned(self, word: str | None) -> tuple[FakeCloud, Resource]:
        cloud = self.opened()
        victim = self.victim(cloud)
        if word is None:
            return cloud, victim
        set_status(cloud, victim, word)
        return cloud, self.look(cloud, victim.ref) or victim

    def _prepared(self, cloud: FakeCloud, resource: Resource, before: tuple[Step, ...]) -> Resource | None:
        preparing = itertools.takewhile(lambda step: not step.removes, reversed(before))
        for step in reversed(list(preparing)):
            try:
                step.run(ObservedCloud(cloud), resource)
            except OrphancleanupError:
                return None
            resource = self.look(cloud, resource.ref) or resource
        return resource


def number_of_requests(read: Callable[[Cloud], object], cloud: FakeCloud) -> int:
    """Return how many requests a reading takes."""
    observed = ObservedCloud(cloud)
    read(observed)
    return len(observed.requests)


def told(what: str, read: Callable[[Cloud], Value], cloud: Cloud) -> Value | CloudError:
    """Return what a handler tells about a cloud, or the error by which it says that it cannot.

    :raises AssertionError: when it fails in any other way.
    """
    found = attempted(lambda: read(cloud))
    assert isinstance(found, CloudError) or not isinstance(found, Exception), (
        f'{what} raised {found!r}: let the errors of the cloud pass, and raise IncompleteListing for an answer that '
        f'tells nothing'
    )
    return found
