"""What unit tests share."""

from pathlib import Path

import pytest

from tests.unit.things import Storehouse


@pytest.fixture(autouse=True)
def private_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test's runs and locks in a folder of its own."""
    monkeypatch.setenv('XDG_STATE_HOME', str(tmp_path / 'state'))
    return tmp_path


@pytest.fixture
def house(tmp_path: Path) -> Storehouse:
    """Answer a fake cloud with invented kinds."""
    return Storehouse(tmp_path / 'runs')
