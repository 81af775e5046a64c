"""The databases of the tests here: in the lab's MariaDB, one for each schema, emptied for each test."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from lab.layout import Lab
from orphancleanup.testing.rows import Rows
from tests.functional import scratch
from tests.rows import schema


@pytest.fixture(scope='session')
def made(the_lab: Lab) -> Iterator[Callable[[str], Rows]]:
    """Return what makes a database with a schema, once: to make tables takes seconds."""
    found: dict[str, Rows] = {}
    with contextlib.ExitStack() as stack:

        def get(name: str) -> Rows:
            if name not in found:
                found[name] = stack.enter_context(scratch.database(the_lab, schema(name)))
            return found[name]

        yield get


@pytest.fixture
def make_rows(made: Callable[[str], Rows]) -> Callable[[str], Rows]:
    """Return what gives an empty database with a schema."""

    def make(name: str) -> Rows:
        rows = made(name)
        rows.clear()
        return Rows(rows.url)

    return make
