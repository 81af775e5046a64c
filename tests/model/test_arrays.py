"""Whatever happens to a cloud, its arrays and its hosts: no LUN that somebody uses is unexported or deleted.

Plans are made and kept for long; their steps are taken in any order, late, and several times, while volumes are made,
lost, found again, attached and detached, hosts fall silent and answers get lost. ``ORPHANCLEANUP_SCENARIOS`` says how
many scenarios are made up; 1000 take some minutes.
"""

import os
import tempfile
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lab.threepar import exports, sets, tasks
from lab.threepar.faults import Fault
from lab.threepar.refusals import Refused
from orphancleanup.errors import OrphancleanupError
from orphancleanup.installed import asking
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.threepar_lun import names
from orphancleanup.plugins.threepar_lun.names import Role
from tests.unit.plugins.threepar_lun.world import ORPHANS, World, named, registry

SCENARIOS = int(os.environ.get('ORPHANCLEANUP_SCENARIOS', '60'))
ARRAYS = ('first', 'second')
_NAME_ID = 'os-vol-mig-status-attr:name_id'
HOLDERS = st.sampled_from([(), (), (), ('qemu-kvm (pid 7) has it open',), ('LVM volume vg0-data',)])
#: what may be strange about something on an array
ODD = st.sampled_from(
    [{}, {}, {}, {'cpg': 'others'}, {'comment': 'wanted, Bob'}, {'rcopyStatus': 3}, {'creationTimeSec': 1 << 31},
     {'retentionTimeSec': 1 << 33}, {'comment': 'null'}]
)  # fmt: skip
PICK = st.integers(0, 1 << 16)


class Arrays(RuleBasedStateMachine):
    """A world in which everything happens in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.folder = tempfile.TemporaryDirectory()
        self.world = World(Path(self.folder.name), self.patch, ARRAYS)
        self.plans: list[Resource] = []

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

    @rule(array=st.sampled_from(ARRAYS), is_migrated=st.booleans(), is_exported=st.booleans())
    def make_a_volume(self, array: str, is_migrated: bool, is_exported: bool) -> None:
        _, lun = self.world.volume(array, str(uuid.uuid4()) if is_migrated else '')
        if is_exported:
            self.world.export(lun, array=array)

    @rule(array=st.sampled_from(ARRAYS), odd=ODD, is_exported=st.booleans())
    def leave_a_lun_over(self, array: str, odd: dict[str, Any], is_exported: bool) -> None:
        lun = self.world.lun(array=array, **odd)
        if is_exported:
            self.world.export(lun, array=array)

    @rule(
        array=st.sampled_from(ARRAYS),
        pick=PICK,
        host=st.sampled_from(['compute1', 'compute3']),
        holders=HOLDERS,
    )
    def export_a_lun(self, array: str, pick: int, host: str, holders: tuple[str, ...]) -> None:
        luns = self.luns(array)
        if luns:
            lun = luns[pick % len(luns)]
            self.world.export(lun, host, array, has_map=False)
            self.world.hosts.add(host, self.world.array(array).volumes[lun]['wwn'], holders)

    @rule(pick=PICK)
    def attach_a_volume(self, pick: int) -> None:
        if self.items():
            self.world.attach(self.items()[pick % len(self.items())])

    @rule(pick=PICK)
    def lose_the_attachments_of_a_volume_whose_server_lives(self, pick: int) -> None:
        if self.items():
            item = self.items()[pick % len(self.items())]
            item.update(attachments=[], status='available', attach_status='detached')
            for each in list(self.world.storage.attachments.items.values()):
                if each['volume_id'] == item['id']:
                    self.world.storage.attachments.remove(each['id'])

    @rule(pick=PICK)
    def remove_a_server(self, pick: int) -> None:
        servers = list(self.world.compute.servers.items)
        if servers:
            self.world.compute.servers.remove(servers[pick % len(servers)])

    @rule(pick=PICK)
    def lose_the_row_of_a_volume(self, pick: int) -> None:
        if self.items():
            self.world.storage.volumes.remove(self.items()[pick % len(self.items())]['id'])

    @rule(array=st.sampled_from(ARRAYS), pick=PICK, by_name_id=st.booleans())
    def find_the_row_of_a_lun_again(self, array: str, pick: int, by_name_id: bool) -> None:
        luns = self.luns(array)
        decoded = names.decode(luns[pick % len(luns)]) if luns else None
        if decoded and decoded.role is Role.VOLUME and not self._has_row(decoded.id):
            # A row gets a name id by a migration only, whose target had a row of that id before.
            self.plans = [
                each for each in self.plans if not by_name_id or each.id.split('@')[0] != str(decoded)
            ]
            own = str(uuid.uuid4()) if by_name_id else decoded.id
            self.world.storage.add_volume(id=own, **{_NAME_ID: decoded.id if by_name_id else None})

    def _has_row(self, identifier: str) -> bool:
        return any(identifier in (item['id'], item.get(_NAME_ID)) for item in self.items())

    @rule(array=st.sampled_from(ARRAYS), pick=PICK, role=st.sampled_from([Role.SNAPSHOT, Role.TEMPORARY_SNAPSHOT]),
          is_known=st.booleans(), odd=ODD)  # fmt: skip
    def make_a_snapshot(self, array: str, pick: int, role: Role, is_known: bool, odd: dict[str, Any]) -> None:
        luns, identifier = self.luns(array), str(uuid.uuid4())
        if not luns:
            return
        odd = {key: value for key, value in odd.items() if key != 'cpg'}
        self.world.snapshot_of(luns[pick % len(luns)], role, identifier, array, **odd)
        if is_known and role is Role.SNAPSHOT:
            fields = {'os-extended-snapshot-attributes:project_id': 'project-1', 'group_snapshot_id': None}
            self.world.storage.snapshots.add(
                id=identifier, volume_id='x', status='available', metadata={}, name='', created_at=None,
                updated_at=None, **fields,
            )  # fmt: skip

    @rule(array=st.sampled_from(ARRAYS), pick=PICK, other=PICK, is_exported=st.booleans())
    def put_two_into_a_set(self, array: str, pick: int, other: int, is_exported: bool) -> None:
        luns = self.luns(array)
        if luns:
            name = f'set{uuid.uuid4().hex[:8]}'
            members = {luns[pick % len(luns)], luns[other % len(luns)]}
            sets.create(self.world.array(array), {'name': name, 'setmembers': sorted(members)})
            if is_exported:
                body = {'volumeName': f'set:{name}', 'hostname': 'set:all', 'autoLun': True}
                exports.create(self.world.array(array), body)

    @rule(pick=PICK, array=st.sampled_from(ARRAYS))
    def make_a_set_of_its_own(self, pick: int, array: str) -> None:
        luns = [each for each in self.luns(array) if names.decode(each)]
        if luns:
            lun = luns[pick % len(luns)]
            decoded = names.decode(lun)
            assert decoded
            try:
                self.world.own_set(decoded.id, lun, array)
            except Refused:
                return

    @rule(array=st.sampled_from(ARRAYS), pick=PICK, is_running=st.booleans())
    def start_or_end_a_task(self, array: str, pick: int, is_running: bool) -> None:
        luns, records = self.luns(array), self.world.array(array)
        if is_running and luns:
            tasks.start(records, luns[pick % len(luns)], 18)
        for number in [] if is_running else list(records.tasks):
            tasks.end(records, number)

    @rule(host=st.sampled_from(['compute1', 'compute2', 'compute3']), is_silent=st.booleans())
    def silence_a_host(self, host: str, is_silent: bool) -> None:
        (self.world.hosts.silent.add if is_silent else self.world.hosts.silent.discard)(host)

    @rule(array=st.sampled_from(ARRAYS), method=st.sampled_from(['GET', 'DELETE', 'PUT']),
          status=st.sampled_from([409, 500, 503, 404, 0]), cut=st.sampled_from(['', 'before', 'after']))  # fmt: skip
    def let_an_array_fail(self, array: str, method: str, status: int, cut: str) -> None:
        fault = Fault(method, status=status, body={'code': 34, 'desc': 'x'}, cut=cut)
        self.world.simulators[array].faults.waiting.append(fault)

    @rule(pick=PICK, is_named=st.booleans())
    def plan(self, pick: int, is_named: bool) -> None:
        request = ORPHANS
        if is_named and self.items():
            request = named(Ref('cinder-volume', self.items()[pick % len(self.items())]['id']))
        try:
            entries = self.world.review(request).plan.entries
        except OrphancleanupError:
            return
        self.plans += [entry.resource for entry in entries]
        self.world.planned |= {entry.ref for entry in entries}

    @precondition(lambda self: self.plans)
    @rule(pick=PICK, step=PICK)
    def take_any_step_of_any_plan(self, pick: int, step: int) -> None:
        resource = self.plans[pick % len(self.plans)]
        ladder = asking.ladder(registry(), resource)
        self._take(resource, ladder[step % len(ladder) :][:1] if ladder else ())

    @precondition(lambda self: self.plans)
    @rule(pick=PICK)
    def take_all_steps_of_a_plan(self, pick: int) -> None:
        resource = self.plans[pick % len(self.plans)]
        self._take(resource, asking.ladder(registry(), resource))

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

    @rule()
    def clean(self) -> None:
        before = self.world.planned
        self.world.clean(ORPHANS)
        self.world.planned |= before

    @invariant()
    def nobody_was_harmed(self) -> None:
        assert self.world.harmed == []


Arrays.TestCase.settings = settings(
    max_examples=SCENARIOS,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestArrays = Arrays.TestCase
