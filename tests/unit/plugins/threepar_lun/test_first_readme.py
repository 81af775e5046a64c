"""The work by hand that this replaces, line by line: the WWID, the volume, its end on the array and in Cinder."""

import pytest

from orphancleanup.model import Ref
from orphancleanup.outcome import Result
from orphancleanup.plugins.threepar_lun.host import wwid
from orphancleanup.plugins.threepar_lun.lun import Lun
from tests.unit.plugins.threepar_lun.world import World, named

#: of a map all of whose paths are "failed faulty running"
WWID = '360002ac00000000000000bef00002de4'


@pytest.fixture
def world(tmp_path, monkeypatch):
    world = World(tmp_path, monkeypatch)
    world.array().serial = 0x2DE4
    return world


def test_the_map_leads_to_the_volume_and_its_server(world):
    item, lun = world.volume()
    server = world.attach(item)
    wwn = wwid.wwn_of(WWID)
    [found] = [each for each in Lun().discover(world.cloud) if each.details['wwn'] == wwn]
    assert (found.name, found.owners) == (lun, (Ref('cinder-volume', item['id']),))
    assert [each['server_id'] for each in world.storage.volumes.items[item['id']]['attachments']] == [
        server['id']
    ]


def test_the_busy_volume_goes_and_nobody_edits_a_database(world):
    item, lun = world.volume()
    world.export(lun)
    assert world.hosts.found[0].wwid == WWID
    outcome = world.clean(named(Ref('cinder-volume', item['id'])))[item['id']]
    assert outcome.result is Result.REMOVED
    # Stop all I/O, remove the export, remove the volume, delete it in Cinder: the README's own order.
    assert [step for step in outcome.steps if step in ('stop-io', 'unexport', 'delete-lun', 'delete-after-lun')] == [
        'stop-io', 'unexport', 'delete-lun', 'delete-after-lun',
    ]  # fmt: skip
    assert 'Cannot delete' not in outcome.text
    assert (world.array().volumes, world.array().vluns, world.hosts.found) == ({}, [], [])
