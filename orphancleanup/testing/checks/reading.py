"""Does everything but a step only read, even where a change would be refused without a word?"""

import contextlib
import functools
from collections.abc import Callable, Iterator

from orphancleanup.errors import ReadOnlyViolation
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.checks.owners import evidence, parts
from orphancleanup.testing.checks.subject import Subject
from orphancleanup.testing.fake_cloud import FakeCloud


class Reading:
    """The tests."""

    def test_discover_only_reads(self, subject: Subject) -> None:
        for cloud in _clouds(subject):
            _watch('discover', cloud, subject.discover)

    def test_look_only_reads(self, subject: Subject) -> None:
        for cloud in _clouds(subject):
            victim = subject.victim(cloud)
            for name, ask in subject.asks(victim.ref).items():
                _watch(name, cloud, ask)

    def test_parts_and_evidence_only_read(self, subject: Subject) -> None:
        for cloud in _clouds(subject):
            victim = subject.victim(cloud)
            _watch('parts', cloud, functools.partial(parts, subject.handler, victim))
            _watch('evidence', cloud, functools.partial(evidence, subject.handler, victim))


def _clouds(subject: Subject) -> Iterator[FakeCloud]:
    """Yield a cloud that refuses changes, and one that lets them through."""
    yield subject.cloud()
    yield subject.opened()


def _watch(what: str, cloud: FakeCloud, read: Callable[[ObservedCloud], object]) -> None:
    observed = ObservedCloud(cloud)
    with contextlib.suppress(ReadOnlyViolation):
        read(observed)
    tried = [f'{request.method} {request.path}' for request in observed.changes]
    assert not tried, f'{what} tried {tried}, whether it was refused or not; only steps change something'
