"""What the fallbacks for volumes, snapshots and backups do to Cinder's rows, and when they do nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from orphancleanup.database.fallback import Fallback
from orphancleanup.database.transaction import Transaction
from orphancleanup.errors import DatabaseRefused, NotFound, Unreachable
from orphancleanup.model import Ref
from orphancleanup.plugins.mysql_fallback.cinder_backup import BackupRows
from orphancleanup.plugins.mysql_fallback.cinder_snapshot import SnapshotRows
from orphancleanup.plugins.mysql_fallback.cinder_volume import VolumeRows
from orphancleanup.testing.rows import Rows
from tests.rows import cinder, snapshot, told, usage, volume

VOLUME, SNAPSHOT, BACKUP = VolumeRows(), SnapshotRows(), BackupRows()
IDS = {'cinder-volume': 'volume-1', 'cinder-snapshot': 'snapshot-1', 'cinder-backup': 'backup-2'}


@pytest.fixture(params=['cinder_juno', 'cinder_29'])
def rows(request: pytest.FixtureRequest, make_rows: Callable[[str], Rows]) -> Rows:
    found = make_rows(request.param)
    cinder(found, is_new=request.param == 'cinder_29')
    return found


@pytest.fixture
def new(make_rows: Callable[[str], Rows]) -> Rows:
    found = make_rows('cinder_29')
    cinder(found, is_new=True)
    return found


def purge(rows: Rows, fallback: Fallback = VOLUME) -> None:
    rows.take(fallback, told(fallback.kind, IDS[fallback.kind]), 'purge')


def refused(rows: Rows, why: str, fallback: Fallback = VOLUME) -> None:
    before = rows.sums()
    with pytest.raises(DatabaseRefused, match=why):
        purge(rows, fallback)
    assert rows.sums() == before


def used(rows: Rows) -> dict[str, int]:
    return {row['resource']: row['in_use'] for row in rows.all('quota_usages')}


def living(rows: Rows, table: str) -> list[Any]:
    return [row['id'] for row in rows.all(table) if not row['deleted']]


def test_a_purged_volume_is_as_cinder_leaves_one_that_it_has_deleted(rows: Rows) -> None:
    purge(rows)
    row = rows.row('volumes', 'volume-1')
    assert (row['status'], row['deleted'], row['migration_status']) == ('deleted', 1, None)
    assert row['deleted_at'] == row['terminated_at'] is not None
    assert row['updated_at'] is None
    for table in ('volume_metadata', 'volume_admin_metadata', 'volume_glance_metadata'):
        assert living(rows, table) == [2]
    assert living(rows, 'transfers') == ['transfer-2']


def test_attachments_and_records_of_work_go_with_the_volume(new: Rows) -> None:
    purge(new)
    row = new.row('volume_attachment', 'attachment-1')
    assert (row['deleted'], row['attach_status']) == (1, 'deleted')
    assert row['detach_time']
    assert not living(new, 'attachment_specs') + new.all('image_volume_cache_entries')
    assert {row['resource_id'] for row in new.all('workers')} == {'volume-2', 'snapshot-1', 'backup-2'}


def test_before_10_0_0_an_attachment_ends_detached(new: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the release that brought the specs."""
    has = Transaction.has
    monkeypatch.setattr(
        Transaction,
        'has',
        lambda self, table, *columns: table != 'attachment_specs' and has(self, table, *columns),
    )
    purge(new)
    assert new.row('volume_attachment', 'attachment-1')['attach_status'] == 'detached'


def test_the_quota_is_what_cinder_counts(rows: Rows) -> None:
    purge(rows)
    assert used(rows) == {
        'volumes': 1, 'snapshots': 1, 'gigabytes': 12, 'backups': 2, 'backup_gigabytes': 6,
        'volumes_gold': 1, 'snapshots_gold': 1, 'gigabytes_gold': 12,
    }  # fmt: skip


def test_the_quota_is_right_again_even_if_it_was_wrong(rows: Rows) -> None:
    rows.change('quota_usages', 1, in_use=17)
    purge(rows)
    assert used(rows)['volumes'] == 1


def test_where_snapshots_do_not_count_for_gigabytes_they_still_do_not(rows: Rows) -> None:
    rows.change('quota_usages', 3, in_use=17)
    purge(rows)
    assert used(rows)['gigabytes'] == 7


def test_while_a_reservation_is_under_way_cinder_is_asked_to_count_itself(rows: Rows) -> None:
    rows.change('quota_usages', 1, reserved=1)
    purge(rows)
    row = rows.row('quota_usages', 1)
    assert (row['in_use'], row['until_refresh']) == (2, 1)


def test_what_does_not_count_for_the_quota_is_not_counted(new: Rows) -> None:
    volume(new, 'internal', use_quota=0)
    purge(new)
    assert used(new)['volumes'] == 1


def test_another_projects_quota_is_not_touched(rows: Rows) -> None:
    usage(rows, 'volumes', 5)
    number = rows.all('quota_usages')[-1]['id']
    rows.change('quota_usages', number, project_id='another')
    purge(rows)
    assert rows.row('quota_usages', number)['in_use'] == 5


@pytest.mark.parametrize('status', ['in-use', 'creating', 'uploading', 'maintenance', 'retyping'])
def test_a_volume_that_is_not_at_rest_is_refused(rows: Rows, status: str) -> None:
    rows.change('volumes', 'volume-1', status=status)
    refused(rows, f'is {status}')


def test_an_attached_volume_is_refused(rows: Rows) -> None:
    rows.change('volumes', 'volume-1', attach_status='attached')
    refused(rows, 'is attached')


def test_a_volume_that_is_being_migrated_is_refused(rows: Rows) -> None:
    rows.change('volumes', 'volume-1', migration_status='migrating')
    refused(rows, 'migrated')


def test_a_volume_of_a_group_is_refused(new: Rows) -> None:
    new.change('volumes', 'volume-1', group_id='group')
    refused(new, 'belongs to group')


def test_a_volume_with_a_living_snapshot_is_refused(rows: Rows) -> None:
    snapshot(rows, 'of-it', 'volume-1')
    refused(rows, 'has snapshot of-it')


def test_a_deleted_snapshot_holds_nothing(rows: Rows) -> None:
    snapshot(rows, 'of-it', 'volume-1', deleted=1)
    purge(rows)


def test_a_volume_whose_server_lives_is_refused(new: Rows) -> None:
    new.facts.gone.clear()
    new.facts.living.add(Ref('nova-server', 'server-gone'))
    refused(new, 'server server-gone uses')


def test_a_volume_whose_server_nobody_knows_is_left_alone(new: Rows) -> None:
    new.facts.gone.clear()
    with pytest.raises(Unreachable):
        purge(new)
    assert living(new, 'volumes') == ['volume-1', 'volume-2']


def test_until_2014_2_the_volume_itself_names_its_server(make_rows: Callable[[str], Rows]) -> None:
    old = make_rows('cinder_juno')
    cinder(old, is_new=False)
    old.change('volumes', 'volume-1', instance_uuid='server')
    old.facts.living.add(Ref('nova-server', 'server'))
    refused(old, 'server server uses')


def test_a_volume_that_a_backup_is_made_of_is_refused(rows: Rows) -> None:
    rows.change('backups', 'backup-1', volume_id='volume-1', status='creating')
    refused(rows, 'for backup backup-1')


def test_a_finished_backup_holds_nothing(rows: Rows) -> None:
    rows.change('backups', 'backup-1', volume_id='volume-1')
    purge(rows)


def test_a_volume_that_a_backup_is_restored_to_is_refused(new: Rows) -> None:
    new.change('backups', 'backup-1', restore_volume_id='volume-1', status='restoring')
    refused(new, 'goes backup backup-1')


def test_a_volume_that_another_is_made_of_is_refused(rows: Rows) -> None:
    rows.change('volumes', 'volume-2', source_volid='volume-1', status='creating')
    refused(rows, 'is made volume volume-2')


def test_a_volume_whose_data_are_anothers_is_refused(rows: Rows) -> None:
    rows.change('volumes', 'volume-2', _name_id='volume-1')
    refused(rows, 'belong to volume volume-2')


@pytest.mark.parametrize('fallback', [VOLUME, SNAPSHOT, BACKUP], ids=lambda each: each.kind)
def test_what_is_deleted_is_gone(rows: Rows, fallback: Fallback) -> None:
    table = fallback.tables[0].name
    rows.change(table, IDS[fallback.kind], deleted=1)
    with pytest.raises(NotFound):
        purge(rows, fallback)


# Snapshots


def test_a_purged_snapshot_is_as_cinder_leaves_one_that_it_has_deleted(rows: Rows) -> None:
    purge(rows, SNAPSHOT)
    row = rows.row('snapshots', 'snapshot-1')
    assert (row['status'], row['deleted']) == ('deleted', 1)
    assert not living(rows, 'snapshot_metadata')
    found = used(rows)
    assert (found['snapshots'], found['gigabytes'], found['snapshots_gold'], found['gigabytes_gold']) == (
        0,
        17,
        0,
        17,
    )
    assert found['volumes'] == 2


def test_a_snapshot_that_a_volume_is_made_of_is_refused(rows: Rows) -> None:
    volume(rows, 'made-of-it', snapshot_id='snapshot-1', status='creating')
    refused(rows, 'is made volume made-of-it', SNAPSHOT)


def test_a_snapshot_of_a_group_is_refused(rows: Rows) -> None:
    rows.change('snapshots', 'snapshot-1', cgsnapshot_id='group')
    refused(rows, 'belongs to group snapshot', SNAPSHOT)


# Backups


def test_a_purged_backup_is_as_cinder_leaves_one_that_it_has_deleted(new: Rows) -> None:
    purge(new, BACKUP)
    row = new.row('backups', 'backup-2')
    assert (row['status'], row['deleted']) == ('deleted', 1)
    assert not living(new, 'backup_metadata')
    assert new.row('backups', 'backup-1')['num_dependent_backups'] == 0
    assert (used(new)['backups'], used(new)['backup_gigabytes']) == (1, 3)


def test_a_backup_that_another_builds_on_is_refused(new: Rows) -> None:
    new.change('backups', 'backup-1', status='error', parent_id=None)
    before = new.sums()
    with pytest.raises(DatabaseRefused, match='builds backup backup-2'):
        new.take(BACKUP, told('cinder-backup', 'backup-1'), 'purge')
    assert new.sums() == before
