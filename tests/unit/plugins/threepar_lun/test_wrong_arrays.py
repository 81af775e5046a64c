"""What arrays tell, each answer made wrong, and two with the same names: nothing that somebody uses is touched."""

import uuid
from pathlib import Path
from typing import Any

import pytest

from lab.threepar import exports, sets
from lab.threepar.faults import Fault
from orphancleanup.errors import (
    ListingMoved,
    Unreachable,
)
from orphancleanup.model import Resource
from orphancleanup.outcome import Result
from orphancleanup.plugins.threepar_lun import arrays
from orphancleanup.plugins.threepar_lun.lun import Lun
from orphancleanup.plugins.threepar_lun.names import Role
from orphancleanup.plugins.threepar_lun.vlun import Vlun
from tests.unit.plugins.threepar_lun.asked import take, unread, volume_ref
from tests.unit.plugins.threepar_lun.world import ORPHANS, World, named

NAME_ID = 'os-vol-mig-status-attr:name_id'
POOL = 'first@3par#OpenStack'


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


@pytest.fixture
def two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a world with two arrays."""
    return World(tmp_path, monkeypatch, ('first', 'second'))


def on_both(world: World, **fields: Any) -> tuple[dict[str, Any], str]:
    """Make a busy volume whose name is on the second array, too."""
    item, lun = world.volume()
    world.export(lun)
    world.lun(name=lun, array='second', **fields)
    return item, lun


def on_first(world: World) -> dict[str, Any]:
    """Make a volume that Cinder has in the pool of the first array, which does not have it."""
    fields = {NAME_ID: None, 'os-vol-host-attr:host': POOL}
    return world.storage.add_volume(id=str(uuid.uuid4()), **fields)


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
    item = on_first(world)
    assert Lun().backend_has(world.cloud, Resource(volume_ref(item))) is False
    world.lun(item['id'], **fields)
    assert Lun().backend_has(world.cloud, Resource(volume_ref(item))) is True


@pytest.mark.parametrize(
    'place',
    [
        pytest.param('HPE3PARDriver:99:OpenStack', id='an array that is not configured'),
        pytest.param('OtherDriver:1:OpenStack', id='another driver'),
        pytest.param('', id='a driver that does not tell'),
        pytest.param(None, id='a driver that is not at work'),
    ],
)
def test_arrays_tell_nothing_of_a_volume_that_is_not_proven_to_be_on_one_of_them(
    two: World, place: str | None
) -> None:
    """Its pool has the name of a configured one, and what is done in Cinder's database would rest on it."""
    item = on_first(two)
    two.storage.pools.pop(POOL)
    if place is not None:
        two.storage.pools[POOL] = place
    assert Lun().backend_has(two.cloud, Resource(volume_ref(item))) is None


@pytest.mark.parametrize('body', [{}, {'name': 'array'}, {'serialNumber': None}])
def test_an_array_without_a_serial_number_tells_nothing_of_a_volume_that_it_does_not_have(
    world: World, body: dict[str, Any]
) -> None:
    item = on_first(world)
    fault = Fault('GET', 'system$', status=200, body=body, times=None)
    world.simulators['first'].faults.waiting.append(fault)
    assert Lun().backend_has(world.cloud, Resource(volume_ref(item))) is None


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
