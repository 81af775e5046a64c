"""Our own fallbacks keep the contract, in the shape of an old release and of a new one."""

from collections.abc import Callable

import pytest

from orphancleanup.database.fallback import Fallback
from orphancleanup.model import Resource
from orphancleanup.plugins.mysql_fallback.cinder_backup import BackupRows
from orphancleanup.plugins.mysql_fallback.cinder_snapshot import SnapshotRows
from orphancleanup.plugins.mysql_fallback.cinder_volume import VolumeRows
from orphancleanup.plugins.mysql_fallback.heat_stack import StackRows
from orphancleanup.plugins.mysql_fallback.sahara_cluster import ClusterRows
from orphancleanup.testing.fallbacks import FallbackConformance
from orphancleanup.testing.rows import Rows
from tests.rows import cinder, heat, sahara, told, told_cluster, told_stack

MakeRows = Callable[[str], Rows]


class TestStack(FallbackConformance):
    @pytest.fixture
    def fallback(self) -> Fallback:
        return StackRows()

    @pytest.fixture(params=['heat_juno', 'heat_27'])
    def rows(self, request: pytest.FixtureRequest, make_rows: MakeRows) -> Rows:
        rows = make_rows(request.param)
        heat(rows, is_new=request.param == 'heat_27')
        return rows

    @pytest.fixture
    def resource(self) -> Resource:
        return told_stack()


class _Cinder(FallbackConformance):
    @pytest.fixture(params=['cinder_juno', 'cinder_29'])
    def rows(self, request: pytest.FixtureRequest, make_rows: MakeRows) -> Rows:
        rows = make_rows(request.param)
        cinder(rows, is_new=request.param == 'cinder_29')
        return rows


class TestVolume(_Cinder):
    @pytest.fixture
    def fallback(self) -> Fallback:
        return VolumeRows()

    @pytest.fixture
    def resource(self) -> Resource:
        return told('cinder-volume', 'volume-1')


class TestSnapshot(_Cinder):
    @pytest.fixture
    def fallback(self) -> Fallback:
        return SnapshotRows()

    @pytest.fixture
    def resource(self) -> Resource:
        return told('cinder-snapshot', 'snapshot-1')


class TestBackup(_Cinder):
    @pytest.fixture
    def fallback(self) -> Fallback:
        return BackupRows()

    @pytest.fixture
    def resource(self) -> Resource:
        return told('cinder-backup', 'backup-2')


class TestCluster(FallbackConformance):
    @pytest.fixture
    def fallback(self) -> Fallback:
        return ClusterRows()

    @pytest.fixture
    def rows(self, make_rows: MakeRows) -> Rows:
        rows = make_rows('sahara_19')
        sahara(rows)
        return rows

    @pytest.fixture
    def resource(self) -> Resource:
        return told_cluster()
