"""A fake cloud that may be changed, and the services in it."""

import pytest

from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_block_storage import BlockStorage
from tests.unit.plugins.fake_compute import Compute, let_ask
from tests.unit.plugins.fake_orchestration import Orchestration


@pytest.fixture
def cloud() -> FakeCloud:
    cloud = FakeCloud()
    cloud.allow_changes()
    let_ask(cloud)
    return cloud


@pytest.fixture
def storage(cloud: FakeCloud) -> BlockStorage:
    return BlockStorage(cloud)


@pytest.fixture
def compute(cloud: FakeCloud) -> Compute:
    return Compute(cloud)


@pytest.fixture
def heat(cloud: FakeCloud) -> Orchestration:
    return Orchestration(cloud)
