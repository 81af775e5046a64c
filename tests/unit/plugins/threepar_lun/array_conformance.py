"""The suite for handlers, for kinds that no service of OpenStack has, but an array behind an API of its own."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.threepar.faults import Fault
from orphancleanup.errors import CloudError, IncompleteListing, Unreachable
from orphancleanup.handler import Handler
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.threepar_lun import names
from orphancleanup.testing.checks.ladders import ladder_faults
from orphancleanup.testing.checks.resource_faults import difference, faults
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
            assert isinstance(told(read, cloud), CloudError), f'{what} read a record without its name'

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
                    found = told(read, cloud)
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
                found = told(read, cloud)
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
            readings = [told(read, cloud) for read in subject.readings(victim.ref).values()]
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


def told(read: Callable[[FakeCloud], object], cloud: FakeCloud) -> object:
    """Return what a reading tells, or what it raised."""
    try:
        return read(cloud)
    except Exception as error:
        return error
