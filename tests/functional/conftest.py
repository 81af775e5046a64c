"""What functional tests share: a sandbox in the lab, and the command as a user runs it."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from lab.layout import Lab
from tests.functional.command import Command
from tests.functional.fault_cases import PROCESSES
from tests.functional.sandbox import Sandbox, find_lab


@pytest.fixture(scope='session')
def the_lab() -> Lab:
    """Return the running lab."""
    return find_lab()


@pytest.fixture
def sandbox(the_lab: Lab) -> Iterator[Sandbox]:
    """Return what makes projects; all of them are taken away afterwards."""
    sandbox = Sandbox.open(the_lab)
    try:
        yield sandbox
        sandbox.clear()
    finally:
        sandbox.clear()
        sandbox.close()


@pytest.fixture
def command(the_lab: Lab, tmp_path: Path) -> Command:
    """Return the command, with a home of its own."""
    return Command(the_lab, tmp_path)


@pytest.fixture
def pool() -> Iterator[ProcessPoolExecutor]:
    """Return processes of their own: each has its proxy in its environment."""
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context('spawn')) as pool:
        yield pool
