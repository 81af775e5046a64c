"""A volume that is reserved for a server that lives is never deleted by force: Cinder would not refuse it."""

import uuid

import pytest

from orphancleanup import runs
from orphancleanup.errors import Conflict
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Level
from orphancleanup.outcome import Result
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.execute.applying import with_execution
from tests.unit.leaky import Leaky, site
from tests.unit.plugins.fake_block_storage import BlockStorage
from tests.unit.plugins.fake_compute import Compute

FORCE = frozenset({Level.API, Level.FORCE})


def force(cloud: FakeCloud, identifier: str) -> None:
    found = next(each for each in Volume().discover(cloud) if each.id == identifier)
    next(step for step in Volume().ladder(found) if step.name == 'force-delete').run(cloud, found)


@pytest.mark.parametrize('status', ['reserved', 'attaching'])
def test_force_leaves_alone_what_is_on_its_way_to_a_server(
    cloud: FakeCloud, storage: BlockStorage, compute: Compute, status: str
) -> None:
    volume = storage.add_volume()
    storage.add_attachment(volume, compute.add()['id'], status=status)
    with pytest.raises(Conflict, match='has attachments'):
        force(cloud, volume['id'])
    assert not cloud.sent('POST')


def test_force_removes_what_hangs_without_an_attachment(cloud: FakeCloud, storage: BlockStorage) -> None:
    volume = storage.add_volume(status='reserved')
    force(cloud, volume['id'])
    assert not storage.volumes.items


def test_a_server_that_is_built_on_an_orphan_since_the_plan_was_made_keeps_its_disk() -> None:
    leaky = Leaky()
    volume = leaky.storage.add_volume(**{'os-vol-tenant-attr:tenant_id': 'gone', 'volume_type': None})
    ours = with_execution(site(leaky.cloud), levels=FORCE)
    plan = runs.review(ours, Request(Selection(orphans=True))).plan
    server = leaky.nova.add(id=str(uuid.uuid4()), status='BUILD')['id']
    leaky.storage.add_attachment(volume, server, status='reserved')
    (outcome,) = runs.apply(ours, plan, RunFolder.create(leaky.cloud.clock)).outcomes
    assert outcome.result is Result.LEFT
    assert volume['id'] in leaky.storage.volumes.items
    assert not leaky.cloud.sent('DELETE', 'compute')
