"""The package's own code on a compute host with real multipath-tools, a kernel and an array: a virtual machine.

It is booted once; each scenario that ran in it is one test here. Where qemu cannot be had the tests fail.
"""

import pytest

from lab.multipath_vm import trial
from lab.multipath_vm.guest.scenarios import SCENARIOS
from lab.multipath_vm.trial import Trial
from tests.functional.marks import FUNCTIONAL

pytestmark = FUNCTIONAL
NAMES = ['prepare', *(scenario.__name__ for scenario in SCENARIOS)]


@pytest.fixture(scope='session')
def ended() -> Trial:
    """Return what came of all scenarios."""
    return trial.run()


@pytest.mark.parametrize('name', NAMES)
def test_in_the_virtual_machine(ended: Trial, name: str) -> None:
    assert name in ended.results, f'it was not reached: {ended.console[-3000:]}'
    assert not ended.results[name].failure, f'{ended.results[name].failure}\n{ended.console[-2000:]}'


def test_nothing_but_the_scenarios_was_told(ended: Trial) -> None:
    assert list(ended.results) == NAMES
