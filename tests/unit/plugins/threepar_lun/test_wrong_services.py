"""What Cinder and Nova tell, made wrong: nothing that somebody uses is touched."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orphancleanup import runs
from orphancleanup.errors import (
    ApiError,
    CloudError,
    Conflict,
    IncompleteListing,
    ServiceHidden,
    Unreachable,
)
from orphancleanup.installed import asking, ladders
from orphancleanup.model import Ref
from orphancleanup.outcome import Result
from orphancleanup.plugins.threepar_lun import cinder, names, nova
from orphancleanup.plugins.threepar_lun.names import Role
from tests.unit.plugins.threepar_lun.asked import take, unread, volume_ref
from tests.unit.plugins.threepar_lun.world import ORPHANS, World, named, registry

NAME_ID = 'os-vol-mig-status-attr:name_id'
DISKS = 'os-extended-volumes:volumes_attached'


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def test_what_cinder_shows_to_no_administrator_makes_nothing_an_orphan(world: World) -> None:
    world.volume()
    world.lun()
    world.storage.is_admin = False
    assert unread(world) >= {'3par-lun', '3par-vlun', '3par-vvset', 'multipath-map'}


def test_a_volume_goes_by_its_name_id_before_any_id(world: World) -> None:
    """After a migration two rows have each other's ids in their names."""
    one, _ = world.volume()
    other, _ = world.volume()
    one[NAME_ID], other[NAME_ID] = other['id'], one['id']
    known = cinder.everything(world.cloud)
    owners = [known.owner(each['id']) for each in (one, other)]
    assert [each.id for each in owners if each] == [other['id'], one['id']]
    told = runs.explain(world.site(), volume_ref(one), ORPHANS)
    assert names.encode(Role.VOLUME, other['id']) in ' '.join(each.text for each in told.evidence)


def test_a_lun_that_only_an_id_speaks_for_is_kept(world: World) -> None:
    """What a migration left behind: the row has its name from elsewhere by now, but nobody proves the end of it."""
    item, lun = world.volume()
    item[NAME_ID] = str(uuid.uuid4())
    assert world.clean(ORPHANS) == {}
    assert lun in world.array().volumes


@pytest.mark.parametrize('role', [Role.SWAPPED_VOLUME, Role.VOLUME])
def test_a_name_of_a_moment_keeps_a_living_volume(world: World, role: Role) -> None:
    item = world.storage.add_volume(id=str(uuid.uuid4()), **{NAME_ID: None})
    living, left = world.lun(item['id'], role), world.lun(role=role)
    assert set(world.clean(ORPHANS)) == {f'{left}@first'}
    assert set(world.array().volumes) == {living}


@pytest.mark.parametrize('role', [Role.UNMANAGED_SNAPSHOT, Role.UNMANAGED_VOLUME])
def test_a_lun_with_a_snapshot_that_cinder_gave_back_is_kept(world: World, role: Role) -> None:
    lun = world.lun()
    snapshot = world.snapshot_of(lun, role)
    assert world.clean(ORPHANS)[f'{lun}@first'].result is not Result.REMOVED
    assert set(world.array().volumes) == {lun, snapshot}


def disk_of(world: World, identifier: str, **fields: Any) -> str:
    server = world.compute.add(**{DISKS: [{'id': identifier, 'delete_on_termination': False}], **fields})
    return str(server['id'])


def _hide(world: World, _server: str) -> None:
    world.cloud.hide_service('compute')


def _shut(world: World, _server: str) -> None:
    world.compute.lists_all = False


def _take_filters(world: World, _server: str) -> None:
    world.compute.honours_filters = False


def _silence_cell(world: World, server: str) -> None:
    world.compute.down.add(server)


def _silence_empty_cell(world: World, _server: str) -> None:
    world.compute.hosts.append({'binary': 'nova-compute', 'host': 'two', 'status': 'UNKNOWN'})


BLIND: list[Callable[[World, str], None]] = [_hide, _shut, _take_filters, _silence_cell, _silence_empty_cell]


@pytest.mark.parametrize('blind', BLIND)
def test_servers_that_are_not_all_seen_leave_every_lun_alone(
    world: World, blind: Callable[[World, str], None]
) -> None:
    world.lun()
    blind(world, disk_of(world, str(uuid.uuid4())))
    assert '3par-lun' in unread(world)
    with pytest.raises(CloudError):
        nova.disks(world.cloud)


@pytest.mark.parametrize('blind', BLIND)
def test_a_step_that_does_not_see_all_servers_does_nothing(
    world: World, blind: Callable[[World, str], None]
) -> None:
    lun = world.lun()
    world.export(lun)
    item, busy = world.volume()
    world.export(busy)
    climbed = [
        (each, ladders.ladder(registry(), each))
        for ref in (Ref('3par-lun', f'{lun}@first'), volume_ref(item))
        if (each := asking.look(registry(), world.cloud, ref))
    ]
    blind(world, disk_of(world, str(uuid.uuid4())))
    world.cloud.allow_changes()
    for resource, ladder in climbed:
        for step in ladder:
            if step.name in ('stop-io', 'unexport', 'leave-sets', 'delete-lun', 'delete-after-lun'):
                with pytest.raises((Unreachable, IncompleteListing, ServiceHidden)):
                    step.run(world.cloud, resource)
    assert set(world.array().volumes) == {lun, busy}
    assert len([each for each in world.array().vluns if not each['active']]) == 2
    assert world.hosts.stopped == []


def test_a_soft_deleted_server_has_its_volumes(world: World) -> None:
    identifier = str(uuid.uuid4())
    lun = world.lun(identifier)
    disk_of(world, identifier, status='SOFT_DELETED')
    assert world.clean(ORPHANS) == {}
    assert lun in world.array().volumes


def test_the_end_of_one_server_is_not_that_of_another_with_the_same_volume(world: World) -> None:
    item, lun = world.volume()
    world.export(lun)
    living, gone = disk_of(world, item['id']), disk_of(world, item['id'])
    world.cloud.told_gone = {Ref('nova-server', gone): True, Ref('nova-server', living): False}
    with pytest.raises(Conflict, match=f'disk of server {living}'):
        take(world, volume_ref(item), 'stop-io')


def test_without_an_array_a_script_gets_no_step_of_one(world: World) -> None:
    item, lun = world.volume()
    world.export(lun)
    world.cloud.groups.clear()
    outcome = world.clean(named(volume_ref(item)))[item['id']]
    assert outcome.steps == ('delete', 'force-delete')
    assert outcome.next_step is None


def test_an_error_of_cinder_about_attachments_is_not_the_end_of_a_volume(world: World) -> None:
    item, lun = world.volume()
    world.export(lun)
    world.cloud.fail(('block-storage', 'GET', '/attachments'), ApiError.of(404, 'no such thing'))
    with pytest.raises(IncompleteListing):
        take(world, volume_ref(item), 'stop-io')
