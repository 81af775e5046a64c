"""What is taken for gone, orphaned, unused or complete, each made wrong: nothing that somebody uses is touched."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lab.threepar import exports, sets
from lab.threepar.faults import Fault
from orphancleanup import runs
from orphancleanup.errors import (
    ApiError,
    CloudError,
    Conflict,
    IncompleteListing,
    ListingMoved,
    ServiceHidden,
    Unreachable,
)
from orphancleanup.installed import asking
from orphancleanup.model import Ref, Resource
from orphancleanup.outcome import Result
from orphancleanup.plugins.threepar_lun import arrays, cinder, names, nova
from orphancleanup.plugins.threepar_lun.lun import Lun
from orphancleanup.plugins.threepar_lun.names import Role
from orphancleanup.plugins.threepar_lun.vlun import Vlun
from orphancleanup.storing.journal import Journal
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.clock import FakeClock
from tests.unit.plugins.threepar_lun.world import ORPHANS, World, named, registry

NAME_ID = 'os-vol-mig-status-attr:name_id'
DISKS = 'os-extended-volumes:volumes_attached'


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world with two arrays."""
    return World(tmp_path, monkeypatch, ('first', 'second'))


def unread(world: World) -> set[str]:
    """Return the kinds that could not be read; nothing of them is planned."""
    review = world.review(ORPHANS)
    assert review.plan.entries == ()
    return {each.scope.kind for each in review.inventory.unread}


def take(world: World, ref: Ref, step: str) -> None:
    """Take one step of a resource as it is now."""
    found = asking.look(registry(), world.cloud, ref)
    assert found is not None
    world.cloud.allow_changes()
    ladder = {each.name: each for each in asking.ladder(registry(), found)}
    ladder[step].run(world.cloud, found)


def volume_ref(item: dict[str, Any]) -> Ref:
    return Ref('cinder-volume', item['id'])


# --- Cinder ---


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


# --- Nova ---


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
    ladders = [
        (each, asking.ladder(registry(), each))
        for ref in (Ref('3par-lun', f'{lun}@first'), volume_ref(item))
        if (each := asking.look(registry(), world.cloud, ref))
    ]
    blind(world, disk_of(world, str(uuid.uuid4())))
    world.cloud.allow_changes()
    for resource, ladder in ladders:
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


# --- two arrays ---


def on_both(world: World, **fields: Any) -> tuple[dict[str, Any], str]:
    """Make a busy volume whose name is on the second array, too."""
    item, lun = world.volume()
    world.export(lun)
    world.lun(name=lun, array='second', **fields)
    return item, lun


@pytest.mark.parametrize('fields', [{'rcopyStatus': 3}, {'cpg': 'others'}, {'comment': 'wanted, Bob'}])
def test_what_one_array_refuses_is_not_begun_on_another(two: World, fields: dict[str, Any]) -> None:
    item, lun = on_both(two, **fields)
    outcome = two.clean(named(volume_ref(item)))[item['id']]
    assert outcome.result is not Result.REMOVED
    assert lun in two.array().volumes
    assert (two.hosts.stopped, len(two.array().exports_of(lun))) == ([], 2)


def test_an_array_that_does_not_answer_leaves_the_other_alone(two: World) -> None:
    item, _ = on_both(two)
    step = {each.name: each for each in Lun().added(Resource(volume_ref(item)))}['stop-io']
    arrays.of(two.cloud)
    two.simulators['second'].faults.waiting.append(Fault('GET', status=500, body={'code': 1}, times=None))
    two.cloud.allow_changes()
    with pytest.raises(Unreachable):
        step.run(two.cloud, Resource(volume_ref(item)))
    assert two.hosts.stopped == []


def test_both_go_when_both_are_the_volumes(two: World) -> None:
    item, _ = on_both(two)
    assert two.clean(named(volume_ref(item)))[item['id']].result is Result.REMOVED
    assert (two.array().volumes, two.array('second').volumes) == ({}, {})


@pytest.mark.parametrize(
    'fields', [{'cpg': 'others'}, {'comment': 'wanted, Bob'}, {'role': Role.SWAPPED_VOLUME}]
)
def test_an_array_that_has_a_volume_in_any_way_has_it(world: World, fields: dict[str, Any]) -> None:
    """What would be done in Cinder's database rests on it."""
    pool = {NAME_ID: None, 'os-vol-host-attr:host': 'a@b#OpenStack'}
    item = world.storage.add_volume(id=str(uuid.uuid4()), **pool)
    assert Lun().backend_has(world.cloud, Resource(volume_ref(item))) is False
    world.lun(item['id'], **fields)
    assert Lun().backend_has(world.cloud, Resource(volume_ref(item))) is True


def test_a_map_whose_volume_another_array_took_over_is_not_stale(two: World) -> None:
    _, lun = two.volume()
    wwn = two.array().volumes.pop(lun)['wwn']
    two.volume()
    _, taken = two.volume('second')
    two.array('second').volumes[taken]['wwn'] = wwn
    two.export(taken, array='second', has_map=False)
    found = two.hosts.add('compute1', wwn, is_faulty=True)
    assert two.clean(ORPHANS) == {}
    assert two.hosts.found == [found]


# --- the array's answers ---


def test_the_same_volume_twice_in_a_list_hides_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.lun()
    world.volume()
    first = next(iter(world.array().volumes.values()))
    fault = Fault('GET', 'volumes$', status=200, body={'total': 2, 'members': [first, first]}, times=None)
    world.simulators['first'].faults.waiting.append(fault)
    assert '3par-lun' in unread(world)


@pytest.mark.parametrize('body', [{'members': []}, {'total': None, 'members': []}])
def test_a_list_that_counts_nothing_is_no_list(world: World, body: dict[str, Any]) -> None:
    world.lun()
    world.simulators['first'].faults.waiting.append(Fault('GET', 'vluns$', status=200, body=body, times=None))
    assert unread(world) >= {'3par-vlun'}


def test_an_export_that_was_made_between_two_lists_is_no_orphans(world: World) -> None:
    answer = world.simulators['first'].answer
    made: list[str] = []

    def meanwhile(key: str | None, method: str, url: str, body: dict[str, Any]) -> Any:
        if url.endswith('/vluns') and not made:
            made.append(world.lun())
            world.export(made[0])
        return answer(key, method, url, body)

    world.simulators['first'].answer = meanwhile  # type: ignore[method-assign]
    with pytest.raises(ListingMoved, match='was made while'):
        list(Vlun().discover(world.cloud))
    assert len(list(Vlun().discover(world.cloud))) == 1


def test_a_session_that_is_refused_twice_refuses_nothing_else(world: World) -> None:
    """Else a harsher step would follow upon an array that logs everybody out."""
    lun = world.lun()
    [array] = arrays.of(world.cloud).arrays
    expired = {'code': 6, 'desc': 'invalid session key'}
    world.simulators['first'].faults.waiting.append(Fault('DELETE', status=403, body=expired, times=2))
    world.cloud.allow_changes()
    with pytest.raises(Unreachable, match='invalid session key'):
        array.delete_volume(lun)


def test_sessions_that_end_between_two_steps_are_replaced_and_given_back(world: World) -> None:
    lun = world.lun()
    world.export(lun)
    world.hosts.watch = lambda found, may_work: world.simulators['first'].sessions.used.clear()
    assert world.clean(ORPHANS)[f'{lun}@first'].result is Result.REMOVED
    assert len(world.simulators['first'].sessions.used) == 1


def test_a_session_that_has_ended_need_not_be_given_back(world: World) -> None:
    [array] = arrays.of(world.cloud).arrays
    world.simulators['first'].sessions.used.clear()
    array.close()


def test_what_was_read_for_one_survey_serves_no_later_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(arrays.time, 'monotonic', lambda: now[0])
    world.volume()
    known = arrays.of(world.cloud)
    first = known.read(world.cloud, '3par-lun')
    assert known.read(world.cloud, '3par-vlun') is first
    now[0] += 121
    assert known.read(world.cloud, 'multipath-map') is not first


# --- exports and sets ---


def test_a_lun_that_is_exported_by_a_port_is_kept_where_nobody_says_which_hosts_there_are(
    world: World,
) -> None:
    lun = world.lun()
    port = {'node': 0, 'slot': 2, 'cardPort': 1}
    exports.create(world.array(), {'volumeName': lun, 'lun': 3, 'portPos': port})
    world.hosts.hosts = ()
    outcome = world.clean(ORPHANS)[f'{lun}@first']
    assert 'exported by a port' in str(outcome)
    assert lun in world.array().volumes
    world.hosts.hosts = ('compute1',)
    assert world.clean(ORPHANS)[f'{lun}@first'].result is Result.REMOVED


def test_the_own_set_of_a_migrated_volume_goes_with_it(world: World) -> None:
    """It is called by the volume's id, the volume on the array by its name id."""
    item, lun = world.volume(name_id=str(uuid.uuid4()))
    world.export(lun)
    world.own_set(item['id'], lun)
    assert world.clean(named(volume_ref(item)))[item['id']].result is Result.REMOVED
    assert (world.array().sets, world.array().qos) == ({}, {})


def test_an_own_set_with_a_second_member_keeps_both(world: World) -> None:
    item, lun = world.volume()
    world.export(lun)
    _, other = world.volume()
    own = world.own_set(item['id'], lun)
    sets.modify(world.array(), own, {'action': 1, 'setmembers': [other]})
    assert world.clean(named(volume_ref(item))) == {}
    assert world.array().sets[own]['setmembers'] == [lun, other]
    take(world, volume_ref(item), 'stop-io')
    take(world, volume_ref(item), 'unexport')
    take(world, volume_ref(item), 'leave-sets')
    assert world.array().sets[own]['setmembers'] == [other]
    assert own in world.array().qos


# --- a run that is killed ---


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize('path', ['vluns', 'volumesets', 'volumes'])
@pytest.mark.parametrize('is_busy', [False, True])
@pytest.mark.parametrize('is_done', [False, True])
def test_a_run_that_was_killed_is_finished(
    world: World, monkeypatch: pytest.MonkeyPatch, path: str, is_busy: bool, is_done: bool
) -> None:
    item, lun = world.volume() if is_busy else ({}, world.lun())
    world.export(lun)
    sets.create(world.array(), {'name': 'gold', 'setmembers': [lun, world.lun(cpg='others')]})
    ref = volume_ref(item) if is_busy else Ref('3par-lun', f'{lun}@first')
    plan = world.review(named(ref) if is_busy else ORPHANS).plan
    world.planned = frozenset(entry.ref for entry in plan.entries)
    folder = RunFolder.create(world.cloud.clock, world.root)
    _kill_at(world, monkeypatch, path, is_done)
    with pytest.raises(Killed):
        runs.apply(world.site(), plan, folder)
    monkeypatch.undo()
    world.patch(monkeypatch)
    world.cloud.forbid_changes()
    [outcome] = [each for each in runs.resume(world.site(), folder).outcomes if each.ref == ref]
    assert outcome.result is Result.REMOVED
    assert lun not in world.array().volumes
    assert world.array().exports_of(lun) == []
    assert world.harmed == []


def _kill_at(world: World, monkeypatch: pytest.MonkeyPatch, path: str, is_done: bool) -> None:
    """Let the process end with a change, before or after the array has made it; nothing is asked or written then."""
    ask, write, wait = world.request, Journal.write, FakeClock.sleep
    ended: list[str] = []

    def request(method: str, url: str, **options: Any) -> Any:
        is_it = method in ('DELETE', 'PUT') and f'/{path}/' in url
        if ended or (is_it and not is_done):
            ended.append(url)
            raise Killed
        made = ask(method, url, **options)
        if is_it:
            ended.append(url)
            raise Killed
        return made

    def written(self: Journal, entry: Any) -> None:
        if ended:
            raise Killed
        write(self, entry)

    def sleep(self: FakeClock, seconds: float) -> None:
        if ended:
            raise Killed
        wait(self, seconds)

    monkeypatch.setattr(world, 'request', request)
    monkeypatch.setattr(Journal, 'write', written)
    monkeypatch.setattr(FakeClock, 'sleep', sleep)


# --- what a script gets ---


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
