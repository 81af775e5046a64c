"""What unit tests share."""

from pathlib import Path

import pytest

from orphancleanup.installed import service_types
from tests.unit.storehouse import SERVICE, Storehouse


@pytest.fixture(autouse=True)
def private_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test's runs and locks in a folder of its own."""
    monkeypatch.setenv('XDG_STATE_HOME', str(tmp_path / 'state'))
    return tmp_path


@pytest.fixture(autouse=True)
def known_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the invented service be one that OpenStack knows, so that it can be absent and not mistyped."""
    monkeypatch.setattr(service_types, 'KNOWN', service_types.KNOWN | {SERVICE})


@pytest.fixture
def house(tmp_path: Path) -> Storehouse:
    """Return a fake cloud with invented kinds."""
    return Storehouse(tmp_path / 'runs')
