"""What is left over on arrays: what is found, what is never touched, and how it goes."""

import datetime
import json
import time
import uuid

import pytest

from lab.threepar import exports, sets, tasks
from lab.threepar.faults import Fault
from orphancleanup.errors import Unreachable
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision
from orphancleanup.model import Ref
from orphancleanup.outcome import Result
from orphancleanup.plugins.threepar_lun import names
from orphancleanup.plugins.threepar_lun.lun import Lun
from orphancleanup.plugins.threepar_lun.names import Role
from orphancleanup.report import summary
from orphancleanup.report import verdicts as rows
from tests.unit.plugins.threepar_lun.world import ORPHANS, World, named

EVERYTHING = Request(Selection(everything=True))


@pytest.fixture
def world(tmp_path, monkeypatch):
    return World(tmp_path, monkeypatch)


def verdicts(world, request=ORPHANS):
    """Return the verdicts on what is on arrays, by the name there."""
    return {
        each.resource.id.partition('@')[0]: each
        for each in world.review(request).verdicts
        if each.resource.kind.startswith('3par')
    }


def test_a_volume_without_a_row_in_cinder_goes(world):
    world.volume()
    lun = world.lun()
    assert [name for name, each in verdicts(world).items() if each.decision is Decision.REMOVE] == [lun]
    outcomes = world.clean(ORPHANS)
    assert outcomes[f'{lun}@first'].result is Result.REMOVED
    assert lun not in world.array().volumes
    assert len(world.array().volumes) == 1
    assert world.harmed == []


def test_one_with_exports_sets_and_temporary_snapshots_goes_with_all_of_them(world):
    identifier = str(uuid.uuid4())
    lun = world.lun(identifier)
    world.export(lun, 'compute1')
    world.export(lun, 'compute2')
    world.own_set(identifier, lun)
    sets.create(world.array(), {'name': 'admins', 'setmembers': [lun]})
    world.snapshot_of(lun, Role.TEMPORARY_SNAPSHOT)
    assert world.clean(ORPHANS)[f'{lun}@first'].result is Result.REMOVED
    assert (world.array().volumes, world.array().vluns, world.array().qos) == ({}, [], {})
    assert world.array().sets['admins']['setmembers'] == []
    assert len(world.hosts.stopped) == 2


def test_a_migrated_volume_lives_under_its_name_id(world):
    _, lun = world.volume(name_id=str(uuid.uuid4()))
    assert verdicts(world, EVERYTHING)[lun].resource.owners
    world.clean(ORPHANS)
    assert lun in world.array().volumes


def test_a_comment_may_speak_for_a_living_volume(world):
    item, _ = world.volume()
    lun = world.lun(comment=json.dumps({'volume_id': item['id'], 'type': 'OpenStack'}))
    assert world.clean(ORPHANS) == {}
    assert lun in world.array().volumes


@pytest.mark.parametrize(
    'fields',
    [
        {'name': 'database-1'}, {'cpg': 'others'}, {'comment': 'wanted, Bob'}, {'role': Role.UNMANAGED_VOLUME},
        {'name': 'osv-0DM4qZEVSKON-DXN-NwVpx'}, {'comment': '{"type": "Kubernetes"}'},
    ],
)  # fmt: skip
def test_what_is_not_cinder_s_is_never_touched(world, fields):
    lun = world.lun(**fields)
    assert lun not in verdicts(world, EVERYTHING)
    ref = Ref('3par-lun', f'{lun}@first')
    assert world.clean(EVERYTHING) == {}
    assert all(outcome.result is not Result.REMOVED for outcome in world.clean(named(ref)).values())
    assert lun in world.array().volumes


@pytest.mark.parametrize(
    ('fields', 'told'),
    [
        ({'creationTimeSec': int(time.time()) - 3600}, 'less than 24 h ago'),
        ({'creationTimeSec': None}, 'does not tell when it was made'), ({'rcopyStatus': 3}, 'remote copy'),
        ({'retentionTimeSec': int(time.time()) + 86400}, 'retains it until'),
    ],
)  # fmt: skip
def test_what_may_be_wanted_all_the_same_is_kept_and_says_why(world, fields, told):
    lun = world.lun(**fields)
    found = verdicts(world)[lun]
    assert found.decision is Decision.KEEP
    assert any(told in guard.text for guard in found.guards)
    world.clean(ORPHANS)
    assert lun in world.array().volumes


def test_a_volume_that_a_server_says_it_has_is_kept(world):
    identifier = str(uuid.uuid4())
    lun = world.lun(identifier)
    world.compute.add(**{'os-extended-volumes:volumes_attached': [{'id': identifier}]})
    assert verdicts(world)[lun].decision is Decision.KEEP
    world.clean(ORPHANS)
    assert lun in world.array().volumes


def test_a_volume_that_cinder_has_again_is_kept(world):
    identifier = str(uuid.uuid4())
    lun = world.lun(identifier)
    world.clean(
        ORPHANS, lambda: world.storage.add_volume(id=identifier, **{'os-vol-mig-status-attr:name_id': None})
    )
    assert lun in world.array().volumes


def test_a_map_that_something_holds_keeps_the_lun_and_its_exports(world):
    lun = world.lun()
    world.export(lun, has_map=False)
    world.hosts.add(
        'compute1', world.array().volumes[lun]['wwn'], holders=('qemu-kvm (pid 4711) has it open',)
    )
    outcome = world.clean(ORPHANS)[f'{lun}@first']
    assert outcome.result is not Result.REMOVED
    assert any('qemu-kvm' in each.text for each in outcome.evidence) or 'qemu-kvm' in outcome.text
    assert world.array().vluns
    assert lun in world.array().volumes


def test_a_host_that_does_not_answer_keeps_the_lun_and_its_exports(world):
    lun = world.lun()
    world.export(lun)
    world.hosts.silent.add('compute2')
    assert world.clean(ORPHANS)[f'{lun}@first'].result is Result.LEFT
    assert (world.hosts.stopped, len(world.array().volumes)) == ([], 1)
    assert world.array().vluns


def test_a_host_that_nobody_named_is_asked_when_the_lun_is_exported_to_it(world):
    lun = world.lun()
    world.export(lun, 'compute9')
    world.hosts.silent.add('compute9')
    assert world.clean(ORPHANS)[f'{lun}@first'].result is Result.LEFT
    world.hosts.silent.clear()
    assert world.clean(ORPHANS)[f'{lun}@first'].result is Result.REMOVED
    assert [each.host for each in world.hosts.stopped] == ['compute9']


@pytest.mark.parametrize('where', [{'volumeName': 'set:shared'}, {'hostname': 'set:all'}])
def test_a_lun_that_is_exported_together_with_others_is_kept(world, where):
    lun = world.lun()
    other = world.lun(cpg='others')
    sets.create(world.array(), {'name': 'shared', 'setmembers': [lun, other]})
    world.export(lun)
    exports.create(world.array(), {'volumeName': lun, 'hostname': 'compute1', 'lun': 77, **where})
    assert world.clean(ORPHANS)[f'{lun}@first'].result is not Result.REMOVED
    assert lun in world.array().volumes
    assert len([each for each in world.array().vluns if not each['active']]) == 2
    assert world.array().sets['shared']['setmembers'] == [lun, other]


@pytest.mark.parametrize('role', [Role.SNAPSHOT, None])
def test_a_lun_with_a_snapshot_that_is_wanted_is_kept(world, role):
    lun = world.lun()
    identifier = str(uuid.uuid4())
    snapshot = world.snapshot_of(lun, role or Role.SNAPSHOT, identifier)
    if role:
        world.storage.snapshots.add(id=identifier, volume_id='x', status='available', metadata={}, name='s',
                                    **{'os-extended-snapshot-attributes:project_id': 'p', 'group_snapshot_id': None,
                                       'created_at': None, 'updated_at': None})  # fmt: skip
    else:
        world.array().volumes[snapshot]['comment'] = 'wanted, Bob'
    world.clean(ORPHANS)
    assert {lun, snapshot} <= set(world.array().volumes)


def test_a_snapshot_that_cinder_has_lost_goes_before_its_volume(world):
    lun = world.lun()
    snapshot = world.snapshot_of(lun, Role.SNAPSHOT)
    outcomes = world.clean(ORPHANS)
    assert {each.result for each in outcomes.values()} == {Result.REMOVED}
    assert set(outcomes) == {f'{lun}@first', f'{snapshot}@first'}
    assert world.array().volumes == {}


def test_a_lun_that_is_being_copied_is_kept_in_the_array_s_own_words(world):
    lun = world.lun()
    tasks.start(world.array(), 'copy', 18, source=lun)
    outcome = world.clean(ORPHANS)[f'{lun}@first']
    assert outcome.result is not Result.REMOVED
    assert 'task' in str(outcome)
    assert lun in world.array().volumes


def test_a_temporary_snapshot_goes_when_its_hour_is_past(world):
    _, lun = world.volume()
    overdue = world.snapshot_of(lun, Role.TEMPORARY_SNAPSHOT, expirationTimeSec=int(time.time()) - 86400)
    fresh = world.snapshot_of(lun, Role.TEMPORARY_SNAPSHOT, expirationTimeSec=int(time.time()) + 3600)
    world.clean(Request(Selection(stuck=datetime.timedelta(hours=2))))
    assert set(world.array().volumes) == {lun, fresh}
    assert overdue not in world.array().volumes


def test_exports_of_living_volumes_are_shown_and_never_removed(world):
    _, lun = world.volume()
    world.export(lun)
    _, used = world.volume()
    world.export(used)
    world.attach(world.storage.volumes.items[names.decode(used).id])
    found = {
        each.resource.name: each.resource.status
        for each in world.review(EVERYTHING).verdicts
        if each.resource.kind == '3par-vlun'
    }
    assert found[lun] == 'exported without an attachment (D)'
    assert found[used] == 'exported'
    world.clean(Request(Selection(stuck=datetime.timedelta(seconds=1))))
    assert {each['volumeName'] for each in world.array().vluns} == {lun, used}


def test_sets_of_groups_and_of_living_volumes_stay_and_empty_ones_are_only_shown(world):
    group = world.storage.add_group()
    item, lun = world.volume()
    own = world.own_set(item['id'], lun)
    of_group = names.encode(Role.VOLUME_SET, group['id'])
    empty = names.encode(Role.VOLUME_SET, str(uuid.uuid4()))
    for name in (of_group, empty):
        sets.create(world.array(), {'name': name})
    found = verdicts(world)
    assert found[empty].decision is Decision.KEEP
    assert 'remove it by hand' in str(found[empty].guards)
    world.clean(ORPHANS)
    assert set(world.array().sets) == {own, of_group, empty}


def test_an_array_that_cannot_be_read_is_no_empty_array(world):
    world.lun()
    world.simulators['first'].sessions.accounts.clear()
    review = world.review(ORPHANS)
    assert {each.scope.kind for each in review.inventory.unread} >= {'3par-lun', '3par-vlun', '3par-vvset'}
    assert review.plan.entries == ()


def test_without_an_array_the_kinds_are_not_looked_for(world):
    world.cloud.groups.clear()
    absent = world.review(ORPHANS).inventory.absent
    assert 'No 3PAR array is configured' in absent['3par-lun']


def test_a_dry_run_changes_nothing_and_reads_each_list_once(tmp_path, monkeypatch):
    world = World(tmp_path, monkeypatch, ('first', 'second'))
    for array in ('first', 'second'):
        for _ in range(3):
            world.volume(array=array)
        world.export(world.lun(array=array), array=array)
    world.review(ORPHANS)
    for simulator in world.simulators.values():
        asked = [url for _, url in simulator.requests if url != '/api']
        assert sorted(asked) == ['/api/v1/vluns', '/api/v1/volumes', '/api/v1/volumesets']
        assert {method for method, _ in simulator.requests} == {'GET'}


def test_the_same_volume_on_two_arrays_is_two(tmp_path, monkeypatch):
    world = World(tmp_path, monkeypatch, ('first', 'second'))
    identifier = str(uuid.uuid4())
    lun = world.lun(identifier)
    world.lun(identifier, array='second')
    assert set(world.clean(ORPHANS)) == {f'{lun}@first', f'{lun}@second'}


def test_an_id_without_its_array_tells_nothing(world):
    lun = world.lun()
    with pytest.raises(Unreachable, match='NAME@ARRAY'):
        Lun().look(world.cloud, Ref('3par-lun', lun))


def test_a_cut_list_removes_nothing(world):
    world.lun()
    world.simulators['first'].faults.waiting.append(Fault())
    world.storage.osapi_max_limit = 1
    world.volume()
    world.storage.volumes.cut = 0
    assert world.clean(ORPHANS) == {}


def test_at_the_end_no_session_is_left_on_any_array(tmp_path, monkeypatch):
    world = World(tmp_path, monkeypatch, ('first', 'second'))
    world.review(ORPHANS)
    assert [len(each.sessions.used) for each in world.simulators.values()] == [1, 1]
    world.cloud.close()
    assert [len(each.sessions.used) for each in world.simulators.values()] == [0, 0]


def test_when_one_array_is_shut_the_session_with_the_other_is_given_back(tmp_path, monkeypatch):
    world = World(tmp_path, monkeypatch, ('first', 'second'))
    world.simulators['second'].sessions.accounts.clear()
    world.lun()
    assert world.review(ORPHANS).plan.entries == ()
    assert world.simulators['first'].sessions.used == {}


def test_the_capacity_that_is_freed_is_told(world):
    world.lun()
    world.lun()
    review = world.review(ORPHANS)
    assert 'Of 2 of these the capacity is known: 2 GiB.' in summary.of_plan(review.plan)
    assert all(row[-1].endswith('[left over (C), 1 GiB]') for row in rows.plan_rows(review.plan))
