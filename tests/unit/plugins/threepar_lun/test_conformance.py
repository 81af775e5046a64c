"""The kinds of arrays and hosts keep the contract; what no service of OpenStack answers is overridden in sight."""

import dataclasses
import functools
import re
from typing import Any

import pytest

from lab.threepar import sets
from lab.threepar.faults import Fault
from orphancleanup.errors import CloudError, Conflict, OrphancleanupError, Unreachable
from orphancleanup.handler import Handler
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.threepar_lun import names
from orphancleanup.plugins.threepar_lun.lun import Lun
from orphancleanup.plugins.threepar_lun.multipath_map import MultipathMap
from orphancleanup.plugins.threepar_lun.names import Role
from orphancleanup.plugins.threepar_lun.vlun import Vlun
from orphancleanup.plugins.threepar_lun.vvset import VvSet
from orphancleanup.testing.checks.ladders import ladder_faults
from orphancleanup.testing.checks.subject import UNKNOWN_WORD
from orphancleanup.testing.conformance import Subject
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.threepar_lun.array_conformance import OUTAGES, ArrayConformance, told, world_of
from tests.unit.plugins.threepar_lun.world import World


class TestLun(ArrayConformance):
    """A leftover one is the victim; steps change the array, where the suite does not see it."""

    handler_class = Lun
    fields = (
        'name', 'wwn', 'userCPG', 'snapCPG', 'sizeMiB', 'creationTimeSec', 'comment', 'copyType', 'copyOf',
        'expirationTimeSec', 'expirationTime8601', 'retentionTimeSec', 'retentionTime8601', 'rcopyStatus', 'rcopyGroup',
    )  # fmt: skip

    def make(self, world: World) -> None:
        world.volume()
        lun = world.lun()
        world.export(lun)
        world.snapshot_of(lun, Role.TEMPORARY_SNAPSHOT)

    def remove(self, world: World, name: str) -> None:
        for each in [name, *(child for child in world.array().volumes if _is_child(world, child, name))]:
            del world.array().volumes[each]
        world.array().vluns = [each for each in world.array().vluns if each['volumeName'] != name]

    def records(self, world: World, name: str) -> list[dict[str, Any]]:
        return [world.array().volumes[name]]

    def choose(self, handler: Handler, cloud: FakeCloud) -> Resource:
        found = [each for each in handler.discover(cloud) if handler.ladder(each)]
        return min(found, key=lambda each: each.ref)

    def test_its_words_for_a_status_are_read(self, subject: Subject) -> None:
        """What a volume of an array is follows from what Cinder knows of it: no field says so."""

    def test_a_ladder_is_for_its_own_resource(self, subject: Subject) -> None:
        """What the driver made for it goes with it."""
        cloud = subject.opened()
        victim = subject.victim(cloud)
        others = {each.id for each in subject.discover(cloud)} - {victim.id}
        for step in subject.ladder(victim):
            step.run(cloud, victim)
        left = {each.id for each in subject.discover(cloud)}
        assert left == others - {f'{each.id}@first' for each in victim.others}

    def test_every_status_has_a_ladder(self, subject: Subject) -> None:
        """What is not left over has none."""
        victim = subject.victim(subject.cloud())
        for word in ('left over (C)', 'past its hour (C)'):
            assert not ladder_faults(subject, dataclasses.replace(victim, status=word))
        for word in ('of a living volume', 'temporary', 'exported', UNKNOWN_WORD, ''):
            assert not subject.ladder(dataclasses.replace(victim, status=word))

    def test_steps_touch_nothing_else(self, subject: Subject) -> None:
        """On the array: what the driver made for the LUN alone may go, and nothing else may change."""
        for cloud, victim, step in subject.steps():
            world = world_of(cloud)
            before = _others(world, victim)
            step.run(cloud, victim)
            assert _others(world, victim) == before, step.name
            assert not world.harmed

    def test_a_refused_step_raises_what_was_said(self, subject: Subject) -> None:
        """It is the array that refuses."""
        refusal = Fault('DELETE', status=409, body={'code': 34, 'desc': 'in use'}, times=None)
        for cloud, victim, step in subject.steps():
            world_of(cloud).simulators['first'].faults.waiting.append(dataclasses.replace(refusal))
            changes = self.changes(subject, victim, step.name)
            raised = told(functools.partial(_run, step, victim), cloud)
            assert isinstance(raised, OrphancleanupError) == bool(changes), f'{step.name}: {raised!r}'

    def changes(self, subject: Subject, victim: Resource, name: str) -> list[str]:
        """Return the changes on the array that a step makes in a cloud of its own."""
        for cloud, other, step in subject.steps():
            if (step.name, other.status) == (name, victim.status):
                asked = world_of(cloud).simulators['first'].requests
                asked.clear()
                step.run(cloud, other)
                return [url for method, url in asked if method != 'GET']
        return []

    def test_a_step_that_cannot_read_the_array_or_a_host_changes_nothing(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            world = world_of(cloud)
            world.hosts.silent = {'compute1'}
            world.simulators['first'].requests.clear()
            waiting = world.simulators['first'].faults.waiting
            if step.name not in ('stop-io', 'unexport'):
                waiting.append(dataclasses.replace(OUTAGES[0], path='/volumes/', times=None))
            stopped = list(world.hosts.stopped)
            assert isinstance(told(functools.partial(_run, step, victim), cloud), CloudError), step.name
            assert not [url for method, url in world.simulators['first'].requests if method != 'GET']
            assert world.hosts.stopped == stopped


def _run(step: Any, victim: Resource, cloud: FakeCloud) -> None:
    step.run(cloud, victim)


def _is_child(world: World, child: str, name: str) -> bool:
    return bool(world.array().volumes[child].get('copyOf') == name)


def _others(world: World, victim: Resource) -> object:
    array = world.array()
    own = {victim.name, *(each for each in array.volumes if _is_child(world, each, victim.name))}
    # Cinder and Nova are not asked to change anything.
    assert not [each for each in world.cloud.requests if each.method not in ('GET', 'HEAD')]
    return (
        {name: dict(each) for name, each in array.volumes.items() if name not in own},
        [dict(each) for each in array.vluns if each['volumeName'] != victim.name],
    )


class PartConformance(ArrayConformance):
    """What goes with its LUN, and has no step of its own."""

    def test_the_ladder_begins_gently(self, subject: Subject) -> None:
        """There is none, whatever the status."""
        victim = subject.victim(subject.cloud())
        for word in (victim.status, *subject.handler.states.deletion_failed, UNKNOWN_WORD, ''):
            assert not subject.ladder(dataclasses.replace(victim, status=word))

    def test_every_status_has_a_ladder(self, subject: Subject) -> None:
        """There is none; see above."""

    def test_the_first_removal_of_what_is_well_removes(self, subject: Subject) -> None:
        """There is none; it has an owner, or is kept, instead."""
        assert all(each.owners or each.protection for each in subject.discover(subject.cloud()))


class TestExport(PartConformance):
    handler_class = Vlun
    fields = ('volumeName', 'lun', 'hostname', 'portPos', 'volumeWWN', 'active')
    identity = frozenset({'volumeName', 'lun', 'hostname', 'portPos', 'active'})

    def test_its_words_for_a_status_are_read(self, subject: Subject) -> None:
        """What an export is follows from what Cinder and Nova know of it: no field says so."""

    def make(self, world: World) -> None:
        for lun in (world.volume()[1], world.lun()):
            world.export(lun, has_map=False)

    def remove(self, world: World, name: str) -> None:
        volume = name.partition(',')[0]
        world.array().vluns = [each for each in world.array().vluns if each['volumeName'] != volume]

    def records(self, world: World, name: str) -> list[dict[str, Any]]:
        volume = name.partition(',')[0]
        return [each for each in world.array().vluns if each['volumeName'] == volume and not each['active']]


class TestSet(PartConformance):
    """It has no project of its own: it is its members' or its group's."""

    handler_class = VvSet
    is_global = True
    fields = ('name', 'setmembers', 'comment')

    def make(self, world: World) -> None:
        item, lun = world.volume()
        world.own_set(item['id'], lun)
        other = world.lun()
        world.own_set(names.decode(other).id, other)
        sets.create(world.array(), {'name': f'operator-{len(world.array().sets)}', 'setmembers': [other]})

    def remove(self, world: World, name: str) -> None:
        del world.array().sets[name]

    def records(self, world: World, name: str) -> list[dict[str, Any]]:
        return [world.array().sets[name]]


class TestMap(ArrayConformance):
    """It is on a host; the array and Cinder tell whether it leads anywhere."""

    handler_class = MultipathMap
    fields = ('name', 'wwn', 'userCPG', 'comment')

    def make(self, world: World) -> None:
        _, lun = world.volume()
        world.export(lun)
        _, other = world.volume()
        found = world.hosts.add('compute1', world.array().volumes[other]['wwn'], is_faulty=True)
        assert re.fullmatch('3[0-9a-f]{32}', found.wwid)

    def remove(self, world: World, name: str) -> None:
        world.hosts.found = [each for each in world.hosts.found if each.wwid != name]

    def records(self, world: World, name: str) -> list[dict[str, Any]]:
        return [each for each in world.array().volumes.values() if each['wwn'] == name[1:].upper()]

    def choose(self, handler: Handler, cloud: FakeCloud) -> Resource:
        found = [each for each in handler.discover(cloud) if handler.ladder(each)]
        return min(found, key=lambda each: each.ref)

    def test_what_never_was_is_gone(self, subject: Subject) -> None:
        """An id is WWID@HOST, or WWID for the first host that has it."""
        wwid = f'360002ac{0xFF:025x}'
        for name in (wwid, f'{wwid}@compute1'):
            assert subject.look(subject.cloud(), Ref(subject.handler.kind, name)) is None

    def test_an_id_stays_one_segment_of_a_path(self, subject: Subject) -> None:
        """A host is asked for all of its maps, and by a name that ssh cannot take for anything else."""

    def test_a_record_without_its_id_is_refused(self, subject: Subject) -> None:
        """Answers of hosts are tried in host/test_asking.py."""

    def test_every_status_has_a_ladder(self, subject: Subject) -> None:
        """What is not stale has none."""
        victim = subject.victim(subject.cloud())
        assert not ladder_faults(subject, dataclasses.replace(victim, status='stale (B)'))
        for word in ('working', 'with a faulty path to an exported LUN (A)', UNKNOWN_WORD, ''):
            assert not subject.ladder(dataclasses.replace(victim, status=word))

    def test_it_uses_nothing_but_the_cloud(self, subject: Subject) -> None:
        """Hosts are asked side by side, in threads that wait for each other."""

    def test_a_refused_step_raises_what_was_said(self, subject: Subject) -> None:
        """It is the host that refuses."""
        for cloud, victim, step in subject.steps():
            [found] = [each for each in world_of(cloud).hosts.found if each.wwid == victim.name]
            world_of(cloud).hosts.found = [dataclasses.replace(found, holders=('mounted on /mnt',))]
            with pytest.raises(Conflict, match='mounted on /mnt'):
                step.run(cloud, victim)

    def test_a_step_that_cannot_read_the_array_or_a_host_changes_nothing(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            world_of(cloud).hosts.silent = {'compute1'}
            with pytest.raises(Unreachable):
                step.run(cloud, victim)
            world_of(cloud).hosts.silent.clear()
            for path in self.lists(subject):
                world_of(cloud).simulators['first'].faults.waiting.append(
                    dataclasses.replace(OUTAGES[0], path=f'{path}$')
                )
                with pytest.raises(CloudError):
                    step.run(cloud, victim)
            assert world_of(cloud).hosts.stopped == []
