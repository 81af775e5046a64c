"""All input and output to a LUN is stopped on this host: its map is flushed, its paths are deleted.

The order was measured on multipath-tools 0.9.4. As long as queueing is on, whoever touches a map without a usable path
waits for it without end, udev for instance, and the map cannot be flushed: so queueing is switched off first, and who
waited is given time to leave. The paths go last, by what they are and not by their names alone.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from orphancleanup.clock import Clock
from orphancleanup.errors import Conflict, Unreachable
from orphancleanup.plugins.threepar_lun.host import refusals
from orphancleanup.plugins.threepar_lun.host.kernel import DeviceMap, Disk
from orphancleanup.plugins.threepar_lun.host.scan import Host, joined, path_holders, told_states
from orphancleanup.plugins.threepar_lun.host.tools import Ended, Tool
from orphancleanup.plugins.threepar_lun.hosts import HostMap

#: seconds that openers are given to leave, and the kernel to forget a device
PATIENCE = 20.0
_PAUSE = 0.5
# In the table of a map: what waits for a path that never comes.
_QUEUEING = 'queue_if_no_path'


@dataclass(frozen=True, slots=True)
class Stop:
    """Stops input and output to one map.

    :param seen: the map as it was seen.
    :param may_work: whether paths that still work are no reason to refuse.
    """

    host: Host
    clock: Clock
    seen: HostMap
    may_work: bool = False
    patience: float = PATIENCE

    def run(self) -> None:
        """Do it, and verify it; nothing when the map and all of its paths are gone.

        :raises Conflict: when something speaks against it; nothing was changed then, or it was changed back.
        :raises Unreachable: when it cannot be told how the map is, or how it ended.
        """
        try:
            self._run()
        except OSError as error:
            raise Unreachable(
                f'{refusals.named(self.seen)} cannot be handled ({error.strerror}: {error.filename}); run it as root.'
            ) from error

    def _run(self) -> None:
        found = self._find()
        if found is None:
            self._delete_what_is_left()
            return
        self._refuse(refusals.strange_name(self.seen, found))
        self._refuse(refusals.foreign_path(found))
        self._judge(found)
        with self._without_queueing(found):
            self._wait_for_openers(found)
            # Once more, since waiting took time.
            self._judge(found)
            self._flush(found)
        self._delete(found.disks)
        if self._find() is not None:
            raise Conflict(
                409, f'{refusals.named(self.seen)} came back after it was removed; look at it again.'
            )

    def _find(self) -> DeviceMap | None:
        """Return the map of the LUN as it is now.

        :raises Conflict: when there are several, so that nobody knows which one was meant.
        """
        found = [each for each in self.host.kernel.maps() if each.wwid == self.seen.wwid]
        if len(found) > 1:
            raise Conflict(
                409, f'{refusals.named(self.seen)} is there {len(found)} times; remove one by hand.'
            )
        return found[0] if found else None

    def _judge(self, found: DeviceMap) -> None:
        now = joined(self.host, found, told_states(self.host.runner), self.host.read_users())
        for refusal in (
            refusals.another_map(self.seen, now),
            refusals.in_use(now),
            refusals.may_work(now, self.may_work),
        ):
            self._refuse(refusal)

    def _refuse(self, refusal: str | None) -> None:
        if refusal is not None:
            raise Conflict(409, refusal)

    @contextmanager
    def _without_queueing(self, found: DeviceMap) -> Iterator[None]:
        """Switch queueing off; on again when the map stays after all, since its owner relies on it."""
        run = self.host.runner.run
        table = run(Tool.SHOW_TABLE, found.name)
        self._insist(table, 'does not tell whether it queues')
        try:
            # Refused where the daemon is stopped; then the mapper's own message does it alone, and lasts.
            run(Tool.DISABLE_QUEUEING, found.name)
            self._insist(run(Tool.FAIL_WITHOUT_PATH, found.name), 'cannot be made to fail')
            yield
        except BaseException:
            is_restored = run(Tool.RESTORE_QUEUEING, found.name).is_well
            if not is_restored and _QUEUEING in table.output.split():
                run(Tool.QUEUE_WITHOUT_PATH, found.name)
            raise

    def _wait_for_openers(self, found: DeviceMap) -> None:
        if not self._comes_true(lambda: self._open_count(found) == 0):
            who = self.host.read_users().openers.get(found.number, ())
            told = '; '.join(map(str, who)) or 'something in the kernel has it open'
            raise Conflict(409, f'{refusals.named(self.seen)} is in use: {told}.')

    def _open_count(self, found: DeviceMap) -> int:
        ended = self.host.runner.run(Tool.COUNT_OPENERS, found.name)
        self._insist(ended, 'does not tell who has it open')
        if not ended.output.strip().isdecimal():
            raise Unreachable(f'{refusals.named(self.seen)} does not tell who has it open: {ended.output!r}.')
        return int(ended.output)

    def _flush(self, found: DeviceMap) -> None:
        ended = Ended(0)

        def is_gone() -> bool:
            nonlocal ended
            # It looks at the open count only once, so that whoever passes by just then makes it fail.
            ended = self.host.runner.run(Tool.FLUSH, found.name)
            return self._find() is None

        if not self._comes_true(is_gone):
            why = ended.complaint or ended.output.strip() or f'exit code {ended.code}'
            raise Conflict(409, f'{refusals.named(self.seen)} was not flushed: {why}.')

    def _delete_what_is_left(self) -> None:
        """Delete the paths that an earlier try left which had flushed the map, if they still lead to the LUN."""
        seen = {(path.device, path.address, path.number) for path in self.seen.paths}
        found = (self.host.kernel.disk(path.device) for path in self.seen.paths if path.device)
        left = [
            disk
            for disk in found
            if disk is not None
            and (disk.device, disk.address, disk.number) in seen
            and disk.wwid == self.seen.wwid
        ]
        if left:
            self._refuse(refusals.may_work(self.seen, self.may_work))
            who = self.host.read_users()
            used = tuple(told for disk in left for told in path_holders(self.host, disk, '', who))
            self._refuse(refusals.in_use(replace(self.seen, holders=used)))
            self._delete(left)

    def _delete(self, disks: Sequence[Disk]) -> None:
        for was in disks:
            now = self.host.kernel.disk(was.device)
            if now is None:
                continue
            self._refuse(refusals.another_disk(was, now, self.host.kernel.above(was.device)))
            self.host.kernel.delete(was)
        for was in disks:
            if not self._comes_true(lambda was=was: self.host.kernel.disk(was.device) != was):  # type: ignore[misc]
                raise Unreachable(f'The path {was.device} of {refusals.named(self.seen)} did not go.')

    def _insist(self, ended: Ended, what: str) -> None:
        if not ended.is_well:
            why = ended.complaint or ended.output.strip() or f'exit code {ended.code}'
            raise Unreachable(f'{refusals.named(self.seen)} {what}: {why}.')

    def _comes_true(self, is_true: Callable[[], bool]) -> bool:
        end = self.clock.monotonic() + self.patience
        while not is_true():
            if self.clock.monotonic() >= end:
                return False
            self.clock.sleep(_PAUSE)
        return True
