"""The life of snapshots, backups, transfers, groups and group snapshots."""

import uuid
from typing import Any

import pytest

from lab.layout import Lab
from lab.scenarios import storage
from lab.scenarios.project import Project
from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.errors import BadRequest, Conflict
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.cinder_volume.backup import Backup
from orphancleanup.plugins.cinder_volume.group import Group
from orphancleanup.plugins.cinder_volume.group_snapshot import GroupSnapshot
from orphancleanup.plugins.cinder_volume.snapshot import Snapshot
from orphancleanup.plugins.cinder_volume.transfer import Transfer
from orphancleanup.plugins.cinder_volume.volume import Volume
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import database, life

pytestmark = FUNCTIONAL
VOLUME, SNAPSHOT, BACKUP, TRANSFER = Volume(), Snapshot(), Backup(), Transfer()
GROUP, GROUP_SNAPSHOT = Group(), GroupSnapshot()


def unique(word: str) -> str:
    return f'{word}-{uuid.uuid4().hex[:8]}'


@pytest.fixture
def volume(project: Project) -> Any:
    return storage.available(project, storage.volume(project, unique('disk')))


@pytest.fixture
def group(project: Project) -> Any:
    """Return a group with one volume."""
    group = storage.group(project, unique('group'))
    storage.available(
        project, storage.volume(project, unique('member'), group_id=group.id, volume_type='lab')
    )
    return group


def test_a_snapshot_lives_and_goes(cloud: RealCloud, project: Project, volume: Any) -> None:
    snapshot = storage.snapshot(project, unique('snapshot'), volume)
    seen = life.found(SNAPSHOT, cloud, snapshot.id)
    assert (seen.project_id, seen.status) == (project.project_id, 'available')
    assert seen.parents == (Ref('cinder-volume', volume.id),)
    assert seen.owners == ()
    with pytest.raises(BadRequest):
        life.climb(VOLUME, cloud, life.found(VOLUME, cloud, volume.id), 'delete')
    life.climb(SNAPSHOT, cloud, seen, 'delete')
    life.await_end(SNAPSHOT, cloud, seen)


@pytest.mark.parametrize('last', ['delete', 'force-delete'])
def test_a_snapshot_that_would_not_go_goes_when_the_backend_is_repaired(
    cloud: RealCloud, project: Project, volume: Any, last: str
) -> None:
    snapshot = storage.snapshot(project, unique('faildelete'), volume)
    seen = life.found(SNAPSHOT, cloud, snapshot.id)
    life.climb(SNAPSHOT, cloud, seen, 'delete')
    failed = life.in_status(SNAPSHOT, cloud, snapshot.id, 'error_deleting')
    assert [each.source for each in SNAPSHOT.evidence(cloud, failed)] == ['message']
    project.connection.block_storage.update_snapshot(snapshot, name='repaired')
    if last == 'delete':
        life.climb(SNAPSHOT, cloud, failed, 'reset-state')
        life.in_status(SNAPSHOT, cloud, snapshot.id, 'error')
    life.climb(SNAPSHOT, cloud, failed, last)
    life.await_end(SNAPSHOT, cloud, failed)


def test_incremental_backups_go_from_the_last_to_the_first_and_outlive_their_volume(
    cloud: RealCloud, project: Project, volume: Any
) -> None:
    full = storage.backup(project, unique('full'), volume)
    first = storage.backup(project, unique('first'), volume, is_incremental=True)
    second = storage.backup(project, unique('second'), volume, is_incremental=True)
    life.climb(VOLUME, cloud, Resource(Ref('cinder-volume', volume.id)), 'delete')
    life.await_end(VOLUME, cloud, Resource(Ref('cinder-volume', volume.id)))
    chain = [life.found(BACKUP, cloud, each.id) for each in (full, first, second)]
    assert [each.parents for each in chain] == [(), (chain[0].ref,), (chain[1].ref,)]
    assert {each.project_id for each in chain} == {project.project_id}
    for step in ('delete', 'force-delete'):
        with pytest.raises(Conflict, match=first.id):
            life.climb(BACKUP, cloud, chain[0], step)
    for each in reversed(chain):
        life.climb(BACKUP, cloud, each, 'delete')
        life.await_end(BACKUP, cloud, each)


def test_a_backup_is_reset_only_when_its_deletion_hangs_and_nothing_builds_on_it(
    cloud: RealCloud, project: Project, volume: Any, the_lab: Lab
) -> None:
    backup = storage.backup(project, unique('backup'), volume)
    child = storage.backup(project, unique('child'), volume, is_incremental=True)
    seen = life.found(BACKUP, cloud, backup.id)
    assert life.names(BACKUP, cloud, seen) == ['delete', 'force-delete']
    database.execute(the_lab, 'cinder', "UPDATE backups SET status = 'deleting' WHERE id = %s", backup.id)
    with pytest.raises(Conflict, match=child.id):
        life.climb(BACKUP, cloud, seen, 'reset-state')
    assert life.found(BACKUP, cloud, backup.id).status == 'deleting'
    life.climb(BACKUP, cloud, life.found(BACKUP, cloud, child.id), 'delete')
    life.await_end(BACKUP, cloud, Resource(Ref('cinder-backup', child.id)))
    life.climb(BACKUP, cloud, seen, 'reset-state')
    life.in_status(BACKUP, cloud, backup.id, 'error')
    life.climb(BACKUP, cloud, seen, 'force-delete')
    life.await_end(BACKUP, cloud, seen)


def test_a_volume_that_has_got_a_snapshot_is_not_reset(
    cloud: RealCloud, project: Project, volume: Any, the_lab: Lab
) -> None:
    storage.snapshot(project, unique('snapshot'), volume)
    database.execute(the_lab, 'cinder', "UPDATE volumes SET status = 'deleting' WHERE id = %s", volume.id)
    seen = life.in_status(VOLUME, cloud, volume.id, 'deleting')
    with pytest.raises(Conflict, match='snapshot'):
        life.climb(VOLUME, cloud, seen, 'reset-state')
    assert life.found(VOLUME, cloud, volume.id).status == 'deleting'
    database.execute(the_lab, 'cinder', "UPDATE volumes SET status = 'available' WHERE id = %s", volume.id)


def test_a_transfer_lives_and_goes_and_leaves_its_volume(
    cloud: RealCloud, project: Project, volume: Any
) -> None:
    transfer = storage.transfer(project, unique('offer'), volume)
    seen = life.found(TRANSFER, cloud, transfer.id)
    assert seen.project_id == project.project_id
    assert seen.parents == (Ref('cinder-volume', volume.id),)
    life.climb(TRANSFER, cloud, seen, 'delete')
    life.await_end(TRANSFER, cloud, seen)
    life.in_status(VOLUME, cloud, volume.id, 'available')


def test_a_group_goes_with_its_volumes(cloud: RealCloud, project: Project, group: Any) -> None:
    seen = life.found(GROUP, cloud, group.id)
    (member,) = seen.holds
    assert seen.project_id == project.project_id
    volume = life.found(VOLUME, cloud, member.id)
    assert volume.owners == (seen.ref,)
    for step in ('delete', 'force-delete'):
        with pytest.raises(BadRequest, match='group'):
            life.climb(VOLUME, cloud, volume, step)
    life.climb(GROUP, cloud, seen, 'delete')
    life.await_end(GROUP, cloud, seen)
    life.await_end(VOLUME, cloud, volume)


def test_a_group_that_got_another_volume_meanwhile_stays(
    cloud: RealCloud, project: Project, group: Any
) -> None:
    seen = life.found(GROUP, cloud, group.id)
    storage.available(project, storage.volume(project, unique('late'), group_id=group.id, volume_type='lab'))
    (step,) = GROUP.ladder(seen)
    with pytest.raises(Conflict, match='meanwhile'):
        step.run(cloud, seen)


def test_a_group_whose_volume_would_not_go_goes_when_the_backend_is_repaired(
    cloud: RealCloud, project: Project
) -> None:
    group = storage.group(project, unique('group'))
    member = storage.available(
        project, storage.volume(project, unique('faildelete'), group_id=group.id, volume_type='lab')
    )
    seen = life.found(GROUP, cloud, group.id)
    life.climb(GROUP, cloud, seen, 'delete')
    life.in_status(VOLUME, cloud, member.id, 'error', 'error_deleting')
    life.in_status(GROUP, cloud, group.id, 'error', 'error_deleting')
    project.connection.block_storage.update_volume(member, name='repaired')
    life.climb(GROUP, cloud, seen, 'delete')
    life.await_end(GROUP, cloud, seen)
    life.await_end(VOLUME, cloud, Resource(Ref('cinder-volume', member.id)))


def test_a_group_snapshot_goes_with_its_snapshots_and_before_its_group(
    cloud: RealCloud, project: Project, group: Any
) -> None:
    made = storage.group_snapshot(project, unique('group-snapshot'), group)
    seen = life.found(GROUP_SNAPSHOT, cloud, made.id)
    assert seen.project_id == project.project_id
    assert seen.parents == (Ref('cinder-group', group.id),)
    (part,) = (each for each in SNAPSHOT.discover(cloud) if seen.ref in each.owners)
    for handler, held in ((SNAPSHOT, part), (GROUP, life.found(GROUP, cloud, group.id))):
        with pytest.raises(BadRequest):
            life.climb(handler, cloud, held, 'delete')
    life.climb(GROUP_SNAPSHOT, cloud, seen, 'delete')
    life.await_end(GROUP_SNAPSHOT, cloud, seen)
    life.await_end(SNAPSHOT, cloud, part)


def test_a_group_snapshot_that_would_not_go_is_deleted_again(
    cloud: RealCloud, project: Project, group: Any
) -> None:
    made = storage.group_snapshot(project, unique('faildelete'), group)
    seen = life.found(GROUP_SNAPSHOT, cloud, made.id)
    life.climb(GROUP_SNAPSHOT, cloud, seen, 'delete')
    failed = life.in_status(GROUP_SNAPSHOT, cloud, made.id, 'error_deleting', 'error')
    for part in SNAPSHOT.discover(cloud):
        if seen.ref in part.owners:
            project.connection.block_storage.update_snapshot(part.id, name='repaired')
    if failed.status == 'error_deleting':
        life.climb(GROUP_SNAPSHOT, cloud, failed, 'reset-state')
        life.in_status(GROUP_SNAPSHOT, cloud, made.id, 'error')
    life.climb(GROUP_SNAPSHOT, cloud, failed, 'delete-again')
    life.await_end(GROUP_SNAPSHOT, cloud, failed)


def test_a_group_snapshot_whose_deletion_was_forgotten_is_reset(
    cloud: RealCloud, project: Project, group: Any, the_lab: Lab
) -> None:
    made = storage.group_snapshot(project, unique('group-snapshot'), group)
    seen = life.found(GROUP_SNAPSHOT, cloud, made.id)
    hangs = "UPDATE group_snapshots SET status = 'deleting' WHERE id = %s"
    database.execute(the_lab, 'cinder', hangs, made.id)
    life.climb(GROUP_SNAPSHOT, cloud, seen, 'reset-state')
    life.in_status(GROUP_SNAPSHOT, cloud, made.id, 'error')
    life.climb(GROUP_SNAPSHOT, cloud, seen, 'delete-again')
    life.await_end(GROUP_SNAPSHOT, cloud, seen)


def test_a_look_at_what_never_was_says_gone(cloud: RealCloud) -> None:
    for handler in (SNAPSHOT, BACKUP, TRANSFER, GROUP, GROUP_SNAPSHOT):
        assert handler.look(cloud, Ref(handler.kind, str(uuid.uuid4()))) is None
