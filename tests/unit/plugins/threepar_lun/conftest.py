"""Arrays that are served, and what the configuration says of them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lab.threepar.server import EDITOR, PASSWORD, Simulator
from orphancleanup.plugins.threepar_lun.configured import Configured
from orphancleanup.plugins.threepar_lun.wsapi import Array

CPG = 'OpenStack'


@pytest.fixture
def simulator() -> Simulator:
    return Simulator()


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / 'password'
    path.write_text(f'{PASSWORD}\n')
    path.chmod(0o600)
    return path


@pytest.fixture
def serve(password_file: Path) -> Iterator[Callable[..., Configured]]:
    """Return what serves a simulator and describes it as the configuration would."""
    with ExitStack() as stack:

        def serve(simulator: Simulator, name: str = 'first', user: str = EDITOR) -> Configured:
            url = stack.enter_context(simulator.running())
            return Configured(name, url, user, frozenset({CPG}), str(password_file), timeout=5.0)

        yield serve


@pytest.fixture
def changes() -> list[str]:
    """Return the changes that were asked for."""
    return []


@pytest.fixture
def array(serve: Callable[..., Configured], simulator: Simulator, changes: list[str]) -> Array:
    return Array(serve(simulator), changes.append)
