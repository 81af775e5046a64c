"""A volume that Cinder would not delete since its array has it in use: how it goes, and when it does not."""

import uuid

import pytest
import requests

from lab.threepar import sets, tasks
from orphancleanup.installed import ladders
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.outcome import Result
from orphancleanup.plugins.threepar_lun.lun import Lun
from orphancleanup.plugins.threepar_lun.names import Role
from tests.unit.plugins.threepar_lun.world import ALL_LEVELS, World, named, registry


@pytest.fixture
def world(tmp_path, monkeypatch):
    return World(tmp_path, monkeypatch)


def busy(world, **fields):
    """Make a volume that is exported although nobody has attached it; return its id and its name on the array."""
    item, lun = world.volume(**fields)
    world.export(lun)
    return item['id'], lun


def clean(world, identifier, meanwhile=lambda: None):
    return world.clean(named(Ref('cinder-volume', identifier)), meanwhile)[identifier]


def test_a_busy_volume_goes(world):
    identifier, _ = busy(world)
    outcome = clean(world, identifier)
    assert outcome.result is Result.REMOVED
    assert (world.array().volumes, world.array().vluns) == ({}, [])
    assert [each.host for each in world.hosts.stopped] == ['compute1']
    assert identifier not in world.storage.volumes.items
    assert world.harmed == []


def test_what_was_done_is_told_in_order(world):
    identifier, _ = busy(world)
    assert clean(world, identifier).steps == (
        'delete', 'force-delete', 'stop-io', 'unexport', 'leave-sets', 'delete-temporary-snapshots', 'delete-lun',
        'delete-after-lun',
    )  # fmt: skip


def test_a_migrated_volume_is_found_by_its_name_id(world):
    identifier, _ = busy(world, name_id=str(uuid.uuid4()))
    assert clean(world, identifier).result is Result.REMOVED
    assert world.array().volumes == {}


def test_its_own_set_goes_and_an_operator_s_set_stays(world):
    identifier, lun = busy(world)
    world.own_set(identifier, lun)
    other = world.lun(cpg='others')
    sets.create(world.array(), {'name': 'gold', 'setmembers': [lun, other]})
    assert clean(world, identifier).result is Result.REMOVED
    assert list(world.array().sets) == ['gold']
    assert world.array().sets['gold']['setmembers'] == [other]
    assert world.array().qos == {}


def test_its_temporary_snapshots_go_with_it(world):
    identifier, lun = busy(world)
    world.snapshot_of(lun, Role.TEMPORARY_SNAPSHOT)
    assert clean(world, identifier).result is Result.REMOVED
    assert world.array().volumes == {}


def test_without_the_level_it_is_left_with_the_step_that_would_have_come_next(world, monkeypatch):
    identifier, lun = busy(world)
    monkeypatch.setattr(world, 'site', lambda: World.site(world, frozenset({Level.API, Level.FORCE})))
    outcome = clean(world, identifier)
    assert outcome.result is not Result.REMOVED
    assert (outcome.next_step.name, outcome.next_step.level) == ('stop-io', Level.BACKEND)
    assert lun in world.array().volumes
    assert world.hosts.stopped == []


def test_a_volume_whose_server_lives_is_refused(world):
    """Cinder lost the attachment, and the server still writes to it."""
    identifier, lun = busy(world)
    world.compute.add(**{'os-extended-volumes:volumes_attached': [{'id': identifier}]})
    outcome = clean(world, identifier)
    assert outcome.result is not Result.REMOVED
    assert (lun in world.array().volumes, world.hosts.stopped) == (True, [])


def test_a_volume_that_is_attached_meanwhile_is_left_alone(world):
    identifier, lun = busy(world)
    clean(world, identifier, lambda: world.attach(world.storage.volumes.items[identifier]))
    assert (lun in world.array().volumes, world.hosts.stopped) == (True, [])
    assert world.array().vluns


@pytest.mark.parametrize('holder', ['LVM volume vg0-data', 'mounted on /mnt', 'qemu-kvm (pid 7) has it open'])
def test_a_map_that_something_holds_keeps_it(world, holder):
    item, lun = world.volume()
    world.export(lun, has_map=False)
    world.hosts.add('compute1', world.array().volumes[lun]['wwn'], holders=(holder,))
    outcome = clean(world, item['id'])
    assert outcome.result is not Result.REMOVED
    assert holder in str(outcome)
    assert world.array().vluns


def test_a_host_that_does_not_answer_keeps_it(world):
    identifier, _ = busy(world)
    world.hosts.silent.add('compute2')
    assert clean(world, identifier).result is Result.LEFT
    assert world.array().vluns


@pytest.mark.parametrize('fields', [{'rcopyStatus': 3}, {'rcopyGroup': 'rcg-x'}])
def test_a_replicated_volume_is_refused(world, fields):
    identifier, lun = busy(world)
    world.array().volumes[lun].update(fields)
    outcome = clean(world, identifier)
    assert 'remote copy group' in str(outcome)
    assert world.array().vluns


def test_a_retained_volume_is_refused_before_anything_is_done(world):
    identifier, lun = busy(world)
    world.array().volumes[lun]['retentionTimeSec'] = 1 << 33
    outcome = clean(world, identifier)
    assert 'retention time has not expired' in str(outcome)
    assert lun in world.array().volumes
    assert world.array().vluns
    assert world.hosts.stopped == []


def test_a_volume_that_is_worked_on_is_refused(world):
    identifier, lun = busy(world)
    tasks.start(world.array(), lun, 18)
    assert 'is being worked on' in str(clean(world, identifier))
    assert world.array().vluns


def test_a_volume_of_another_backend_is_asked_for_once_more_and_nothing_else_is_touched(world):
    other = world.lun()
    item = world.storage.add_volume(
        name='faildelete', id=str(uuid.uuid4()), **{'os-vol-mig-status-attr:name_id': None}
    )
    clean(world, item['id'])
    assert other in world.array().volumes


def test_a_lost_answer_is_no_removal_and_the_volume_goes_all_the_same(world, monkeypatch):
    identifier, _ = busy(world)
    answer, lost = requests.request, []

    def request(method, url, **options):
        made = answer(method, url, **options)
        if method == 'DELETE' and not lost:
            lost.append(url)
            raise requests.ConnectionError('lost')
        return made

    monkeypatch.setattr(requests, 'request', request)
    assert clean(world, identifier).result is Result.REMOVED
    assert lost
    assert world.array().volumes == {}


def test_the_steps_are_shown_before_anything_is_done(world):
    identifier, _ = busy(world)
    found = world.review(named(Ref('cinder-volume', identifier)))
    [entry] = [each for each in found.plan.entries if each.ref.kind == 'cinder-volume']
    ladder = ladders.ladder(registry(), entry.resource)
    assert [step.level for step in ladder] == sorted(step.level for step in ladder)
    assert ladder[-1].name == 'delete-after-lun'
    assert {step.level for step in ladder} <= ALL_LEVELS


def test_the_arrays_tell_whether_they_have_a_volume(world):
    def told(**fields):
        item = world.storage.add_volume(
            id=str(uuid.uuid4()),
            **{
                'os-vol-mig-status-attr:name_id': None,
                'os-vol-host-attr:host': 'first@3par#OpenStack',
                **fields,
            },
        )
        return Lun().backend_has(world.cloud, Resource(Ref('cinder-volume', item['id'])))

    identifier, _ = busy(world)
    assert Lun().backend_has(world.cloud, Resource(Ref('cinder-volume', identifier))) is True
    assert told() is False
    assert told(**{'os-vol-host-attr:host': 'a@lvm#lvm'}) is None
    assert told(**{'os-vol-host-attr:host': None}) is None
    assert told(**{'os-vol-host-attr:host': 'other@3par#OpenStack'}) is None
    assert Lun().backend_has(world.cloud, Resource(Ref('cinder-volume', 'nobody'))) is None
