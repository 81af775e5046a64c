"""What may happen to a cloud whose volumes are on arrays: each event is chosen, and filled in, by a number."""

import itertools
import random
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from lab.threepar import exports, sets, tasks
from lab.threepar.faults import Fault
from orphancleanup.model import Ref, Resource
from orphancleanup.plugins.threepar_lun import names
from orphancleanup.plugins.threepar_lun.names import Role
from tests.unit.plugins.threepar_lun.world import World

ARRAYS, HOSTS = ('first', 'second'), ('compute1', 'compute3')
NAME_ID = 'os-vol-mig-status-attr:name_id'
#: what may be strange about something on an array
_ODD: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {'cpg': 'others'}, {'comment': 'wanted, Bob'}, {'rcopyStatus': 3}, {'creationTimeSec': 1 << 31},
    {'retentionTimeSec': 1 << 33}, {'comment': 'null'},
)  # fmt: skip
_HOLDERS = ((), (), ('qemu-kvm (pid 7) has it open',), ('LVM volume vg0-data',))


class Events:
    """What may happen in a world.

    :ivar chance: what decides; the same number decides the same.
    :ivar numbers: of what is made, one after the other, so that a scenario is the same each time.
    """

    def __init__(self, world: World) -> None:
        self.world, self.storage = world, world.storage
        self.chance, self.numbers = random.Random(0), itertools.count(1)
        self.all: tuple[Callable[[str], None], ...] = (
            self._make_a_volume, self._make_a_volume, self._leave_a_lun_over, self._leave_a_lun_over,
            self._export_a_lun, self._leave_a_map_behind, self._attach_a_volume, self._reserve_a_volume,
            self._migrate_a_volume, self._end_a_migration, self._remove_a_server, self._lose_attachments_of_a_volume,
            self._reset_a_volume, self._lose_the_row_of_a_volume, self._find_the_row_of_a_lun_again,
            self._make_a_snapshot, self._put_two_into_a_set, self._make_a_set_of_its_own, self._start_a_task,
            self._end_all_tasks, self._silence_a_host, self._wake_all_hosts, self._wake_all_hosts,
            self._let_an_array_fail, self._copy_a_name_to_the_other_array, self._end_a_session,
        )  # fmt: skip
        self.surprises: tuple[Callable[[Resource], None], ...] = (
            self._nothing, self._nothing, self._find_its_row, self._attach_it, self._reserve_it,
            self._give_it_to_a_server, self._lose_its_attachment, self._change_its_record, self._export_it,
            self._migrate_it,
        )  # fmt: skip

    def begin(self, number: int) -> None:
        """Let there be a volume and a LUN that belongs to none, with exports or maps, and more."""
        self.chance = random.Random(number)
        _, living = self.world.volume(id=self._uuid())
        left = self.world.lun(self._uuid(), **self.chance.choice(_ODD))
        for lun in (living, left):
            if self._maybe():
                self.world.export(lun)
            else:
                wwn = self.world.array().volumes[lun]['wwn']
                self.world.hosts.add('compute1', wwn, is_faulty=self._maybe())
        self.happen(self.chance.getrandbits(32))

    def happen(self, number: int) -> None:
        """Let one to five things happen."""
        self.chance = random.Random(number)
        for _ in range(self.chance.randint(1, 5)):
            self.chance.choice(self.all)(self.chance.choice(ARRAYS))

    def surprise(self, number: int, resource: Resource) -> None:
        """Let what a plan names be somebody's again, perhaps."""
        self.chance = random.Random(number)
        self.chance.choice(self.surprises)(resource)

    def _nothing(self, _resource: Resource) -> None:
        """Let nothing happen."""

    def _find_its_row(self, resource: Resource) -> None:
        decoded = names.decode(resource.id.partition('@')[0])
        if decoded and decoded.role is Role.VOLUME and not self._has_row(decoded.id):
            self._add_row(decoded.id)

    def _attach_it(self, resource: Resource) -> None:
        for item in self._rows_of(resource):
            self.world.attach(item)

    def _reserve_it(self, resource: Resource) -> None:
        for item in self._rows_of(resource):
            self._reserve(item)

    def _give_it_to_a_server(self, resource: Resource) -> None:
        decoded = names.decode(resource.id.partition('@')[0])
        if decoded and decoded.role is Role.SNAPSHOT:
            # A server has volumes only.
            return
        disk = {'id': self._identifier(resource)}
        self.world.compute.add(**{'os-extended-volumes:volumes_attached': [disk]})

    def _lose_its_attachment(self, resource: Resource) -> None:
        for item in self._rows_of(resource):
            self.world.attach(item)
            self._lose_attachments(item)

    def _change_its_record(self, resource: Resource) -> None:
        for _, record in self._records_of(resource):
            record.update(self.chance.choice(_ODD))

    def _export_it(self, resource: Resource) -> None:
        for array, record in self._records_of(resource):
            self._export(record['name'], array)

    def _migrate_it(self, resource: Resource) -> None:
        for item in self._rows_of(resource):
            self._migrate(item, self.chance.choice(ARRAYS))

    def _identifier(self, resource: Resource) -> str:
        decoded = names.decode(resource.id.partition('@')[0])
        return decoded.id if decoded else resource.id

    def _rows_of(self, resource: Resource) -> Sequence[dict[str, Any]]:
        item = self.storage.volumes.items.get(self._identifier(resource))
        return [item] if item else []

    def _records_of(self, resource: Resource) -> list[tuple[str, dict[str, Any]]]:
        """Return the arrays that have what a resource is about, and what they have."""
        wwn = resource.details.get('wwn')
        own = names.encode(Role.VOLUME, resource.id) if resource.kind == 'cinder-volume' else ''
        return [
            (array, record)
            for array in ARRAYS
            for record in list(self.world.array(array).volumes.values())
            if record['wwn'] == wwn or record['name'] == own
        ]

    def _one(self, found: Sequence[Any]) -> Sequence[Any]:
        """Return one of some things, or nothing when there is none."""
        return [self.chance.choice(found)] if found else []

    def _maybe(self) -> bool:
        return self.chance.random() < 0.5

    def _uuid(self) -> str:
        return str(uuid.UUID(int=next(self.numbers)))

    def _luns(self, array: str) -> list[str]:
        return sorted(self.world.array(array).volumes)

    def _items(self) -> list[dict[str, Any]]:
        return list(self.storage.volumes.items.values())

    def _has_row(self, identifier: str) -> bool:
        return any(identifier in (item['id'], item.get(NAME_ID)) for item in self._items())

    def _add_row(self, identifier: str) -> None:
        self.storage.add_volume(id=identifier, **{NAME_ID: None})

    def _make_a_volume(self, array: str) -> None:
        _, lun = self.world.volume(array, self._uuid() if self._maybe() else '', id=self._uuid())
        if self._maybe():
            self.world.export(lun, array=array)

    def _leave_a_lun_over(self, array: str) -> None:
        lun = self.world.lun(self._uuid(), array=array, **self.chance.choice(_ODD))
        if self._maybe():
            self.world.export(lun, array=array)

    def _copy_a_name_to_the_other_array(self, array: str) -> None:
        other = ARRAYS[1 - ARRAYS.index(array)]
        for lun in self._one([each for each in self._luns(array) if each not in self._luns(other)]):
            self.world.lun(name=lun, array=other, **self.chance.choice(_ODD))

    def _export_a_lun(self, array: str) -> None:
        for lun in self._one(self._luns(array)):
            self._export(lun, array)

    def _export(self, lun: str, array: str) -> None:
        host = self.chance.choice(HOSTS)
        self.world.export(lun, host, array, has_map=False)
        self.world.hosts.add(host, self.world.array(array).volumes[lun]['wwn'], self.chance.choice(_HOLDERS))

    def _leave_a_map_behind(self, array: str) -> None:
        for lun in self._one(self._luns(array)):
            wwn = self.world.array(array).volumes[lun]['wwn']
            self.world.hosts.add(
                self.chance.choice(HOSTS), wwn, self.chance.choice(_HOLDERS), is_faulty=self._maybe()
            )

    def _reserve_a_volume(self, _array: str) -> None:
        for item in self._one(self._items()):
            self._reserve(item)

    def _reserve(self, item: dict[str, Any]) -> None:
        """Let a server be about to have a volume, of which only its attachment tells."""
        self.storage.add_attachment(item, self._uuid(), 'reserved')
        item['status'] = 'available'

    def _reset_a_volume(self, _array: str) -> None:
        for item in self._one(self._items()):
            item['status'] = self.chance.choice(['available', 'error', 'error_deleting', 'deleting'])

    def _attach_a_volume(self, _array: str) -> None:
        for item in self._one(self._items()):
            self.world.attach(item)

    def _migrate_a_volume(self, array: str) -> None:
        for item in self._one(self._items()):
            self._migrate(item, array)

    def _migrate(self, item: dict[str, Any], array: str) -> None:
        """Let a volume have another one's place on an array, and that one's row be there for a while."""
        if not item['attachments']:
            target, lun = self.world.volume(array, id=self._uuid())
            item[NAME_ID], target[NAME_ID] = target['id'], item.get(NAME_ID) or item['id']
            target['migration_status'] = target['os-vol-mig-status-attr:migstat'] = 'deleting'
            if self._maybe():
                self.world.export(lun, array=array)

    def _end_a_migration(self, _array: str) -> None:
        for item in self._items():
            if item['migration_status'] == 'deleting':
                self.storage.volumes.remove(item['id'])

    def _lose_attachments_of_a_volume(self, _array: str) -> None:
        for item in self._one(self._items()):
            self._lose_attachments(item)

    def _lose_attachments(self, item: dict[str, Any]) -> None:
        item.update(attachments=[], status='available', attach_status='detached')
        for each in list(self.storage.attachments.items.values()):
            if each['volume_id'] == item['id']:
                self.storage.attachments.remove(each['id'])

    def _remove_a_server(self, _array: str) -> None:
        for server in self._one(list(self.world.compute.servers.items)):
            self.world.compute.servers.remove(server)

    def _lose_the_row_of_a_volume(self, _array: str) -> None:
        for item in self._one(self._items()):
            self.storage.volumes.remove(item['id'])

    def _find_the_row_of_a_lun_again(self, array: str) -> None:
        for lun in self._one(self._luns(array)):
            decoded = names.decode(lun)
            if decoded and decoded.role is Role.VOLUME and not self._has_row(decoded.id):
                self._add_row(decoded.id)

    def _make_a_snapshot(self, array: str) -> None:
        identifier, is_cinder_s = self._uuid(), self._maybe()
        odd = {key: value for key, value in self.chance.choice(_ODD).items() if key != 'cpg'}
        role = Role.SNAPSHOT if is_cinder_s else Role.TEMPORARY_SNAPSHOT
        for lun in self._one(self._luns(array)):
            self.world.snapshot_of(lun, role, identifier, array, **odd)
            if is_cinder_s and self._maybe():
                self.storage.add_snapshot({'id': 'x'}, id=identifier)

    def _put_two_into_a_set(self, array: str) -> None:
        luns, name = self._luns(array), f'set{next(self.numbers)}'
        if luns:
            members = {self.chance.choice(luns), self.chance.choice(luns)}
            sets.create(self.world.array(array), {'name': name, 'setmembers': sorted(members)})
        if luns and self._maybe():
            body = {'volumeName': f'set:{name}', 'hostname': 'set:all', 'autoLun': True}
            exports.create(self.world.array(array), body)

    def _make_a_set_of_its_own(self, array: str) -> None:
        for lun in self._one(self._luns(array)):
            decoded = names.decode(lun)
            own = names.encode(Role.VOLUME_SET, decoded.id) if decoded else ''
            if decoded and own not in self.world.array(array).sets:
                self.world.own_set(decoded.id, lun, array)

    def _start_a_task(self, array: str) -> None:
        for lun in self._one(self._luns(array)):
            tasks.start(self.world.array(array), lun, 18)

    def _end_all_tasks(self, array: str) -> None:
        for number in self.world.array(array).tasks:
            tasks.end(self.world.array(array), number)

    def _silence_a_host(self, _array: str) -> None:
        self.world.hosts.silent.add(self.chance.choice(HOSTS))

    def _wake_all_hosts(self, _array: str) -> None:
        self.world.hosts.silent.clear()

    def _end_a_session(self, array: str) -> None:
        self.world.simulators[array].sessions.used.clear()

    def _let_an_array_fail(self, array: str) -> None:
        fault = Fault(
            'DELETE' if self._maybe() else '',
            status=self.chance.choice([409, 500, 503, 404, 403, 0]),
            body={'code': self.chance.choice([34, 6, 23]), 'desc': 'x'},
            cut=self.chance.choice(['', 'before', 'after']),
        )
        self.world.simulators[array].faults.waiting.append(fault)


def named(item: dict[str, Any]) -> Ref:
    """Return the reference of one of Cinder's volumes."""
    return Ref('cinder-volume', item['id'])
