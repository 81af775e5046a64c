"""For the tests of handlers: a fake cloud, a fake clock, and a suite that proves the contract.

The suite is :class:`orphancleanup.testing.conformance.HandlerConformance`; it needs pytest, the rest does not.
"""

from orphancleanup.testing.clock import FakeClock
from orphancleanup.testing.collection import Collection, CollectionOptions, Deletion
from orphancleanup.testing.fake_cloud import FakeCloud
from orphancleanup.testing.fake_service import FakeService, Request

__all__ = ['Collection', 'CollectionOptions', 'Deletion', 'FakeClock', 'FakeCloud', 'FakeService', 'Request']
