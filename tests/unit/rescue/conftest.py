"""What the tests of database steps share."""

from pathlib import Path

import pytest

from tests.unit.rescue.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Return a storehouse with a database."""
    return Ledger(tmp_path)
