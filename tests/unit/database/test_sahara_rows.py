"""What the fallback for clusters does to Sahara's rows, what follows, and when it does nothing."""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from orphancleanup.database.changes import Change
from orphancleanup.database.transaction import Transaction
from orphancleanup.errors import DatabaseRefused, IncompleteListing, PartlyListed, Unreachable
from orphancleanup.model import Part, Ref, Resource
from orphancleanup.plugins.mysql_fallback.sahara_cluster import ClusterRows
from orphancleanup.plugins.sahara_cluster.cluster import Cluster
from orphancleanup.testing.fake_cloud import FakeCloud
from orphancleanup.testing.rows import Rows
from tests.rows import OTHER, PROJECT, sahara, told_cluster
from tests.unit.plugins.fake_data_processing import DataProcessing
from tests.unit.plugins.fake_orchestration import Orchestration

CLUSTERS, CLUSTER = ClusterRows(), Cluster()
OTHERS = Ref('keystone-trust', 'trust-other')


@pytest.fixture
def rows(make_rows: Callable[[str], Rows]) -> Rows:
    found = make_rows('sahara_19')
    sahara(found)
    return found


def owners(rows: Rows, name: str) -> set[Any]:
    tables = (('clusters', 'cluster'), ('node_groups', 'group'), ('instances', 'instance'))
    return {rows.row(table, f'{word}-{name}')['tenant_id'] for table, word in tables}


def refused(rows: Rows, resource: Resource, why: str) -> None:
    before = rows.sums()
    with pytest.raises(DatabaseRefused, match=why):
        rows.take(CLUSTERS, resource, 'adopt')
    assert rows.sums() == before


# The transaction


def test_a_cluster_of_a_dead_project_becomes_our_own(rows: Rows) -> None:
    rows.take(CLUSTERS, told_cluster(), 'adopt')
    assert owners(rows, 'lost') == {'admin-project'}
    assert rows.row('clusters', 'cluster-lost')['trust_id'] is None
    assert owners(rows, 'other') == {OTHER}


def test_a_cluster_of_a_dead_creator_stays_where_it_is(rows: Rows) -> None:
    rows.facts.gone.add(OTHERS)
    rows.take(CLUSTERS, told_cluster('other', OTHER), 'adopt')
    assert owners(rows, 'other') == {OTHER}
    assert rows.row('clusters', 'cluster-other')['trust_id'] is None
    assert rows.row('clusters', 'cluster-lost')['trust_id'] == 'trust-lost'


def test_what_sahara_can_delete_is_refused(rows: Rows) -> None:
    rows.facts.living.add(OTHERS)
    refused(rows, told_cluster('other', OTHER), 'Sahara itself can delete it')


def test_without_a_trust_nothing_is_to_be_changed(rows: Rows) -> None:
    rows.change('clusters', 'cluster-other', trust_id=None)
    refused(rows, told_cluster('other', OTHER), 'Sahara itself can delete it')


def test_a_trust_of_which_nothing_is_known_is_not_gone(rows: Rows) -> None:
    before = rows.sums()
    with pytest.raises(Unreachable):
        rows.take(CLUSTERS, told_cluster('other', OTHER), 'adopt')
    assert rows.sums() == before


def test_what_was_adopted_by_somebody_is_refused(rows: Rows) -> None:
    rows.change('clusters', 'cluster-lost', tenant_id=OTHER)
    refused(rows, told_cluster(), f'belongs to project {OTHER}')


def test_a_name_that_our_project_has_is_left_to_its_cluster(rows: Rows) -> None:
    rows.change('clusters', 'cluster-other', tenant_id='admin-project', name='lost')
    rows.take(CLUSTERS, told_cluster(), 'adopt')
    named = {each['id']: each['name'] for each in rows.all('clusters')}
    assert (named['cluster-lost'], named['cluster-other']) == ('cluster-lost', 'lost')
    assert owners(rows, 'lost') == {'admin-project'}


# What goes first, and what follows


class Asked:
    """Notes what a fallback has had done by the API."""

    def __init__(self, rows: Rows, status: str = 'Active') -> None:
        self._rows = rows
        self.steps: list[str] = []
        self.removed: list[Part] = []
        row = {'id': 'cluster-lost', 'status': status}
        self.changes = (
            Change('instances', {'id': '1'}, {'id': '1'}, {}),
            Change('clusters', {'id': 'cluster-lost'}, row, {}),
        )

    def rows(self) -> AbstractContextManager[Transaction]:
        return self._rows.transaction(CLUSTERS, is_rehearsal=True)

    def repeat(self, resource: Resource, step: str) -> None:
        self.steps.append(step)

    def remove_parts(self, parts: Sequence[Part]) -> None:
        self.removed += parts


def prepare(asked: Asked, resource: Resource) -> list[Part]:
    """Do what is to be done before anything is changed in the database; return what was removed."""
    (step,) = CLUSTERS.steps(resource)
    assert step.before
    step.before(asked, resource)  # type: ignore[arg-type]
    return asked.removed


STACK = Ref('heat-stack', 'stack-1')


def test_its_stack_goes_before_a_cluster_is_adopted(rows: Rows) -> None:
    before = rows.sums()
    assert prepare(Asked(rows), told_cluster(holds=(STACK,))) == [Part('OS::Heat::Stack', 'stack-1')]
    assert prepare(Asked(rows), told_cluster()) == []
    assert rows.sums() == before


def test_no_stack_goes_of_a_cluster_that_is_not_adopted(rows: Rows) -> None:
    rows.facts.living.add(OTHERS)
    asked = Asked(rows)
    with pytest.raises(DatabaseRefused, match='Sahara itself can delete it'):
        prepare(asked, told_cluster('other', OTHER, holds=(STACK,)))
    assert asked.removed == []


@pytest.mark.parametrize(
    ('is_protected', 'status', 'expected'),
    [
        (False, 'Active', ['delete']),
        (False, 'Deleting', ['delete-again']),
        (True, 'Active', ['unprotect', 'delete']),
    ],
)
def test_an_adopted_cluster_is_deleted_by_sahara(
    rows: Rows, is_protected: bool, status: str, expected: list[str]
) -> None:
    asked = Asked(rows, status)
    resource = told_cluster(details={'is_protected': is_protected})
    (step,) = CLUSTERS.steps(resource)
    assert step.after
    step.after(asked, resource)  # type: ignore[arg-type]
    assert asked.steps == expected


# What the handler reads in the database


@pytest.fixture
def cloud(rows: Rows) -> FakeCloud:
    cloud = FakeCloud()
    DataProcessing(cloud, Orchestration(cloud))
    cloud.groups['mysql-fallback'] = {'sahara_connection': rows.url}
    return cloud


def test_a_cluster_of_a_dead_project_is_found_in_the_database(cloud: FakeCloud) -> None:
    found = {each.ref.id: each for each in CLUSTER.discover(cloud)}
    lost = found[f'{PROJECT}/cluster-lost']
    assert (lost.name, lost.project_id, lost.status) == ('lost', PROJECT, 'Active')
    assert lost.created_at
    assert lost.details['is_protected'] is False
    assert CLUSTER.look(cloud, lost.ref) == lost


def test_what_the_database_has_no_more_is_gone(cloud: FakeCloud, rows: Rows) -> None:
    (lost, *_) = CLUSTER.discover(cloud)
    rows.clear()
    assert CLUSTER.look(cloud, lost.ref) is None


def test_an_adopted_cluster_is_still_the_one_that_was_planned(cloud: FakeCloud, rows: Rows) -> None:
    (lost, *_) = CLUSTER.discover(cloud)
    rows.change('clusters', 'cluster-lost', tenant_id=cloud.project_id)
    seen = CLUSTER.look(cloud, lost.ref)
    assert seen
    assert (seen.ref, seen.project_id) == (lost.ref, cloud.project_id)


def test_the_configuration_of_sahara_tells_where_its_database_is(
    cloud: FakeCloud, rows: Rows, tmp_path: Path
) -> None:
    file = tmp_path / 'sahara.conf'
    cloud.groups['mysql-fallback'] = {'sahara_conf': str(file)}
    file.write_text('[database]\n')
    with pytest.raises(IncompleteListing, match='does not tell where'):
        list(CLUSTER.discover(cloud))
    file.write_text(f'[database]\nconnection = {rows.url}\n')
    assert len(list(CLUSTER.discover(cloud))) == 2


@pytest.mark.parametrize('address', ['nonsense', 'postgresql://x/y', 'sqlite:////nowhere/at/all'])
def test_a_database_that_cannot_be_read_is_not_taken_for_an_empty_one(cloud: FakeCloud, address: str) -> None:
    cloud.groups['mysql-fallback'] = {'sahara_connection': address}
    with pytest.raises(IncompleteListing, match='deleted projects') as caught:
        list(CLUSTER.discover(cloud))
    assert not isinstance(caught.value, PartlyListed)
    cloud.fail(('data-processing', 'GET', '/'), Unreachable('away'), times=math.inf)
    with pytest.raises(Unreachable):
        CLUSTER.look(cloud, Ref('sahara-cluster', f'{PROJECT}/cluster-lost'))
