"""The databases of the tests here: SQLite in a file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from orphancleanup.testing.rows import Rows
from tests.rows import schema


@pytest.fixture
def make_rows(tmp_path: Path) -> Callable[[str], Rows]:
    """Return what makes a database with a schema."""
    return lambda name: Rows.in_file(tmp_path / f'{name}.sqlite', schema(name))
