"""Multipath maps as a kind: which one is stale, what keeps it, and what is told of it."""

import uuid
from pathlib import Path

import pytest

from orphancleanup import runs
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.judging.verdict import Decision, Verdict
from orphancleanup.model import Level, Ref
from orphancleanup.outcome import Result
from orphancleanup.plugins.threepar_lun import nova_records
from orphancleanup.plugins.threepar_lun.hosts import HostMap
from orphancleanup.plugins.threepar_lun.multipath_map import MultipathMap
from tests.unit.plugins.threepar_lun.world import ORPHANS, World, named

EVERYTHING = Request(Selection(everything=True))
_API = frozenset({Level.API, Level.FORCE})


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def gone(world: World, host: str = 'compute1', **fields: object) -> HostMap:
    """Return a map whose LUN the array has no more; another of its volumes tells that it is the array."""
    lun = world.lun()
    wwn = world.array().volumes[lun]['wwn']
    del world.array().volumes[lun]
    if not world.array().volumes:
        world.volume()
    return world.hosts.add(host, wwn, **{'is_faulty': True, **fields})  # type: ignore[arg-type]


def verdict(world: World, found: HostMap, request: Request = ORPHANS) -> Verdict:
    """Return the verdict on a map."""
    identifier = f'{found.wwid}@{found.host}'
    (told,) = [each for each in world.review(request).verdicts if each.resource.id == identifier]
    return told


def test_map_of_a_lun_that_is_gone_goes(world: World) -> None:
    found = gone(world)
    assert verdict(world, found).resource.status == 'stale (B)'
    assert world.clean(ORPHANS)[f'{found.wwid}@compute1'].result is Result.REMOVED
    assert world.hosts.found == []
    assert world.harmed == []


def test_map_of_a_lun_that_is_exported_to_nobody_goes(world: World) -> None:
    _, lun = world.volume()
    found = world.hosts.add('compute1', world.array().volumes[lun]['wwn'], is_faulty=True)
    assert verdict(world, found).decision is Decision.REMOVE
    assert world.clean(ORPHANS)[f'{found.wwid}@compute1'].result is Result.REMOVED
    assert lun in world.array().volumes


@pytest.mark.parametrize('is_faulty', [True, False])
@pytest.mark.parametrize('host', ['compute1', 'another-name'])
def test_map_of_an_exported_lun_stays_whatever_the_host_is_called(
    world: World, host: str, is_faulty: bool
) -> None:
    _, lun = world.volume()
    world.export(lun, host, has_map=False)
    found = world.hosts.add('compute1', world.array().volumes[lun]['wwn'], is_faulty=is_faulty)
    told = verdict(world, found, EVERYTHING)
    assert told.decision is Decision.KEEP
    assert [guard.code for guard in told.guards] == ['protected']
    assert told.resource.status == ('with a faulty path to an exported LUN (A)' if is_faulty else 'working')


def test_map_of_an_array_that_is_not_configured_stays(world: World) -> None:
    world.volume()
    found = world.hosts.add('compute1', '60002AC000000000000000FF0000BEEF', is_faulty=True)
    assert verdict(world, found).resource.status == 'of an array that is not configured'
    assert verdict(world, found, EVERYTHING).decision is Decision.KEEP


def test_map_with_a_path_that_may_work_stays(world: World) -> None:
    found = gone(world, is_faulty=False)
    assert verdict(world, found, EVERYTHING).decision is Decision.KEEP


def test_map_that_something_holds_stays_and_tells_what(world: World) -> None:
    found = gone(world, holders=('qemu-kvm (pid 7) has it open',))
    told = verdict(world, found)
    assert told.decision is Decision.KEEP
    assert 'qemu-kvm (pid 7) has it open' in told.guards[0].text


def test_host_that_does_not_answer_leaves_all_maps_unread(world: World) -> None:
    gone(world)
    world.hosts.silent = {'compute2'}
    review = world.review(ORPHANS)
    assert not [each for each in review.verdicts if each.resource.kind == 'multipath-map']
    assert any('compute2 does not answer' in each.why for each in review.plan.unread)


def test_without_configured_hosts_the_kind_is_absent_and_says_so(world: World) -> None:
    found = gone(world)
    world.hosts.hosts = ()
    review = world.review(named(Ref('multipath-map', f'{found.wwid}@compute1')))
    assert not [each for each in review.plan.entries if each.ref.kind == 'multipath-map']


def test_map_that_was_exported_since_is_left_alone(world: World) -> None:
    _, lun = world.volume()
    found = world.hosts.add('compute1', world.array().volumes[lun]['wwn'], is_faulty=True)
    outcomes = world.clean(ORPHANS, lambda: world.export(lun, has_map=False))
    assert outcomes[f'{found.wwid}@compute1'].result is not Result.REMOVED
    assert world.hosts.found == [found]


def test_step_looks_again_by_itself_right_before_it_acts(world: World) -> None:
    _, lun = world.volume()
    found = world.hosts.add('compute1', world.array().volumes[lun]['wwn'], is_faulty=True)
    resource = verdict(world, found).resource
    (step,) = MultipathMap().ladder(resource)
    world.export(lun, has_map=False)
    world.cloud.allow_changes()
    with pytest.raises(Conflict, match='by now'):
        step.run(world.cloud, resource)
    world.hosts.found.clear()
    with pytest.raises(NotFound):
        step.run(world.cloud, resource)
    assert world.hosts.stopped == []


def test_map_that_is_held_since_is_left_alone(world: World) -> None:
    found = gone(world)

    def hold() -> None:
        world.hosts.found.clear()
        world.hosts.add('compute1', found.wwid[1:].upper(), ('mounted on /mnt',), is_faulty=True)

    outcomes = world.clean(ORPHANS, hold)
    assert outcomes[f'{found.wwid}@compute1'].result is not Result.REMOVED
    assert len(world.hosts.found) == 1


def test_without_the_level_backend_nothing_is_done(world: World) -> None:
    found = gone(world)
    plan = runs.review(world.site(_API), ORPHANS).plan
    assert plan.entries
    assert world.hosts.stopped == []
    assert world.hosts.found == [found]


def test_way_to_the_server_is_told_hop_by_hop(world: World) -> None:
    item, lun = world.volume()
    server = world.attach(item)
    world.export(lun)
    (found,) = world.hosts.found
    for identifier in (found.wwid, f'{found.wwid}@compute1'):
        told = runs.explain(world.site(), Ref('multipath-map', identifier), ORPHANS)
        text = ' '.join(each.text for each in told.evidence)
        for hop in (found.wwid[1:].upper(), lun, item['id'], server['id'], 'compute1'):
            assert hop in text
    assert {each.source for each in told.evidence} == {'host', 'wwid', 'array', 'name', 'cinder'}


def test_way_ends_where_nobody_knows_on(world: World) -> None:
    found = gone(world)
    told = runs.explain(world.site(), Ref('multipath-map', f'{found.wwid}@compute1'), ORPHANS)
    assert 'any more' in told.evidence[-1].text
    foreign = world.lun(name='backup-of-someone')
    other = world.hosts.add('compute2', world.array().volumes[foreign]['wwn'], is_faulty=True)
    told = runs.explain(world.site(), Ref('multipath-map', f'{other.wwid}@compute2'), ORPHANS)
    assert "not Cinder's" in told.evidence[-1].text


def test_map_that_does_not_exist_is_said(world: World) -> None:
    world.volume()
    told = runs.explain(
        world.site(), Ref('multipath-map', f'360002ac{uuid.uuid4().hex[:25]}@compute1'), ORPHANS
    )
    assert told.resource is None


@pytest.mark.parametrize('kind', ['3par-lun', 'cinder-volume'])
def test_way_to_the_devices_is_told_hop_by_hop(world: World, kind: str) -> None:
    item, lun = world.volume()
    world.export(lun)
    (found,) = world.hosts.found
    told = runs.explain(
        world.site(), Ref(kind, f'{lun}@first' if kind == '3par-lun' else item['id']), ORPHANS
    )
    text = ' '.join(each.text for each in told.evidence)
    for hop in (lun, item['id'], found.wwid, found.wwid[1:].upper(), 'compute1', 'sdb (1:0:0:0, 8:16)'):
        assert hop in text


def test_host_that_cannot_be_asked_is_told_in_its_place(world: World) -> None:
    item, lun = world.volume()
    world.export(lun)
    world.hosts.silent = {'compute1'}
    told = runs.explain(world.site(), Ref('cinder-volume', item['id']), ORPHANS)
    assert told.evidence[-1].text == 'The host compute1 does not answer.'


def test_volume_of_a_cloud_without_arrays_tells_nothing_of_them(world: World) -> None:
    item, _ = world.volume()
    world.cloud.groups = {}
    told = runs.explain(world.site(), Ref('cinder-volume', item['id']), ORPHANS)
    assert not [each for each in told.evidence if 'array' in each.text]


def test_nova_tells_on_where_the_array_knows_nothing_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = gone(world)
    records = {found.wwid: (nova_records.Record('volume-1', 'server-1', is_deleted=True),)}
    monkeypatch.setattr(nova_records, 'of_wwid', lambda _cloud, wwid: records[wwid])
    told = runs.explain(world.site(), Ref('multipath-map', f'{found.wwid}@compute1'), ORPHANS)
    assert told.evidence[-1].text == 'block device mapping: volume volume-1 of server server-1, deleted there'
