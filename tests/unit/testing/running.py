"""Runs the suite without pytest, and tells which of its tests failed."""

from collections.abc import Callable, Iterator

from orphancleanup.handler import Handler
from orphancleanup.testing.checks.observed_cloud import AsksWithoutEnd
from orphancleanup.testing.conformance import HandlerConformance, Seed, Subject

Make = Callable[[], Handler]


def all_names() -> Iterator[str]:
    """Yield the names of all tests of the suite."""
    return (name for name in dir(HandlerConformance) if name.startswith('test_'))


def verdict(name: str, make: Make, seed: Seed, suite: HandlerConformance) -> str:
    """Run one test with a handler made for it; return why it failed, empty when it passed."""
    try:
        getattr(suite, name)(Subject(make(), seed, suite))
    except (Exception, AsksWithoutEnd) as error:
        return f'{type(error).__name__}: {error}'
    return ''


def failed(make: Make, seed: Seed, suite: HandlerConformance) -> dict[str, str]:
    """Run all tests; return the names of those that failed with the reason."""
    verdicts = {name: verdict(name, make, seed, suite) for name in all_names()}
    return {name: why for name, why in verdicts.items() if why}
