"""A compute host that is not there: a tree of ``/sys``, who uses what, and multipath-tools that act on both."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path as File

from orphancleanup.plugins.threepar_lun.host.kernel import Disk, Kernel
from orphancleanup.plugins.threepar_lun.host.scan import Host
from orphancleanup.plugins.threepar_lun.host.tools import Ended, Tool
from orphancleanup.plugins.threepar_lun.host.users import Opener, Users

WWID = '360002ac00000000000000bef00002de4'
OTHER = '360002ac00000000000000bf000002de4'
FAULTY = ('failed', 'faulty')
READY = ('active', 'ready')


@dataclass
class FakeHost:
    """The host.

    :ivar states: path to what the mapper and the checker say of it.
    :ivar queueing: the maps that wait for a path that never comes.
    :ivar openers: number of a device to who has it open.
    :ivar count: how many have a map open of whom there is no process.
    :ivar ran: the commands that were run.
    :ivar deleted: the devices that were deleted.
    :ivar failing: the commands that fail, with what they say.
    :ivar saying: the commands that say something else.
    :ivar untold: the paths that nobody tells of.
    :ivar on: what happens before a command.
    """

    root: File
    states: dict[str, tuple[str, str]] = field(default_factory=dict)
    queueing: set[str] = field(default_factory=set)
    openers: dict[str, tuple[Opener, ...]] = field(default_factory=dict)
    mounts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    count: int = 0
    ran: list[tuple[str, ...]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    failing: dict[Tool, str] = field(default_factory=dict)
    saying: dict[Tool, str] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)
    on: dict[Tool, Callable[[], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.root / 'sys/block').mkdir(parents=True)

    @property
    def host(self) -> Host:
        """What the package reads and runs."""
        users = lambda: Users(dict(self.openers), dict(self.mounts))  # noqa: E731
        return Host('compute1', FakeKernel(self.root, self), self, users)

    def add_disk(self, device: str, address: str, number: str, wwid: str) -> None:
        """Add a SCSI device."""
        folder = self.root / f'sys/devices/{address}/block/{device}'
        folder.mkdir(parents=True)
        (folder / 'holders').mkdir()
        (folder / 'dev').write_text(number + '\n')
        (folder / 'device').symlink_to('../..')
        (folder / 'device/state').write_text('running\n')
        (folder / 'device/wwid').write_text(f'naa.{wwid[1:]}\n')
        self._block(device).symlink_to(folder)

    def add_map(self, device: str, wwid: str, *paths: str, name: str = '') -> None:
        """Add a map."""
        folder = self._block(device)
        for each in ('dm', 'slaves', 'holders'):
            (folder / each).mkdir(parents=True)
        (folder / 'dm/uuid').write_text(f'mpath-{wwid}\n')
        (folder / 'dm/name').write_text(f'{name or wwid}\n')
        (folder / 'dev').write_text(f'254:{device.removeprefix("dm-")}\n')
        for path in paths:
            (folder / 'slaves' / path).symlink_to(self._block(path).resolve())
            (self._block(path) / 'holders' / device).touch()
            self.states[path] = FAULTY
        self.queueing.add(name or wwid)

    def add_lun(self, device: str = 'dm-0', wwid: str = WWID, first: int = 0, name: str = '') -> None:
        """Add a map of two faulty paths."""
        letters = [chr(ord('a') + first + each) for each in range(2)]
        for each, letter in enumerate(letters):
            self.add_disk(f'sd{letter}', f'{each}:0:0:{first}', f'8:{16 * (first + each)}', wwid)
        self.add_map(device, wwid, *(f'sd{letter}' for letter in letters), name=name)

    def add_above(self, device: str, above: str, uuid: str = '') -> None:
        """Let a device stand on another one."""
        (self._block(device) / 'holders' / above).touch()
        folder = self._block(above)
        (folder / 'dm').mkdir(parents=True)
        (folder / 'holders').mkdir()
        (folder / 'dev').write_text('254:99\n')
        (folder / 'dm/uuid').write_text(uuid)
        (folder / 'dm/name').write_text('vg0-data')

    def remove_disk(self, device: str) -> None:
        """Take a SCSI device away."""
        shutil.rmtree(self._block(device).resolve().parents[1])
        self._block(device).unlink()

    def run(self, tool: Tool, name: str = '') -> Ended:
        """See :class:`orphancleanup.plugins.threepar_lun.host.tools.Runner`."""
        self.ran.append(tool.arguments(name))
        self.on.pop(tool, lambda: None)()
        if tool in self.failing:
            return Ended(1, complaint=self.failing[tool])
        if tool in self.saying:
            return Ended(0, self.saying[tool])
        return self._does[tool](self, name)

    def _show(self, _name: str) -> Ended:
        maps = [self._record(each) for each in sorted((self.root / 'sys/block').glob('dm-*'))]
        return Ended(0, json.dumps({'maps': maps}))

    def _record(self, folder: File) -> dict[str, object]:
        wwid = (folder / 'dm/uuid').read_text().strip().removeprefix('mpath-')
        paths = (
            [self._path(each) for each in sorted(os.listdir(folder / 'slaves'))]
            if (folder / 'slaves').exists()
            else []
        )
        return {
            'uuid': wwid,
            'name': wwid,
            'sysfs': folder.name,
            'path_groups': [{'paths': [p for p in paths if p]}],
        }

    def _path(self, device: str) -> dict[str, str]:
        if device in self.untold or not self._block(device).exists():
            return {}
        mapper, checker = self.states[device]
        number = (self._block(device) / 'dev').read_text().strip()
        return {'dev': device, 'dev_t': number, 'dm_st': mapper, 'chk_st': checker, 'dev_st': 'running'}

    def _list(self, _name: str) -> Ended:
        lines = []
        for folder in sorted((self.root / 'sys/block').glob('dm-*')):
            record = self._record(folder)
            lines.append(f'{record["uuid"]} {folder.name} 3PARdata,VV')
            for device in sorted(os.listdir(folder / 'slaves')):
                path = self._path(device)
                address = (self._block(device) / 'device').resolve().name
                lines.append(
                    f'  |- {address} {device} {path["dev_t"]} {path["dm_st"]} {path["chk_st"]} running'
                )
        return Ended(0, '\n'.join(lines))

    def _count(self, name: str) -> Ended:
        number = (self._map(name) / 'dev').read_text().strip()
        waiting = [
            each for each in self.openers.get(number, ()) if name in self.queueing or each.state != 'D'
        ]
        return Ended(0, f'{len(waiting) + self.count}\n')

    def _table(self, name: str) -> Ended:
        return Ended(0, 'multipath 1 queue_if_no_path' if name in self.queueing else 'multipath 0')

    def _stop_queueing(self, name: str) -> Ended:
        self.queueing.discard(name)
        number = (self._map(name) / 'dev').read_text().strip()
        self.openers[number] = tuple(each for each in self.openers.get(number, ()) if each.state != 'D')
        return Ended(0)

    def _queue(self, name: str) -> Ended:
        self.queueing.add(name)
        return Ended(0)

    def _flush(self, name: str) -> Ended:
        if name in self.queueing or self._count(name).output != '0\n':
            return Ended(1, complaint=f'{name}: map in use')
        folder = self._map(name)
        for path in os.listdir(folder / 'slaves'):
            (self._block(path) / 'holders' / folder.name).unlink(missing_ok=True)
        shutil.rmtree(folder)
        return Ended(0)

    _does = {
        Tool.SHOW_MAPS: _show,
        Tool.LIST: _list,
        Tool.COUNT_OPENERS: _count,
        Tool.SHOW_TABLE: _table,
        Tool.DISABLE_QUEUEING: lambda *_: Ended(0, 'ok'),
        Tool.FAIL_WITHOUT_PATH: _stop_queueing,
        Tool.QUEUE_WITHOUT_PATH: _queue,
        Tool.RESTORE_QUEUEING: _queue,
        Tool.FLUSH: _flush,
    }

    def _map(self, name: str) -> File:
        (found,) = [
            each
            for each in (self.root / 'sys/block').glob('dm-*')
            if (each / 'dm/name').read_text().strip() == name
        ]
        return found

    def _block(self, device: str) -> File:
        return self.root / 'sys/block' / device


class FakeKernel(Kernel):
    """Reads the tree; what is deleted goes out of it."""

    __slots__ = ('fake',)

    def __init__(self, root: File, fake: FakeHost) -> None:
        super().__init__(root)
        object.__setattr__(self, 'fake', fake)

    def delete(self, disk: Disk) -> None:
        self.fake.deleted.append(disk.device)
        self.fake.remove_disk(disk.device)
