"""What the scenarios share: the LUNs of the guest, and the package's own code at work on this host."""

import contextlib
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path as File

from lab.multipath_vm.guest.target import Lun
from lab.multipath_vm.guest.waiting import run, wait_until
from orphancleanup.clock import SystemClock
from orphancleanup.errors import Conflict
from orphancleanup.plugins.threepar_lun.host import daemon, document
from orphancleanup.plugins.threepar_lun.host.scan import Host, scan
from orphancleanup.plugins.threepar_lun.host.stop import Stop
from orphancleanup.plugins.threepar_lun.hosts import HostMap, Path

#: the sample of the README that this all began with
SAMPLE = Lun(1, '00000000000000bef00002de4', paths=4)
LIVING = Lun(2, '00000000000000bf000002de4')
HELD = Lun(3, '00000000000000bf100002de4')
QUEUEING = Lun(4, '00000000000000bf200002de4')
RENAMED = Lun(5, '00000000000000bf300002de4')
EMPTIED = Lun(6, '00000000000000bf400002de4')
ALIASED = Lun(7, '00000000000000bf500002de4')
#: exported later than the others
NEWCOMER = Lun(8, '00000000000000bf600002de4')
ALIAS = 'mpatha'
LUNS = (SAMPLE, LIVING, HELD, QUEUEING, RENAMED, EMPTIED, ALIASED)
# A host that waits for ever, which is the worst case; arrays' built-in settings wait for 18 checks.
_CONFIGURATION = f"""\
defaults {{
    user_friendly_names no
    find_multipaths no
    polling_interval 1
    max_polling_interval 1
}}
overrides {{
    no_path_retry queue
}}
multipaths {{
    multipath {{
        wwid {ALIASED.wwid}
        alias {ALIAS}
    }}
}}
"""
PROGRAM = 'orphancleanup.plugins.threepar_lun.host.program'
#: seconds that the package waits for openers where one stays on purpose
SHORT = 3.0


@dataclass(frozen=True, slots=True)
class Bench:
    """This host."""

    host: Host = field(default_factory=lambda: Host('guest'))

    def prepare(self) -> None:
        """Export all LUNs, start the daemon, and wait for the maps."""
        File('/etc/multipath.conf').write_text(_CONFIGURATION)
        File('/sys/kernel/config/target/loopback').mkdir()
        for lun in LUNS:
            lun.export()
        run('udevadm', 'settle', '--timeout=120')
        run('multipathd')
        wait_until('all maps are there', self._is_ready)

    def _is_ready(self) -> bool:
        found = {each.wwid: each for each in self.host.kernel.maps()}
        return all(lun.wwid in found and len(found[lun.wwid].disks) == lun.paths for lun in LUNS)

    def find(self, lun: Lun) -> HostMap | None:
        """Return the map of a LUN as a scan tells it."""
        return next((each for each in scan(self.host) if each.wwid == lun.wwid), None)

    def see(self, lun: Lun) -> HostMap:
        """Return the map of a LUN, which must be there."""
        found = self.find(lun)
        assert found is not None, f'no map of {lun.wwid}'
        return found

    def told(self, lun: Lun) -> tuple[Path, ...]:
        """Return the paths of a LUN as the daemon tells them; for waiting, since it costs little."""
        maps = daemon.parse(run('multipathd', 'show', 'maps', 'json')) or ()
        return next((each.paths for each in maps if each.wwid == lun.wwid), ())

    def unexport(self, lun: Lun) -> HostMap:
        """Un-export a LUN, and return its map once all of its paths are known to be faulty."""
        lun.unexport()
        wait_until(
            'all paths are faulty', lambda: [each.is_faulty for each in self.told(lun)] == [True] * lun.paths
        )
        return self.see(lun)

    def stop(self, seen: HostMap, may_work: bool = False, patience: float = 60.0) -> None:
        """Stop input and output, as the package does."""
        Stop(self.host, SystemClock(), seen, may_work, patience).run()

    def refuses(self, seen: HostMap, may_work: bool = False) -> str:
        """Return why input and output is not stopped; the map must be as it was."""
        before = self.table(seen)
        try:
            self.stop(seen, may_work, SHORT)
        except Conflict as error:
            assert self.table(seen) == before, f'was {before}, is {self.table(seen)}'
            return error.message
        raise AssertionError(f'{seen.name} was not refused')

    def table(self, seen: HostMap) -> str:
        """Return what device mapper has of a map: whether it queues, and its paths."""
        return run('dmsetup', 'table', seen.name)

    def is_gone(self, seen: HostMap) -> bool:
        """Return whether a map is gone with all of its paths."""
        blocks = self.host.kernel.blocks
        devices = [path.device for path in seen.paths]
        numbers = {path.number for path in seen.paths}
        left = {(blocks / each / 'dev').read_text().strip() for each in devices if (blocks / each).exists()}
        return all(each.wwid != seen.wwid for each in self.host.kernel.maps()) and not left & numbers

    def require_life(self) -> None:
        """Fail unless the living LUN has its map, with all paths known to the kernel and none failed by the mapper."""
        (found,) = [each for each in self.host.kernel.maps() if each.wwid == LIVING.wwid]
        assert len(found.disks) == LIVING.paths, 'the living LUN lost a path'
        status = run('dmsetup', 'status', found.name).split()
        failed = [each for each, state in itertools.pairwise(status) if ':' in each and state == 'F']
        assert not failed, f'the living LUN has failed paths: {failed}'

    def ask(self, command: str, question: dict[str, object] | None = None) -> dict[str, object]:
        """Return the answer of the program that other hosts run through ssh."""
        done = subprocess.run(
            [sys.executable, '-m', PROGRAM, command],
            input=json.dumps(question or {}), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return dict(document.read(done.stdout))

    @contextlib.contextmanager
    def opened(self, seen: HostMap, name: str, reads: bool = False) -> Iterator[int]:
        """Have a process of some name keep a map open, and read from it if asked to.

        :returns: its pid.
        """
        text = _OPENER.format(name=name, device=f'/dev/{seen.device}', reads=reads)
        with subprocess.Popen(
            [sys.executable, '-c', text], stdout=subprocess.PIPE, stdin=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b'open\n'
            yield process.pid
            process.kill()


_OPENER = """\
import os
open('/proc/self/comm', 'w').write({name!r})
device = os.open({device!r}, os.O_RDONLY)
os.write(1, b'open\\n')
if {reads}:
    try:
        os.read(device, 4096)
    except OSError as error:
        os._exit(error.errno)
    os._exit(0)
os.read(0, 1)
"""
