"""What is on the array: plain records as its API shows them, in memory, and in a file that outlives the process."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]
_KEPT = ('volumes', 'vluns', 'hosts', 'sets', 'qos', 'tasks', 'groups', 'next_id', 'ahead')


@dataclass(slots=True)
class Array:
    """The records, by name where they have one.

    :ivar serial: the last four bytes of every WWN.
    :ivar vluns: exports: templates (``active`` is False), and for each path that uses one an active one.
    :ivar qos: name of a volume set to its rule.
    :ivar groups: name of a remote copy group to the names of its volumes.
    :ivar ahead: seconds that the array's clock is ahead of ours.
    :ivar file: where all of it is kept, or None.
    """

    serial: int = 0x2DE4
    volumes: dict[str, Record] = field(default_factory=dict)
    vluns: list[Record] = field(default_factory=list)
    hosts: dict[str, Record] = field(default_factory=dict)
    sets: dict[str, Record] = field(default_factory=dict)
    qos: dict[str, Record] = field(default_factory=dict)
    tasks: dict[str, Record] = field(default_factory=dict)
    groups: dict[str, list[str]] = field(default_factory=dict)
    next_id: int = 0xBEF
    ahead: float = 0.0
    file: Path | None = None

    def now(self) -> float:
        """Return the array's time, seconds since 1970."""
        return time.time() + self.ahead

    def new_id(self) -> int:
        """Return a number that nothing else has."""
        self.next_id += 1
        return self.next_id - 1

    def wwn(self, number: int) -> str:
        """Return the WWN of the volume with a number."""
        return f'60002AC0{0:08X}{number:08X}{self.serial:08X}'

    def stamped(self, name: str, number: int | None = None) -> Record:
        """Return what every new record has: a name, a number, a UUID, the time."""
        now = self.now()
        return {
            'id': self.new_id() if number is None else number,
            'name': name,
            'uuid': str(uuid.uuid4()),
            'creationTimeSec': int(now),
            'creationTime8601': moment(now),
        }

    def exports_of(self, volume: str) -> list[Record]:
        """Return the VLUNs of a volume, of its own name only."""
        return [each for each in self.vluns if each['volumeName'] == volume]

    def sets_of(self, volume: str) -> Iterator[Record]:
        """Yield the volume sets that a volume is in."""
        return (each for each in self.sets.values() if volume in each['setmembers'])

    def active_tasks(self, volume: str) -> Iterator[Record]:
        """Yield the tasks that work on a volume."""
        running = (each for each in self.tasks.values() if each['status'] == RUNNING)
        return (each for each in running if volume in (each['name'], each.get('source')))

    def save(self) -> None:
        """Write everything to the file, all of it or nothing."""
        if self.file:
            partial = self.file.with_suffix('.partial')
            partial.write_text(json.dumps({name: getattr(self, name) for name in _KEPT}))
            partial.replace(self.file)

    def load(self) -> None:
        """Read everything from the file, when it is there."""
        if self.file and self.file.exists():
            for name, value in json.loads(self.file.read_text()).items():
                setattr(self, name, value)


#: the status of a task that has not ended
RUNNING = 2


def moment(seconds: float) -> str:
    """Return a time as the array writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec='seconds')
