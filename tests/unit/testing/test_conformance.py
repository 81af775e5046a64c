"""The suite passes what keeps the contract, and fails what breaks it: each sabotage in the tests that its row names.

``ALL_SABOTAGES=1`` runs the whole suite with each of them, and wants no other test to fail.
"""

import inspect
import os
import pathlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from orphancleanup.handler import Handler
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.heat_stack.stack import Stack
from orphancleanup.testing.checks import independence
from orphancleanup.testing.conformance import HandlerConformance, Seed, Subject
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins import test_cinder_volume, test_heat_stack
from tests.unit.testing import (
    sabotages_ladders,
    sabotages_listing,
    sabotages_reading,
    sabotages_shipped,
    sabotages_state,
    sabotages_steps,
    sabotages_values,
)
from tests.unit.testing.gadget import Gadget, GadgetSuite, Rack, fill, fill_unlinked
from tests.unit.testing.running import Make, all_names, failed, verdict

_MODULES = (
    sabotages_values,
    sabotages_listing,
    sabotages_reading,
    sabotages_ladders,
    sabotages_steps,
    sabotages_state,
    sabotages_shipped,
)
#: stands for all the others that fail with it
ETC = '...'


def _classes(module: ModuleType) -> Iterator[type[Handler]]:
    for name, each in vars(module).items():
        is_handler = inspect.isclass(each) and issubclass(each, Handler)
        if is_handler and each.__module__ == module.__name__ and not name.startswith('_'):
            yield each


def _rows() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name of each sabotage with the tests that it fails, without their ``test_``."""
    for line in pathlib.Path(__file__).with_name('caught_by.txt').read_text().splitlines():
        if line and not line.startswith('#'):
            name, _, names = line.partition(': ')
            yield name, tuple(names.split(', '))


CAUGHT_BY = dict(_rows())
SABOTAGES = {each.__name__: each for module in _MODULES for each in _classes(module)}


def _maker(sabotage: type[Handler]) -> Make:
    return (lambda: sabotages_values.Needy('red')) if sabotage is sabotages_values.Needy else sabotage


def _ground(sabotage: type[Handler]) -> tuple[Seed, HandlerConformance]:
    """Return what a sabotage is seeded with, and the suite of the kind that it spoils."""
    if issubclass(sabotage, Volume):
        return test_cinder_volume.fill, test_cinder_volume.TestConformance()
    if issubclass(sabotage, Stack):
        return test_heat_stack.fill, test_heat_stack.TestConformance()
    if issubclass(sabotage, Gadget):
        return (fill_unlinked if sabotage is sabotages_listing.NotPastTheEnd else fill), GadgetSuite()
    return sabotages_shipped.fill_workflows, HandlerConformance()


@pytest.mark.parametrize('seed', [fill, fill_unlinked])
@pytest.mark.parametrize('handler', [Gadget, Rack])
def test_what_keeps_the_contract_passes_everything(handler: type[Gadget], seed: Seed) -> None:
    assert not failed(handler, seed, GadgetSuite())


@pytest.mark.parametrize('handler', [Volume, Stack, sabotages_shipped.Workflow])
def test_what_is_spoiled_here_is_good_without_it(handler: type[Handler]) -> None:
    assert not failed(handler, *_ground(handler))


@pytest.mark.parametrize(
    ('handler', 'seed', 'sentence'),
    [
        (Gadget, fill, r'the fixture "handler" gives .*Gadget.*: return an instance'),
        (None, fill, 'the fixture "handler" gives None: return an instance'),
        (Gadget(), None, 'the fixture "seed" gives None: return the function that fills a cloud'),
    ],
)
def test_a_fixture_that_gives_something_else_is_one_sentence(handler: Any, seed: Any, sentence: str) -> None:
    with pytest.raises(AssertionError, match=sentence):
        Subject(handler, seed, GadgetSuite())


def test_a_seed_that_adds_as_many_whatever_it_is_told_is_named() -> None:
    def seed(cloud: FakeCloud, count: int) -> None:
        fill(cloud, 3)

    told = verdict('test_each_cloud_is_its_own', Gadget, seed, GadgetSuite())
    assert 'or does the seed add as many whatever it is told?' in told


def test_every_sabotage_has_a_row() -> None:
    assert set(SABOTAGES) == set(CAUGHT_BY)


def test_every_test_of_the_suite_catches_a_sabotage() -> None:
    assert {f'test_{name}' for names in CAUGHT_BY.values() for name in names if name != ETC} == set(
        all_names()
    )


@pytest.mark.parametrize('name', sorted(SABOTAGES))
def test_a_sabotage_fails_the_tests_that_its_row_names(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(independence, 'TURN', 0.5)
    sabotage, expected = SABOTAGES[name], {f'test_{each}' for each in CAUGHT_BY[name] if each != ETC}
    if os.environ.get('ALL_SABOTAGES'):
        found = failed(_maker(sabotage), *_ground(sabotage))
        assert expected <= set(found), found
        assert ETC in CAUGHT_BY[name] or set(found) == expected, found
        return
    passed = {test for test in expected if not verdict(test, _maker(sabotage), *_ground(sabotage))}
    assert not passed, f'these tests did not see that {sabotage.__doc__ or name}'
