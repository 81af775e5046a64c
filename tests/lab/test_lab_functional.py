"""The running lab: it is healthy, and its scenarios can be run again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lab import health, layout
from lab.layout import Lab

pytestmark = pytest.mark.functional


@pytest.fixture(scope='module')
def lab() -> Lab:
    """Answer the running lab."""
    root = os.environ.get('LAB_DIR')
    return layout.load(Path(root).absolute() if root else layout.default_root())


def seed(lab: Lab, *arguments: str) -> dict[str, Any]:
    """Run a scenario and answer its document."""
    command = [sys.executable, '-m', 'lab', '--dir', str(lab.root), 'seed', *arguments]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def test_every_service_is_up(lab: Lab) -> None:
    assert [row.service for row in health.rows(lab) if not row.is_up] == []


@pytest.mark.parametrize(
    'arguments',
    [
        ('tenants', '--project', 'lab-test'),
        ('many', '--kind', 'neutron-network', '--count', '3', '--project', 'lab-test'),
    ],
    ids=lambda arguments: arguments[0],
)
def test_second_run_makes_nothing_twice(lab: Lab, arguments: tuple[str, ...]) -> None:
    first, second = seed(lab, *arguments), seed(lab, *arguments)
    assert first['projects'] == second['projects']
    assert _ids(first) == _ids(second) != []


def _ids(document: dict[str, Any]) -> list[tuple[str, str]]:
    return sorted((each['kind'], each['id']) for each in document['resources'])
