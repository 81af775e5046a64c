"""The suite passes what keeps the contract, and fails what breaks it, each breach in a test of its own."""

import pytest

from orphancleanup.testing.conformance import HandlerConformance, Seed
from tests.unit.testing.gadget import Gadget, Rack, fill, fill_unlinked
from tests.unit.testing.running import failed


@pytest.mark.parametrize('seed', [fill, fill_unlinked])
@pytest.mark.parametrize('handler', [Gadget(), Rack()], ids=lambda handler: type(handler).__name__)
def test_what_keeps_the_contract_passes_everything(handler: Gadget, seed: Seed) -> None:
    assert not failed(handler, seed, HandlerConformance())
