"""What Nova's database tells of a LUN that the array no longer knows."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from orphancleanup.database.addresses import GROUP
from orphancleanup.errors import ConfigurationError, Unreachable
from orphancleanup.plugins.threepar_lun import nova_records
from orphancleanup.plugins.threepar_lun.nova_records import Record
from orphancleanup.testing.fake_cloud import FakeCloud

WWID = '360002ac00000000000000bef00002de4'


@pytest.fixture
def cloud() -> FakeCloud:
    """Return a cloud whose configuration says where Nova's database is."""
    return FakeCloud()


@pytest.fixture
def database(cloud: FakeCloud, tmp_path: Path) -> Path:
    """Return Nova's database with rows of several servers."""
    path = tmp_path / 'nova.db'
    rows: list[tuple[str, str | None, Any, int]] = [
        ('server-1', 'volume-1', {'data': {'multipath_id': WWID}}, 0),
        (
            'server-2',
            None,
            {'serial': 'volume-2', 'data': {'device_path': f'/dev/disk/by-id/dm-uuid-mpath-{WWID}'}},
            7,
        ),
        ('server-3', 'volume-3', {'data': {'multipath_id': WWID + '0'}}, 0),
        ('server-4', 'volume-4', {'data': {'note': WWID}}, 0),
        ('server-5', 'volume-5', WWID, 0),
        ('server-6', 'volume-6', {'data': WWID}, 0),
    ]
    with sqlite3.connect(path) as connection:
        connection.execute(
            'CREATE TABLE block_device_mapping '
            '(id INTEGER PRIMARY KEY, instance_uuid, volume_id, connection_info, deleted)'
        )
        for server, volume, info, deleted in rows:
            connection.execute(
                'INSERT INTO block_device_mapping VALUES (NULL, ?, ?, ?, ?)',
                (server, volume, json.dumps(info), deleted),
            )
    connection.close()
    cloud.groups = {GROUP: {'nova_connection': f'sqlite:///{path}', 'nova_conf': None}}
    return path


FOUND = (Record('volume-2', 'server-2', is_deleted=True), Record('volume-1', 'server-1', is_deleted=False))


@pytest.mark.usefixtures('database')
def test_rows_that_mean_the_lun_are_told_and_no_others(cloud: FakeCloud) -> None:
    assert nova_records.of_wwid(cloud, WWID) == FOUND


def test_configuration_of_nova_is_read_for_it(cloud: FakeCloud, database: Path, tmp_path: Path) -> None:
    (tmp_path / 'nova.conf').write_text(f'[DEFAULT]\nx = %y\n[database]\nconnection = sqlite:///{database}\n')
    cloud.groups = {GROUP: {'nova_connection': None, 'nova_conf': str(tmp_path / 'nova.conf')}}
    assert nova_records.of_wwid(cloud, WWID) == FOUND
    (tmp_path / 'nova.conf').write_text('password = hidden\n')
    with pytest.raises(ConfigurationError, match='cannot be read') as told:
        nova_records.of_wwid(cloud, WWID)
    assert 'hidden' not in str(told.value)


def test_without_a_database_nothing_is_told(cloud: FakeCloud) -> None:
    assert nova_records.of_wwid(cloud, WWID) == ()


@pytest.mark.parametrize(
    'address', ['mysql://nova:hidden@127.0.0.1:1/nova', 'nonsense hidden', 'sqlite:////no/hidden/x.db']
)
def test_database_that_does_not_answer_is_said_without_its_password(cloud: FakeCloud, address: str) -> None:
    cloud.groups = {GROUP: {'nova_connection': address, 'nova_conf': None}}
    with pytest.raises(Unreachable, match='database of Nova cannot be read') as told:
        nova_records.of_wwid(cloud, WWID)
    assert 'hidden' not in str(told.value)
