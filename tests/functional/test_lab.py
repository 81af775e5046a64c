"""The running lab: it is healthy, and its scenarios can be run again."""

import json
import subprocess
import sys
from typing import Any

import pytest

from lab import health
from lab.layout import Lab
from tests.functional.marks import FUNCTIONAL
from tests.functional.sandbox import Sandbox

pytestmark = FUNCTIONAL


def seed(lab: Lab, *arguments: str) -> dict[str, Any]:
    """Run a scenario and return its document."""
    command = [sys.executable, '-m', 'lab', '--dir', str(lab.root), 'seed', *arguments]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def test_every_service_is_up(the_lab: Lab) -> None:
    assert [row.service for row in health.rows(the_lab) if not row.is_up] == []


@pytest.mark.parametrize(
    'arguments',
    [('stuck',), ('many', '--kind', 'neutron-network', '--count', '3')],
    ids=lambda words: words[0],
)
def test_a_second_run_makes_nothing_twice(the_lab: Lab, sandbox: Sandbox, arguments: tuple[str, ...]) -> None:
    name = sandbox.project('seeded').name
    first, second = (seed(the_lab, *arguments, '--project', name) for _ in range(2))
    assert first['projects'] == second['projects']
    assert ids(first) == ids(second) != []


def ids(document: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what a scenario made."""
    return sorted((each['kind'], each['id']) for each in document['resources'])
