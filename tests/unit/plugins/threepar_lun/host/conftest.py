"""What tests of a compute host share."""

from pathlib import Path

import pytest

from tests.unit.plugins.threepar_lun.host.fake_host import FakeHost


@pytest.fixture
def fake(tmp_path: Path) -> FakeHost:
    """Return a host with nothing on it."""
    return FakeHost(tmp_path / 'host')
