"""What unit tests share."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from orphancleanup.installed import service_types
from tests.unit.storehouse import SERVICE, Storehouse

# How long an example takes tells how busy the machine is.
settings.register_profile('unit', deadline=None)
settings.load_profile('unit')


@pytest.fixture(scope='session')
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return paths that nothing is at: most tests need no folder, and making one takes longer than they do."""
    root = tmp_path_factory.mktemp('places')
    return (root / str(number) for number in itertools.count())


@pytest.fixture(scope='session', autouse=True)
def unsynced() -> Iterator[None]:
    """Let the kernel choose when files reach the disk: the machine does not crash here, and waiting takes minutes."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ('fsync', 'fdatasync'):
            patch.setattr(os, name, lambda descriptor: None)
        yield


@pytest.fixture(scope='session')
def state_home() -> Iterator[Callable[[Path], None]]:
    """Return what says where runs and locks are kept."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('XDG_STATE_HOME', '')
        yield lambda path: os.environ.update(XDG_STATE_HOME=str(path))


@pytest.fixture(autouse=True)
def private_state(places: Iterator[Path], state_home: Callable[[Path], None]) -> None:
    """Keep every test's runs and locks in a folder of its own; ten thousand tests do, so that it costs little."""
    state_home(next(places))


@pytest.fixture(scope='session', autouse=True)
def known_service() -> Iterator[None]:
    """Have the invented service be one that OpenStack knows, so that it can be absent and not mistyped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service_types, 'KNOWN', service_types.KNOWN | {SERVICE})
        yield


@pytest.fixture
def house(places: Iterator[Path]) -> Storehouse:
    """Return a fake cloud with invented kinds."""
    return Storehouse(next(places))
