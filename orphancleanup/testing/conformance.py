"""Proves that a handler keeps the contract. Needs pytest.

A third party writes::

    class TestWidget(HandlerConformance):
        @pytest.fixture
        def handler(self): return Widget()

        @pytest.fixture
        def seed(self):
            def seed(cloud, count): ...   # bring the service in and add that many widgets
            return seed

What the kind does differently is overridden in sight: a test of this class under its own name.
"""

import contextlib
import re
from collections.abc import Callable, Iterator

import pytest

from orphancleanup.errors import (
    ApiError,
    CloudError,
    IncompleteListing,
    NotFound,
    OrphancleanupError,
    Unreachable,
)
from orphancleanup.handler import Handler, HoldsParts, ShowsById
from orphancleanup.ladder import Step
from orphancleanup.model import KIND, Condition, Level, Part, Ref, Resource
from orphancleanup.states import States
from orphancleanup.testing.fake_cloud import FakeCloud
from orphancleanup.testing.fake_service import Request

Seed = Callable[[FakeCloud, int], None]
Ask = Callable[[FakeCloud, Ref], Resource | None]

#: what a service or what is before it may answer instead of telling
FAILURES = (
    ApiError.of(400, 'bad'),
    ApiError.of(401, 'who are you'),
    ApiError.of(403, 'no'),
    ApiError.of(409, 'busy'),
    ApiError.of(500, 'broken'),
    ApiError.of(503, 'away'),
    Unreachable('gone silent'),
)


class HandlerConformance:
    """The tests; pytest collects them in a subclass whose name begins with ``Test``."""

    #: seconds of fake time after which whatever a step began has ended
    patience = 3600.0

    @pytest.fixture
    def handler(self) -> Handler:
        """Return the handler. To be overridden."""
        raise NotImplementedError('override the fixture "handler"')

    @pytest.fixture
    def seed(self) -> Seed:
        """Return what brings the services in and adds resources of the kind, at least as many as told. Overridden."""
        raise NotImplementedError('override the fixture "seed"')

    @pytest.fixture
    def cloud(self, seed: Seed) -> FakeCloud:
        """Return a cloud with three resources of the kind."""
        cloud = FakeCloud()
        seed(cloud, 3)
        return cloud

    @pytest.fixture
    def victim(self, handler: Handler, cloud: FakeCloud) -> Resource:
        """Return the resource that is looked at and removed."""
        return self.choose(handler, cloud)

    def choose(self, handler: Handler, cloud: FakeCloud) -> Resource:
        """Choose the victim, the same one in every cloud that ``seed`` has filled: by default the first name."""
        return min(handler.discover(cloud), key=lambda each: (each.name, each.ref))

    def vanish(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let a resource be gone: by default, take it out of whatever collection has its id."""
        for collection in cloud.collections():
            collection.remove(resource.id)

    @pytest.fixture
    def steps(self, handler: Handler, victim: Resource) -> tuple[Step, ...]:
        """Return the victim's ladder."""
        return tuple(handler.ladder(victim))

    def test_attributes_keep_the_contract(self, handler: Handler) -> None:
        assert KIND.fullmatch(handler.kind)
        assert isinstance(handler.service, str)
        assert handler.service
        assert isinstance(handler.after, tuple)
        assert all(KIND.fullmatch(kind) for kind in handler.after)
        assert handler.kind not in handler.after
        assert isinstance(handler.levels, frozenset)
        assert all(isinstance(each, Level) for each in handler.levels)
        assert isinstance(handler.resource_types, tuple)
        assert isinstance(handler.states, States)
        assert handler.deadline > 0

    def test_discover_yields_resources_of_its_kind_once(self, handler: Handler, cloud: FakeCloud) -> None:
        found = list(handler.discover(cloud))
        assert len(found) >= 3
        assert {resource.kind for resource in found} == {handler.kind}
        assert len({resource.ref for resource in found}) == len(found)
        assert all(resource.id for resource in found)
        for resource in found:
            for moment in (resource.created_at, resource.updated_at):
                assert moment is None or moment.tzinfo is not None, 'times are aware'

    def test_discover_only_reads(self, handler: Handler, cloud: FakeCloud) -> None:
        assert cloud.read_only
        list(handler.discover(cloud))
        assert {request.method for request in cloud.requests} <= {'GET', 'HEAD'}

    def test_discover_asks_no_more_when_there_is_more(
        self, handler: Handler, cloud: FakeCloud, seed: Seed
    ) -> None:
        list(handler.discover(cloud))
        crowded = FakeCloud()
        seed(crowded, 30)
        assert len(list(handler.discover(crowded))) >= 30
        assert len(crowded.requests) <= len(cloud.requests), 'one request for each resource is too many'

    @pytest.mark.parametrize('failure', [*FAILURES, ApiError.of(404, 'no such thing')], ids=str)
    def test_a_failed_listing_is_never_taken_for_a_short_one(
        self, handler: Handler, cloud: FakeCloud, seed: Seed, failure: CloudError
    ) -> None:
        expected = len(list(handler.discover(cloud)))
        for number, request in enumerate(cloud.requests):
            broken = self._seeded(seed)
            broken.fail((request.service, 'GET', '.*'), failure, after=_same_before(cloud.requests, number))
            try:
                found = len(list(handler.discover(broken)))
            except CloudError:
                continue
            assert found == expected, 'what was read in another way must be the whole'

    def test_a_listing_that_fails_midway_raises(self, handler: Handler, seed: Seed) -> None:
        cloud = FakeCloud()
        seed(cloud, 30)
        _list_in_small_pages(cloud)
        assert len(list(handler.discover(cloud))) >= 30
        for page in [request for request in cloud.requests if 'marker' in request.query]:
            broken = FakeCloud()
            seed(broken, 30)
            _list_in_small_pages(broken)
            broken.before(
                (page.service, 'GET', f'^{re.escape(page.path)}$'), _fail_on_later_pages, times=1000
            )
            with pytest.raises(IncompleteListing):
                list(handler.discover(broken))

    def test_a_document_that_tells_nothing_is_no_resource(
        self, handler: Handler, cloud: FakeCloud, victim: Resource
    ) -> None:
        for ask in _asks(handler):
            empty = FakeCloud()
            empty.route(handler.service, 'GET', '.*', lambda *_: {})
            with pytest.raises(CloudError):
                ask(empty, victim.ref)

    def test_look_finds_what_discover_found(
        self, handler: Handler, cloud: FakeCloud, victim: Resource
    ) -> None:
        for ask in _asks(handler):
            found = ask(cloud, victim.ref)
            assert found is not None
            assert (found.ref, found.name, found.project_id, found.status, found.created_at) == (
                victim.ref,
                victim.name,
                victim.project_id,
                victim.status,
                victim.created_at,
            )
            assert found.condition is victim.condition

    def test_look_only_reads(self, handler: Handler, cloud: FakeCloud, victim: Resource) -> None:
        for ask in _asks(handler):
            ask(cloud, victim.ref)
        assert {request.method for request in cloud.requests} <= {'GET', 'HEAD'}

    def test_look_says_gone_when_it_is(self, handler: Handler, cloud: FakeCloud, victim: Resource) -> None:
        self.vanish(cloud, victim)
        for ask in _asks(handler):
            assert ask(cloud, victim.ref) is None

    @pytest.mark.parametrize('failure', FAILURES, ids=str)
    def test_an_outage_is_not_gone(
        self, handler: Handler, cloud: FakeCloud, victim: Resource, failure: CloudError
    ) -> None:
        cloud.fail((handler.service, 'GET', '.*'), failure, times=1000)
        for ask in _asks(handler):
            with pytest.raises(CloudError):
                ask(cloud, victim.ref)

    def test_a_status_means_what_the_words_of_the_kind_say(
        self, handler: Handler, cloud: FakeCloud, victim: Resource
    ) -> None:
        """For words that cannot be meant otherwise; what an error is about may take more than its word."""
        assert isinstance(victim.condition, Condition)
        for word in sorted(handler.states.deletion_failed | handler.states.leaving):
            for collection in cloud.collections():
                if 'status' in collection.items.get(victim.id, {}):
                    collection.items[victim.id]['status'] = word
            found = handler.look(cloud, victim.ref)
            if found is not None and found.status == word:
                assert found.condition is handler.states.condition(word)

    def test_a_404_on_the_way_to_the_parts_of_an_owner_is_not_its_end(
        self, handler: Handler, cloud: FakeCloud, seed: Seed, victim: Resource
    ) -> None:
        known = len(cloud.requests)
        expected = _parts(handler, cloud, victim)
        for number, request in enumerate(cloud.requests[known:]):
            broken = self._seeded(seed)
            same = self.choose(handler, broken)
            before = _same_before(cloud.requests[known:], number)
            broken.fail((request.service, 'GET', '.*'), ApiError.of(404, 'no such thing'), after=before)
            try:
                found = _parts(handler, broken, same)
            except NotFound:
                pytest.fail('a part of the answer is missing, not the owner')
            except CloudError:
                continue
            assert len(found) == len(expected), 'what could not be read is not empty'

    def test_the_ladder_begins_gently(self, handler: Handler, steps: tuple[Step, ...]) -> None:
        names = [step.name for step in steps]
        assert names, 'a resource without a step could never go'
        assert len(set(names)) == len(names)
        assert [step.level for step in steps] == sorted(step.level for step in steps)
        assert {step.level for step in steps} <= set(handler.levels)
        assert any(step.removes for step in steps)
        assert steps[-1].removes, 'what prepares must be followed by what removes'

    def test_the_ladder_asks_nobody(self, handler: Handler, cloud: FakeCloud, victim: Resource) -> None:
        before = len(cloud.requests)
        handler.ladder(victim)
        assert len(cloud.requests) == before

    def test_steps_on_what_is_gone_say_so(
        self, cloud: FakeCloud, victim: Resource, steps: tuple[Step, ...]
    ) -> None:
        self.vanish(cloud, victim)
        cloud.allow_changes()
        for step in steps:
            # Returning is allowed, too: the engine looks again after every step.
            with contextlib.suppress(NotFound):
                step.run(cloud, victim)

    def test_each_step_removes_or_says_why_not(self, handler: Handler, seed: Seed, victim: Resource) -> None:
        for position in range(len(handler.ladder(victim))):
            cloud = self._opened(seed)
            same = self.choose(handler, cloud)
            step = handler.ladder(same)[position]
            if not step.removes or not self._climb(handler, cloud, same, position):
                continue
            cloud.clock.advance(self.patience)
            assert handler.look(cloud, same.ref) is None, (
                f'{step.name} was accepted, but the resource is still there'
            )

    def _seeded(self, seed: Seed) -> FakeCloud:
        cloud = FakeCloud()
        seed(cloud, 3)
        return cloud

    def _opened(self, seed: Seed) -> FakeCloud:
        cloud = self._seeded(seed)
        cloud.allow_changes()
        return cloud

    def _climb(self, handler: Handler, cloud: FakeCloud, resource: Resource, position: int) -> bool:
        """Take the steps that prepare a step, and the step; answer whether it was accepted."""
        ladder = list(handler.ladder(resource))
        for step in _preparing(ladder, position):
            try:
                step.run(cloud, resource)
            except OrphancleanupError:
                return False
            resource = handler.look(cloud, resource.ref) or resource
        return True

    def test_steps_touch_nothing_else(self, handler: Handler, seed: Seed, victim: Resource) -> None:
        for position in range(len(handler.ladder(victim))):
            cloud = self._opened(seed)
            same = self.choose(handler, cloud)
            others = {resource.ref for resource in handler.discover(cloud)} - {same.ref}
            self._climb(handler, cloud, same, position)
            cloud.clock.advance(self.patience)
            assert others <= {resource.ref for resource in handler.discover(cloud)}

    @pytest.mark.parametrize('failure', FAILURES, ids=str)
    def test_a_refused_step_raises(
        self, cloud: FakeCloud, victim: Resource, steps: tuple[Step, ...], failure: CloudError
    ) -> None:
        cloud.allow_changes()
        for step in steps:
            before = len(cloud.requests)
            cloud.before(('*', '*', '.*'), _refuse_changes(failure), times=1000)
            with pytest.raises(OrphancleanupError):
                step.run(cloud, victim)
            assert len(cloud.requests) > before, f'{step.name} asked nobody'


def _asks(handler: Handler) -> tuple[Ask, ...]:
    """Return the ways to ask for one resource that the kind has."""
    return (handler.look, handler.show) if isinstance(handler, ShowsById) else (handler.look,)


def _parts(handler: Handler, cloud: FakeCloud, owner: Resource) -> tuple[Part, ...]:
    return tuple(handler.parts(cloud, owner)) if isinstance(handler, HoldsParts) else ()


def _same_before(requests: list[Request], number: int) -> int:
    return sum(request.service == requests[number].service for request in requests[:number])


def _list_in_small_pages(cloud: FakeCloud) -> None:
    for collection in cloud.collections():
        collection.page_size = 10


def _fail_on_later_pages(request: Request) -> None:
    if 'marker' in request.query:
        raise Unreachable('gone silent')


def _refuse_changes(failure: CloudError) -> Callable[[Request], None]:
    def refuse(request: Request) -> None:
        if request.method not in ('GET', 'HEAD'):
            raise failure

    return refuse


def _preparing(ladder: list[Step], position: int) -> Iterator[Step]:
    """Yield a step after those directly before it that only prepare it."""
    start = position
    while start and not ladder[start - 1].removes:
        start -= 1
    yield from ladder[start : position + 1]
