"""The databases of the tests here: SQLite in a file."""

import functools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orphancleanup.testing.rows import Rows
from tests.rows import schema


@pytest.fixture(scope='session')
def empty(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what tells where a database with a schema and no rows is; each is made once, which takes a while."""
    folder = tmp_path_factory.mktemp('schemas')

    @functools.cache
    def made(name: str) -> Path:
        path = folder / name
        Rows.in_file(path, schema(name))
        return path

    return made


@pytest.fixture
def make_rows(tmp_path: Path, empty: Callable[[str], Path]) -> Callable[[str], Rows]:
    """Return what makes a database with a schema."""

    def make(name: str) -> Rows:
        path = tmp_path / f'{name}.sqlite'
        shutil.copy(empty(name), path)
        return Rows(f'sqlite:///{path}')

    return make
