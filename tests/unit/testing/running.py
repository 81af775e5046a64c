"""Runs the suite without pytest, and tells which of its tests failed."""

from collections.abc import Iterator

from orphancleanup.handler import Handler
from orphancleanup.testing.checks.observed_cloud import AsksWithoutEnd
from orphancleanup.testing.conformance import HandlerConformance, Seed, Subject


def tests() -> Iterator[str]:
    """Yield the names of all tests of the suite."""
    return (name for name in dir(HandlerConformance) if name.startswith('test_'))


def verdict(name: str, handler: Handler, seed: Seed, suite: HandlerConformance) -> str:
    """Run one test; return why it failed, empty when it passed."""
    try:
        getattr(suite, name)(Subject(handler, seed, suite))
    except (Exception, AsksWithoutEnd) as error:
        return f'{type(error).__name__}: {error}'
    return ''


def failed(handler: Handler, seed: Seed, suite: HandlerConformance) -> dict[str, str]:
    """Run all tests; return the names of those that failed with the reason."""
    verdicts = {name: verdict(name, handler, seed, suite) for name in tests()}
    return {name: why for name, why in verdicts.items() if why}
