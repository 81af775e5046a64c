"""The package's own code on a compute host with real multipath-tools, a kernel and an array: a virtual machine.

It is booted once; each scenario that ran in it is one test here. Where qemu cannot be had the tests fail.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import lab
import orphancleanup
from lab.multipath_vm import image, machine
from lab.multipath_vm.guest.scenarios import SCENARIOS
from tests.functional.marks import FUNCTIONAL

pytestmark = FUNCTIONAL
PREPARE = 'prepare'
NAMES = [PREPARE, *(scenario.__name__ for scenario in SCENARIOS)]


@pytest.fixture(scope='session')
def ended() -> machine.Ended:
    """Boot the machine, and return what it told."""
    packages = (lab, orphancleanup)
    return machine.run(image.ensure(), {each.__name__: Path(each.__file__ or '').parent for each in packages})


@pytest.fixture(scope='session')
def results(ended: machine.Ended) -> Mapping[str, Mapping[str, Any]]:
    """Return the name of each scenario to what came of it."""
    return {each['name']: each for each in map(json.loads, ended.results.splitlines())}


@pytest.mark.parametrize('name', NAMES)
def test_in_the_virtual_machine(
    ended: machine.Ended, results: Mapping[str, Mapping[str, Any]], name: str
) -> None:
    assert name in results, f'it was not reached: {ended.console[-3000:]}'
    assert not results[name]['failure'], f'{results[name]["failure"]}\n{ended.console[-2000:]}'


def test_nothing_but_the_scenarios_was_told(results: Mapping[str, Mapping[str, Any]]) -> None:
    assert list(results) == NAMES
