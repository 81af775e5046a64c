"""What is tried on the guest's LUNs, one function each, in this order: a name is the rule that it shows.

Each takes the bench and fails with an AssertionError. The living LUN is looked at after each of them.
"""

import os
import signal
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path as File

from lab.multipath_vm.guest import remote
from lab.multipath_vm.guest.bench import (
    ALIAS,
    ALIASED,
    EMPTIED,
    HELD,
    NEWCOMER,
    QUEUEING,
    RENAMED,
    SAMPLE,
    Bench,
)
from lab.multipath_vm.guest.waiting import raised, run, wait_until
from orphancleanup.errors import Conflict, Unreachable
from orphancleanup.plugins.threepar_lun.host import daemon, document, listing, wwid
from orphancleanup.plugins.threepar_lun.host.computes import Computes
from orphancleanup.plugins.threepar_lun.host.listed import Listed
from orphancleanup.plugins.threepar_lun.host.program import SCAN, STOP
from orphancleanup.plugins.threepar_lun.host.ssh import Ssh
from orphancleanup.plugins.threepar_lun.hosts import HostMap, Path

Scenario = Callable[[Bench], None]


def sample_of_the_readme_is_found_with_its_faulty_path(bench: Bench) -> None:
    SAMPLE.unexport(1)
    wait_until('one path is faulty', lambda: sum(path.is_faulty for path in bench.told(SAMPLE)) == 1)
    seen = bench.see(SAMPLE)
    assert seen.wwid == '360002ac00000000000000bef00002de4'
    assert wwid.wwn_of(seen.wwid) == '60002AC00000000000000BEF00002DE4'
    assert len(seen.paths) == 4
    assert not seen.is_faulty
    assert not seen.holders


def text_and_json_tell_the_same(bench: Bench) -> None:
    by_text = listing.parse(run('multipath', '-ll'))
    by_json = daemon.parse(run('multipathd', 'show', 'maps', 'json'))
    assert by_json is not None
    assert _told(by_text) == _told(by_json)
    assert len(by_text) == len(by_json) >= 7


def one_path_that_works_is_a_reason_to_refuse(bench: Bench) -> None:
    seen = bench.see(SAMPLE)
    assert 'paths that may work' in bench.refuses(seen)


def sample_of_the_readme_is_removed_by_the_program_with_all_of_its_paths(bench: Bench) -> None:
    bench.unexport(SAMPLE)
    found = [each for each in document.read_maps(bench.ask(SCAN), 'guest') if each.wwid == SAMPLE.wwid]
    assert [each.is_faulty for each in found] == [True]
    assert bench.ask(STOP, document.of_stop(found[0], may_work=False)) == document.of_nothing()
    assert bench.is_gone(found[0])
    # Once more changes nothing.
    assert bench.ask(STOP, document.of_stop(found[0], may_work=False)) == document.of_nothing()


def what_is_held_stays_whoever_holds_it(bench: Bench) -> None:
    seen = bench.see(HELD)
    with bench.opened(seen, 'qemu-kvm') as pid:
        assert f'qemu-kvm (pid {pid}) has it open' in bench.refuses(seen, may_work=True)
    run('dmsetup', 'create', 'vg0-data', '--uuid', 'LVM-1', '--table', f'0 8192 linear /dev/{seen.device} 0')
    assert 'LVM volume vg0-data is on it' in bench.refuses(seen, may_work=True)
    run('dmsetup', 'remove', 'vg0-data')


def what_is_mounted_stays(bench: Bench) -> None:
    seen = bench.see(HELD)
    run('busybox', 'mke2fs', f'/dev/{seen.device}')
    run('mkdir', '-p', '/run/mounted')
    run('mount', '-t', 'ext4', f'/dev/{seen.device}', '/run/mounted')
    told = bench.refuses(seen, may_work=True)
    run('umount', '/run/mounted')
    assert 'mounted on /run/mounted' in told


def what_the_kernel_itself_has_open_stays(bench: Bench) -> None:
    seen = bench.see(HELD)
    run('modprobe', 'loop')
    run('losetup', '/dev/loop0', f'/dev/{seen.device}')
    told = bench.refuses(seen, may_work=True)
    run('losetup', '-d', '/dev/loop0')
    assert 'something in the kernel has it open' in told


def working_map_goes_when_nobody_owns_its_lun(bench: Bench) -> None:
    seen = bench.see(HELD)
    bench.stop(seen, may_work=True)
    assert bench.is_gone(seen)


def opener_that_stays_is_named_and_queueing_is_on_again(bench: Bench) -> None:
    seen = bench.unexport(QUEUEING)
    assert 'queue_if_no_path' in bench.table(seen)
    # As the guard sees udev, which leaves as a rule; this one does not.
    with bench.opened(seen, '(udev-worker)') as pid:
        assert f'(udev-worker) (pid {pid}) has it open' in bench.refuses(seen)
    assert 'queue_if_no_path' in bench.table(seen)


def who_waits_for_a_dead_lun_is_let_go_and_the_map_is_removed(bench: Bench) -> None:
    seen = bench.see(QUEUEING)
    with bench.opened(seen, '(udev-worker)', reads=True) as pid:
        wait_until('it waits', lambda: 'State:\tD' in File(f'/proc/{pid}/status').read_text())
        bench.stop(seen)
    assert bench.is_gone(seen)


def name_that_is_another_device_by_now_is_not_deleted(bench: Bench) -> None:
    seen = bench.see(RENAMED)
    was = seen.paths[0]
    (bench.host.kernel.blocks / was.device / 'device/delete').write_text('1')
    # As soon as the daemon has closed the device its name is free, and the kernel gives it to the next one.
    wait_until('the daemon has closed it', lambda: len(bench.told(RENAMED)) == 1)
    NEWCOMER.export()
    wait_until('the newcomer has a map', lambda: len(bench.told(NEWCOMER)) == NEWCOMER.paths)
    assert was.device in {path.device for path in bench.told(NEWCOMER)}
    RENAMED.reexport(int(was.address.split(':')[0]))
    wait_until('the path is back', lambda: len(bench.told(RENAMED)) == RENAMED.paths)
    assert 'has a path by now that it had not' in bench.refuses(seen, may_work=True)
    assert len(bench.see(NEWCOMER).paths) == NEWCOMER.paths


def paths_that_were_left_by_a_killed_run_are_deleted(bench: Bench) -> None:
    seen = bench.unexport(RENAMED)
    run('multipathd', 'disablequeueing', 'map', seen.name)
    run('dmsetup', 'message', seen.name, '0', 'fail_if_no_path')
    wait_until('it is flushed', lambda: _is_flushed(seen))
    bench.stop(seen)
    assert bench.is_gone(seen)


def map_whose_paths_were_deleted_by_hand_is_removed(bench: Bench) -> None:
    seen = bench.unexport(EMPTIED)
    with bench.opened(seen, '(udev-worker)'):
        for path in seen.paths:
            (bench.host.kernel.blocks / path.device / 'device/delete').write_text('1')
        wait_until('it has no path', lambda: not bench.see(EMPTIED).paths)
        assert '##,##' in run('multipath', '-ll')
    now = bench.find(EMPTIED)
    if now is not None:
        bench.stop(now)
    assert bench.is_gone(seen)


def host_lets_go_when_it_is_asked_through_ssh(bench: Bench) -> None:
    remote.start()
    hosts = Computes((remote.HOST,), Ssh(remote.PROGRAM))
    assert 'verification failed' in raised(Unreachable, lambda: hosts.maps(remote.HOST))
    remote.trust()
    (seen,) = hosts.maps_of(NEWCOMER.wwid)
    assert seen == replace(bench.see(NEWCOMER), host=remote.HOST)
    assert 'paths that may work' in raised(Conflict, lambda: hosts.stop_io(seen))
    hosts.stop_io(seen, may_work=True)
    assert bench.is_gone(seen)


def map_with_an_alias_is_removed_though_the_daemon_is_stopped(bench: Bench) -> None:
    seen = bench.unexport(ALIASED)
    os.kill(int(File('/run/multipathd.pid').read_text()), signal.SIGTERM)
    wait_until('the daemon is stopped', lambda: not File('/run/multipathd.pid').exists())
    assert bench.see(ALIASED) == seen
    assert seen.name == ALIAS
    bench.stop(seen)
    assert bench.is_gone(seen)


def _told(maps: Iterable[Listed]) -> dict[tuple[str, str, str], set[Path]]:
    return {
        (each.wwid, each.name, each.device): {replace(path, address='') for path in each.paths}
        for each in maps
    }


def _is_flushed(seen: HostMap) -> bool:
    return subprocess.run(['multipath', '-f', seen.name], capture_output=True, check=False).returncode == 0


#: in the order in which they are tried
SCENARIOS: tuple[Scenario, ...] = (
    sample_of_the_readme_is_found_with_its_faulty_path,
    name_that_is_another_device_by_now_is_not_deleted,
    text_and_json_tell_the_same,
    one_path_that_works_is_a_reason_to_refuse,
    sample_of_the_readme_is_removed_by_the_program_with_all_of_its_paths,
    what_is_held_stays_whoever_holds_it,
    what_is_mounted_stays,
    what_the_kernel_itself_has_open_stays,
    working_map_goes_when_nobody_owns_its_lun,
    opener_that_stays_is_named_and_queueing_is_on_again,
    who_waits_for_a_dead_lun_is_let_go_and_the_map_is_removed,
    paths_that_were_left_by_a_killed_run_are_deleted,
    map_whose_paths_were_deleted_by_hand_is_removed,
    host_lets_go_when_it_is_asked_through_ssh,
    map_with_an_alias_is_removed_though_the_daemon_is_stopped,
)
