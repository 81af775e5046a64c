"""The kinds of arrays and hosts keep the contract; what no service of OpenStack answers is overridden in sight."""

import dataclasses
import functools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.threepar import sets
from lab.threepar.faults import Fault
from orphancleanup.errors import CloudError, Conflict, IncompleteListing, OrphancleanupError, Unreachable
from orphancleanup.handler import Handler
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.threepar_lun import names
from orphancleanup.plugins.threepar_lun.lun import Lun
from orphancleanup.plugins.threepar_lun.multipath_map import MultipathMap
from orphancleanup.plugins.threepar_lun.names import Role
from orphancleanup.plugins.threepar_lun.vlun import Vlun
from orphancleanup.plugins.threepar_lun.vvset import VvSet
from orphancleanup.testing.checks.ladders import ladder_faults
from orphancleanup.testing.checks.resource_faults import difference, faults
from orphancleanup.testing.checks.subject import UNKNOWN_WORD
from orphancleanup.testing.conformance import HandlerConformance, Seed, Subject
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.threepar_lun.world import World

#: what an array may answer instead of telling; read three times
OUTAGES = (
    Fault(status=500, body={'code': 1, 'desc': 'broken'}, times=3),
    Fault(status=503, times=3),
    Fault(status=401, body={'code': 1, 'desc': 'who are you'}, times=3),
    Fault(status=403, body={'code': 6, 'desc': 'invalid session key'}, times=3),
    Fault(status=403, body={'code': 13, 'desc': 'permission denied'}, times=3),
    Fault(status=404, body={'code': 11, 'desc': 'invalid URI'}, times=3),
    Fault(status=200, body={}, times=3),
    Fault(cut='before', times=3),
    Fault(cut='after', times=3),
)
#: a 404 that is about something
MISSING = Fault(status=404, body={'code': 23, 'desc': 'volume does not exist'})
VALUES: tuple[Any, ...] = (None, '', 'kit-text', [], {}, ['kit-text'], True, 7, -1, 1.5)


def world_of(cloud: FakeCloud) -> World:
    """Return what is behind a cloud."""
    world: World = vars(cloud)['world']
    return world


class ArrayConformance(HandlerConformance):
    """What holds for all kinds that are on arrays: no service has them, but an array behind an API of its own."""

    handler_class: type[Handler]
    #: the fields of its record that are read
    fields: tuple[str, ...] = ()
    #: the fields that its id is made of
    identity: frozenset[str] = frozenset({'name'})

    def make(self, world: World) -> None:
        """Make one of the kind that nothing keeps, and one that belongs to somebody."""
        raise NotImplementedError

    def remove(self, world: World, name: str) -> None:
        """Let one be gone."""
        raise NotImplementedError

    def records(self, world: World, name: str) -> list[dict[str, Any]]:
        """Return what the array has under a name."""
        raise NotImplementedError

    @pytest.fixture
    def handler(self) -> Handler:
        return self.handler_class()

    @pytest.fixture
    def seed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seed:
        def seed(cloud: FakeCloud, count: int) -> None:
            world = vars(cloud)['world'] = World(tmp_path, monkeypatch, cloud=cloud)
            for _ in range((count + 1) // 2):
                self.make(world)

        return seed

    def choose(self, handler: Handler, cloud: FakeCloud) -> Resource:
        """Choose one that belongs to nobody."""
        found = [each for each in handler.discover(cloud) if not each.project_id]
        return min(found, key=lambda each: each.ref)

    def vanish(self, cloud: FakeCloud, resource: Resource) -> None:
        self.remove(world_of(cloud), resource.id.rpartition('@')[0])

    def test_what_never_was_is_gone(self, subject: Subject) -> None:
        """An id is NAME@ARRAY."""
        cloud = subject.cloud()
        assert subject.look(cloud, Ref(subject.handler.kind, 'osv-0DM4qZEVSKON-DXN-NwVpw@first')) is None
        with pytest.raises(Unreachable, match='NAME@ARRAY'):
            subject.look(cloud, Ref(subject.handler.kind, 'osv-0DM4qZEVSKON-DXN-NwVpw'))

    def test_an_id_stays_one_segment_of_a_path(self, subject: Subject) -> None:
        """On the array, too."""
        cloud = subject.cloud()
        assert subject.look(cloud, Ref(subject.handler.kind, 'kit/other@first')) is None
        asked = [url for _, url in world_of(cloud).simulators['first'].requests]
        assert not [url for url in asked if 'kit/other' in url]

    def test_a_listing_that_says_it_was_cut_is_refused(self, subject: Subject) -> None:
        """The array counts what it lists."""
        cloud = subject.cloud()
        for path in self.lists(subject):
            fault = Fault('GET', f'{path}$', status=200, body={'total': 7, 'members': []})
            world_of(cloud).simulators['first'].faults.waiting.append(fault)
            with pytest.raises(IncompleteListing, match='the array counts 7'):
                subject.discover(cloud)

    def test_a_record_without_its_id_is_refused(self, subject: Subject) -> None:
        """The id is the name."""
        for what, read in subject.readings(subject.victim(subject.cloud()).ref).items():
            cloud = subject.cloud()
            victim = subject.victim(cloud)
            for record in self.records(world_of(cloud), victim.id.rpartition('@')[0]):
                del record[next(each for each in sorted(self.identity, reverse=True) if each in record)]
            read = subject.readings(victim.ref)[what]
            assert isinstance(_told(read, cloud), CloudError), f'{what} read a record without its name'

    def lists(self, subject: Subject) -> set[str]:
        """Return the lists of the array that the kind is read from."""
        cloud = subject.cloud()
        subject.discover(cloud)
        return {url for _, url in world_of(cloud).simulators['first'].requests if url.startswith('/api/v1')}

    def test_an_outage_of_the_array_is_neither_a_short_listing_nor_gone(self, subject: Subject) -> None:
        for what, read in self.ways(subject):
            expected = _size(self.whole(subject, read))
            for number, path in enumerate(self.asked(subject, read)):
                for fault in OUTAGES:
                    cloud = subject.cloud()
                    self.begin(subject, cloud)
                    self.fail_at(cloud, number, fault)
                    found = _told(read, cloud)
                    is_honest = isinstance(found, CloudError) or _size(found) == expected
                    assert is_honest, f'{what}, at {fault} for {path}: {found!r}'

    def test_a_404_of_something_else_on_the_array_is_not_gone(self, subject: Subject) -> None:
        for what, read in self.ways(subject):
            for number, path in enumerate(self.asked(subject, read)):
                cloud = subject.cloud()
                self.begin(subject, cloud)
                if names.decode(path.rpartition('/')[2]):
                    # That is about the resource itself.
                    continue
                self.fail_at(cloud, number, MISSING)
                found = _told(read, cloud)
                assert isinstance(found, CloudError), f'{what}, at a 404 for {path}: {found!r}'

    def whole(self, subject: Subject, read: Callable[[FakeCloud], object]) -> object:
        """Return what a reading tells of a cloud that is well."""
        cloud = subject.cloud()
        self.begin(subject, cloud)
        return read(cloud)

    def ways(self, subject: Subject) -> Iterator[tuple[str, Callable[[FakeCloud], object]]]:
        yield 'discover', subject.discover
        yield 'look', lambda cloud: subject.look(cloud, vars(cloud)['victim'])

    def begin(self, subject: Subject, cloud: FakeCloud) -> None:
        """Log in to the array, and choose a victim."""
        vars(cloud)['victim'] = subject.victim(cloud).ref
        world_of(cloud).simulators['first'].requests.clear()

    def asked(self, subject: Subject, read: Callable[[FakeCloud], object]) -> list[str]:
        """Return the paths on the array that a reading asks for."""
        cloud = subject.cloud()
        self.begin(subject, cloud)
        read(cloud)
        return [url for _, url in world_of(cloud).simulators['first'].requests]

    def fail_at(self, cloud: FakeCloud, number: int, fault: Fault) -> None:
        """Let the array answer otherwise from one request on, as often as the fault says."""
        waiting = world_of(cloud).simulators['first'].faults.waiting
        waiting += [Fault(times=1) for _ in range(number)] + [dataclasses.replace(fault)]

    def test_whatever_a_record_says_it_is_told_alike_or_refused_with_a_sentence(
        self, subject: Subject
    ) -> None:
        for field, value in self.alterations(subject):
            cloud = subject.cloud()
            victim = subject.victim(cloud)
            for record in self.records(world_of(cloud), victim.id.rpartition('@')[0]):
                record[field] = value
            where = f'when {field!r} is {value!r}'
            readings = [_told(read, cloud) for read in subject.readings(victim.ref).values()]
            for found in readings:
                if isinstance(found, Exception):
                    assert isinstance(found, CloudError), f'{where}: {found!r}'
                if isinstance(found, Resource):
                    wrong = faults(found, subject.handler.kind) or self.ladder_faults(subject, found)
                    assert not wrong, f'{where}: {wrong}'
            listed, looked = readings
            if isinstance(listed, Resource) and isinstance(looked, Resource):
                assert listed == looked, f'{where}: {difference(listed, looked)}'
            assert looked is not None or field in self.identity, f'{where} it was told to be gone'

    def alterations(self, subject: Subject) -> Iterator[tuple[str, Any]]:
        return ((field, value) for field in self.fields for value in VALUES)

    def ladder_faults(self, subject: Subject, resource: Resource) -> list[str]:
        """Return what is wrong with a ladder; that there is none is right for what belongs to somebody."""
        return ladder_faults(subject, resource) if subject.ladder(resource) else []


def _size(found: object) -> int:
    return len(found) if isinstance(found, list) else int(found is not None)


def _told(read: Callable[[FakeCloud], object], cloud: FakeCloud) -> object:
    try:
        return read(cloud)
    except Exception as error:
        return error


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
            raised = _told(functools.partial(_run, step, victim), cloud)
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
            assert isinstance(_told(functools.partial(_run, step, victim), cloud), CloudError), step.name
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
