"""Proves that a handler keeps the contract. Needs pytest.

A third party writes::

    class TestWidget(HandlerConformance):
        @pytest.fixture
        def handler(self): return Widget()

        @pytest.fixture
        def seed(self):
            def seed(cloud, count): ...   # bring the service in and add that many widgets, of other projects too
            return seed

What the kind does differently is overridden in sight: an attribute or a method of this class, or a test under its own
name. The tests are in :mod:`orphancleanup.testing.checks`, a module for each question.
"""

import re
from collections.abc import Mapping
from typing import ClassVar

import pytest

from orphancleanup.handler import Handler
from orphancleanup.model import Resource
from orphancleanup.testing.checks.agreement import Agreement
from orphancleanup.testing.checks.attributes import Attributes
from orphancleanup.testing.checks.independence import Independence
from orphancleanup.testing.checks.ladders import Ladders
from orphancleanup.testing.checks.listing import Listing
from orphancleanup.testing.checks.listing_failures import ListingFailures
from orphancleanup.testing.checks.looking import Looking
from orphancleanup.testing.checks.owners import Owners
from orphancleanup.testing.checks.reading import Reading
from orphancleanup.testing.checks.step_requests import StepRequests
from orphancleanup.testing.checks.steps import Steps
from orphancleanup.testing.checks.subject import FAILURES, Seed, Subject
from orphancleanup.testing.fake_cloud import FakeCloud
from orphancleanup.testing.fake_service import Request

__all__ = ['FAILURES', 'HandlerConformance', 'Seed', 'Subject']

_HARSH = re.compile(r'force|reset|abandon|purge|cascade', re.IGNORECASE)


class HandlerConformance(
    Attributes,
    Listing,
    ListingFailures,
    Looking,
    Agreement,
    Reading,
    Ladders,
    Steps,
    StepRequests,
    Independence,
    Owners,
):
    """The tests; pytest collects them in a subclass whose name begins with ``Test``."""

    #: seconds of fake time after which whatever a step began has ended
    patience: float = 3600.0
    #: whether the kind belongs to no project at all (a flavor, a role)
    is_global: bool = False
    #: fields of a record that decide whether it is of the kind (``device_owner``): others are left out rightly
    deciding_fields: frozenset[str] = frozenset()
    #: the name of a step to the paths of collections in which it changes what refers to its resource
    may_touch: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    @pytest.fixture
    def handler(self) -> Handler:
        """Return the handler. To be overridden."""
        raise NotImplementedError('override the fixture "handler"')

    @pytest.fixture
    def seed(self) -> Seed:
        """Return what brings the services in and adds resources of the kind, at least as many as told. Overridden."""
        raise NotImplementedError('override the fixture "seed"')

    @pytest.fixture
    def subject(self, handler: Handler, seed: Seed) -> Subject:
        """Return what the tests are about."""
        return Subject(handler, seed, self)

    def choose(self, handler: Handler, cloud: FakeCloud) -> Resource:
        """Choose the resource that is looked at and removed, in a cloud that ``seed`` has filled.

        By default the first by its name of those that no service keeps for itself; it must be one that nothing holds.
        """
        return min(handler.discover(cloud), key=lambda each: (each.is_system, each.name, each.ref))

    def vanish(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let a resource be gone: by default, take it out of whatever collection has its id."""
        for collection in cloud.collections():
            collection.remove(resource.id)

    def burden(self, cloud: FakeCloud, resource: Resource) -> None:
        """Let something depend on a resource, so that its service refuses to remove it; by default nothing can."""

    def is_plain(self, request: Request, resource: Resource) -> bool:
        """Return whether a change is one that every user of the resource's own project may ask for.

        By default only a DELETE without anything that says force; a step that sends anything else needs a higher level.
        """
        _, _, after = request.path.partition(resource.id)
        return request.method == 'DELETE' and not _HARSH.search(f'{after} {dict(request.query)}')
