"""Whatever happens to a cloud, its arrays and its hosts: no LUN that somebody uses is unexported or deleted.

Plans are made and kept for long; their steps are taken in any order, late, and several times, while volumes are made,
lost, found again, attached and detached, hosts fall silent and answers get lost. ``ORPHANCLEANUP_SCENARIOS`` says how
many scenarios are made up; 1000 take some minutes.
"""

import os
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lab.threepar import exports, sets, tasks
from lab.threepar.faults import Fault
from orphancleanup.errors import OrphancleanupError
from orphancleanup.installed import asking
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.threepar_lun import names
from orphancleanup.plugins.threepar_lun.names import Role
from tests.unit.plugins.threepar_lun.world import ORPHANS, World, named, registry

SCENARIOS = int(os.environ.get('ORPHANCLEANUP_SCENARIOS', '60'))
ARRAYS = ('first', 'second')
_NAME_ID = 'os-vol-mig-status-attr:name_id'
#: what may be strange about something on an array
ODD = st.sampled_from(
    [{}, {}, {}, {'cpg': 'others'}, {'comment': 'wanted, Bob'}, {'rcopyStatus': 3}, {'creationTimeSec': 1 << 31},
     {'retentionTimeSec': 1 << 33}, {'comment': 'null'}]
)  # fmt: skip
HOLDERS = st.sampled_from([(), (), ('qemu-kvm (pid 7) has it open',), ('LVM volume vg0-data',)])
EVENTS = (
    'make_a_volume', 'make_a_volume', 'leave_a_lun_over', 'export_a_lun', 'attach_a_volume', 'remove_a_server',
    'lose_the_attachments_of_a_volume_whose_server_lives', 'lose_the_row_of_a_volume', 'find_the_row_of_a_lun_again',
    'make_a_snapshot', 'put_two_into_a_set', 'make_a_set_of_its_own', 'start_a_task', 'end_all_tasks', 'silence_a_host',
    'wake_all_hosts', 'wake_all_hosts', 'let_an_array_fail',
)  # fmt: skip
SURPRISES = ('nothing', 'nothing', 'row', 'attach', 'server', 'lost attachment', 'comment')
PICK = st.integers(0, 1 << 16)


@dataclass(frozen=True, slots=True)
class Chance:
    """What decides in an event."""

    array: str
    pick: int
    other: int
    flag: bool
    odd: dict[str, Any]
    host: str
    holders: tuple[str, ...]
    status: int

    def one(self, found: Sequence[Any]) -> Sequence[Any]:
        """Return one of some things, or nothing when there is none."""
        return [found[self.pick % len(found)]] if found else []


CHANCE = st.builds(
    Chance, st.sampled_from(ARRAYS), PICK, PICK, st.booleans(), ODD, st.sampled_from(['compute1', 'compute3']), HOLDERS,
    st.sampled_from([409, 500, 503, 404, 0]),
)  # fmt: skip


class Arrays(RuleBasedStateMachine):
    """A world in which everything happens in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name), self.patch, ARRAYS)
        self.plans: list[Resource] = []
        self.has_changed = True

    def teardown(self) -> None:
        self.patch.undo()
        self.folder.cleanup()

    def luns(self, array: str) -> list[str]:
        return sorted(self.world.array(array).volumes)

    def items(self) -> list[dict[str, Any]]:
        return list(self.world.storage.volumes.items.values())

    @initialize()
    def begin(self) -> None:
        self.world.volume()
        self.world.export(self.world.lun())

    @rule(event=st.sampled_from(EVENTS), chance=CHANCE)
    def something_happens(self, event: str, chance: 'Chance') -> None:
        self.has_changed = True
        getattr(self, event)(chance)

    def make_a_volume(self, chance: 'Chance') -> None:
        _, lun = self.world.volume(chance.array, str(uuid.uuid4()) if chance.flag else '')
        if chance.other % 2:
            self.world.export(lun, array=chance.array)

    def leave_a_lun_over(self, chance: 'Chance') -> None:
        lun = self.world.lun(array=chance.array, **chance.odd)
        if chance.flag:
            self.world.export(lun, array=chance.array)

    def export_a_lun(self, chance: 'Chance') -> None:
        for lun in chance.one(self.luns(chance.array)):
            self.world.export(lun, chance.host, chance.array, has_map=False)
            wwn = self.world.array(chance.array).volumes[lun]['wwn']
            self.world.hosts.add(chance.host, wwn, chance.holders)

    def attach_a_volume(self, chance: 'Chance') -> None:
        for item in chance.one(self.items()):
            self.world.attach(item)

    def lose_the_attachments_of_a_volume_whose_server_lives(self, chance: 'Chance') -> None:
        for item in chance.one(self.items()):
            self._lose_attachments(item)

    def _lose_attachments(self, item: dict[str, Any]) -> None:
        item.update(attachments=[], status='available', attach_status='detached')
        for each in list(self.world.storage.attachments.items.values()):
            if each['volume_id'] == item['id']:
                self.world.storage.attachments.remove(each['id'])

    def remove_a_server(self, chance: 'Chance') -> None:
        for server in chance.one(list(self.world.compute.servers.items)):
            self.world.compute.servers.remove(server)

    def lose_the_row_of_a_volume(self, chance: 'Chance') -> None:
        for item in chance.one(self.items()):
            self.world.storage.volumes.remove(item['id'])

    def find_the_row_of_a_lun_again(self, chance: 'Chance') -> None:
        for lun in chance.one(self.luns(chance.array)):
            decoded = names.decode(lun)
            if decoded and decoded.role is Role.VOLUME and not self._has_row(decoded.id):
                self.world.storage.add_volume(id=decoded.id, **{_NAME_ID: None})

    def make_a_snapshot(self, chance: 'Chance') -> None:
        identifier, role = str(uuid.uuid4()), Role.SNAPSHOT if chance.flag else Role.TEMPORARY_SNAPSHOT
        odd = {key: value for key, value in chance.odd.items() if key != 'cpg'}
        for lun in chance.one(self.luns(chance.array)):
            self.world.snapshot_of(lun, role, identifier, chance.array, **odd)
            if chance.flag and chance.other % 2:
                self.world.storage.add_snapshot({'id': 'x'}, id=identifier)

    def put_two_into_a_set(self, chance: 'Chance') -> None:
        luns, name = self.luns(chance.array), f'set{uuid.uuid4().hex[:8]}'
        if luns:
            members = {luns[chance.pick % len(luns)], luns[chance.other % len(luns)]}
            sets.create(self.world.array(chance.array), {'name': name, 'setmembers': sorted(members)})
        if luns and chance.flag:
            body = {'volumeName': f'set:{name}', 'hostname': 'set:all', 'autoLun': True}
            exports.create(self.world.array(chance.array), body)

    def make_a_set_of_its_own(self, chance: 'Chance') -> None:
        for lun in chance.one([each for each in self.luns(chance.array) if names.decode(each)]):
            decoded = names.decode(lun)
            if (
                decoded
                and names.encode(Role.VOLUME_SET, decoded.id) not in self.world.array(chance.array).sets
            ):
                self.world.own_set(decoded.id, lun, chance.array)

    def start_a_task(self, chance: 'Chance') -> None:
        for lun in chance.one(self.luns(chance.array)):
            tasks.start(self.world.array(chance.array), lun, 18)

    def end_all_tasks(self, chance: 'Chance') -> None:
        for number in self.world.array(chance.array).tasks:
            tasks.end(self.world.array(chance.array), number)

    def silence_a_host(self, chance: 'Chance') -> None:
        self.world.hosts.silent.add(chance.host)

    def wake_all_hosts(self, _chance: 'Chance') -> None:
        self.world.hosts.silent.clear()

    def let_an_array_fail(self, chance: 'Chance') -> None:
        cut = ('', 'before', 'after')[chance.other % 3]
        fault = Fault(
            'DELETE' if chance.flag else '', status=chance.status, body={'code': 34, 'desc': 'x'}, cut=cut
        )
        self.world.simulators[chance.array].faults.waiting.append(fault)

    def _has_row(self, identifier: str) -> bool:
        return any(identifier in (item['id'], item.get(_NAME_ID)) for item in self.items())

    @rule(pick=PICK, is_named=st.booleans(), is_well=st.booleans())
    def plan(self, pick: int, is_named: bool, is_well: bool) -> None:
        if is_well:
            for simulator in self.world.simulators.values():
                simulator.faults.waiting.clear()
        request = ORPHANS
        if is_named and self.items():
            request = named(Ref('cinder-volume', self.items()[pick % len(self.items())]['id']))
        try:
            entries = self.world.review(request).plan.entries
        except OrphancleanupError:
            return
        self.plans += [entry.resource for entry in entries]
        self.world.planned |= {entry.ref for entry in entries}

    def planned(self) -> list[Resource]:
        """Return what was planned at any time and is there still."""
        return [each for each in self.plans if self._is_there(each.id)]

    def _is_there(self, identifier: str) -> bool:
        name, _, array = identifier.partition('@')
        if array:
            return name in self.world.array(array).volumes
        return name in self.world.storage.volumes.items

    @rule(pick=PICK, step=PICK)
    def take_any_step_of_any_plan(self, pick: int, step: int) -> None:
        # Not by a precondition: what is there still depends on the order in which threads came to their ends.
        for resource in self._one_of(pick):
            ladder = asking.ladder(registry(), resource)
            self._take(resource, ladder[step % len(ladder) :][:1] if ladder else ())

    @rule(
        pick=PICK,
        surprise=st.sampled_from(SURPRISES),
    )
    def take_all_steps_of_a_plan_after_a_surprise(self, pick: int, surprise: str) -> None:
        for resource in self._one_of(pick):
            self._surprise(resource, surprise)
            self._take(resource, asking.ladder(registry(), resource))

    def _one_of(self, pick: int) -> Sequence[Resource]:
        planned = self.planned()
        return [planned[pick % len(planned)]] if planned else []

    def _surprise(self, resource: Resource, surprise: str) -> None:
        """Let what a plan names be somebody's again."""
        storage = self.world.storage
        lun, _, array = resource.id.partition('@')
        decoded = names.decode(lun)
        identifier = decoded.id if decoded else resource.id
        item = storage.volumes.items.get(identifier)
        if surprise == 'row' and decoded and decoded.role is Role.VOLUME and not self._has_row(identifier):
            storage.add_volume(id=identifier, **{_NAME_ID: None})
        if surprise == 'attach' and item:
            self.world.attach(item)
        if surprise == 'lost attachment' and item:
            self.world.attach(item)
            self._lose_attachments(item)
        if surprise == 'server':
            self.world.compute.add(**{'os-extended-volumes:volumes_attached': [{'id': identifier}]})
        if surprise == 'comment' and decoded and lun in self.world.array(array).volumes:
            self.world.array(array).volumes[lun]['comment'] = 'wanted, Bob'

    def _take(self, resource: Resource, steps: Any) -> None:
        self.world.cloud.allow_changes()
        try:
            for step in steps:
                try:
                    step.run(self.world.cloud, resource)
                except OrphancleanupError:
                    continue
        finally:
            self.world.cloud.forbid_changes()

    @rule(pick=PICK)
    def clean(self, pick: int) -> None:
        if pick % 4 or not self.has_changed:
            # Much slower than all the rest.
            return
        self.has_changed = False
        before = self.world.planned
        self.world.clean(ORPHANS)
        self.world.planned |= before

    @invariant()
    def nobody_was_harmed(self) -> None:
        assert self.world.harmed == []


Arrays.TestCase.settings = settings(
    max_examples=SCENARIOS,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestArrays = Arrays.TestCase
