"""All maps of arrays' LUNs on this host: the kernel tells which there are, multipath-tools how their paths fare."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from orphancleanup.errors import Unreachable
from orphancleanup.plugins.threepar_lun.host import daemon, listing, users
from orphancleanup.plugins.threepar_lun.host.kernel import DeviceMap, Disk, Kernel
from orphancleanup.plugins.threepar_lun.host.listed import UNDEFINED, UNKNOWN, Listed
from orphancleanup.plugins.threepar_lun.host.tools import Programs, Runner, Tool
from orphancleanup.plugins.threepar_lun.host.users import Users
from orphancleanup.plugins.threepar_lun.hosts import HostMap, Path

#: words of the mapper, the checker and the kernel for a path of which multipath-tools told nothing
_UNTOLD = (UNDEFINED, UNDEFINED, UNKNOWN)
# They have every path open to check it.
_WATCHERS = frozenset({'multipathd', 'multipath'})


@dataclass(frozen=True, slots=True)
class Host:
    """This host: where it is read, and what runs its commands.

    :param name: that it is called by in what is found.
    """

    name: str
    kernel: Kernel = field(default_factory=Kernel)
    runner: Runner = field(default_factory=Programs)
    read_users: Callable[[], Users] = users.read


def scan(host: Host) -> tuple[HostMap, ...]:
    """Return all maps of arrays' LUNs, and the paths that have none, as maps without a device.

    :raises Unreachable: when they cannot be read completely.
    """
    try:
        # Where there is no map, multipath-tools need not be.
        states = told_states(host.runner) if host.kernel.maps() else {}
        # After the listing, so that a path that came meanwhile is in, as one of which nothing is told.
        found, disks = host.kernel.maps(), host.kernel.disks()
        who = host.read_users() if disks or found else Users({}, {})
    except OSError as error:
        raise Unreachable(
            f'The maps of host {host.name} cannot be read ({error.strerror}: {error.filename}); run it as root.'
        ) from error
    mapped = {disk for each in found for disk in each.disks}
    loose = tuple(disk for disk in disks if disk not in mapped)
    return tuple(joined(host, each, states, who) for each in found) + _without_map(host, loose, found, who)


def _without_map(
    host: Host, loose: tuple[Disk, ...], found: tuple[DeviceMap, ...], who: Users
) -> tuple[HostMap, ...]:
    """Return the paths that are in no map, by LUN: used as they are, or left by somebody who removed the map."""
    wwids = sorted({disk.wwid for disk in loose} - {each.wwid for each in found})
    return tuple(_bare(host, wwid, tuple(each for each in loose if each.wwid == wwid), who) for wwid in wwids)


def _bare(host: Host, wwid: str, disks: tuple[Disk, ...], who: Users) -> HostMap:
    return HostMap(
        host=host.name,
        wwid=wwid,
        name=wwid,
        device='',
        paths=tuple(_path(host, disk, {}) for disk in disks),
        holders=tuple(each for disk in disks for each in path_holders(host, disk, '', who)),
    )


def told_states(runner: Runner) -> Mapping[tuple[str, str], Path]:
    """Return device and number to the path as multipath-tools tell of it.

    A stopped daemon answers nothing; then every path is checked, which may take long.

    :raises Unreachable: when neither way tells anything.
    """
    answer = runner.run(Tool.SHOW_MAPS)
    told = daemon.parse(answer.output) if answer.is_well else None
    if told is None:
        told = _listed(runner, answer.complaint)
    return {(path.device, path.number): path for each in told for path in each.paths if path.device}


def _listed(runner: Runner, complaint: str) -> tuple[Listed, ...]:
    answer = runner.run(Tool.LIST)
    if not answer.is_well:
        raise Unreachable(
            f'How paths fare is told neither by multipathd ({complaint or "no JSON"}) nor by multipath '
            f'({answer.complaint or f"exit code {answer.code}"}); run it as root where multipath-tools are installed.'
        )
    return listing.parse(answer.output)


def joined(host: Host, found: DeviceMap, states: Mapping[tuple[str, str], Path], who: Users) -> HostMap:
    """Return a map with what is told of its paths, and with who uses it."""
    return HostMap(
        host=host.name,
        wwid=found.wwid,
        name=found.name,
        device=found.device,
        paths=tuple(_path(host, disk, states) for disk in found.disks),
        holders=holders(host, found, who),
    )


def _path(host: Host, disk: Disk, states: Mapping[tuple[str, str], Path]) -> Path:
    told = states.get((disk.device, disk.number))
    # A listing that names another address speaks of a device that had this name before.
    if told is None or told.address not in ('', disk.address):
        return Path(disk.device, disk.address, disk.number, *_UNTOLD)
    return Path(
        disk.device, disk.address, disk.number, told.mapper_state, told.checker_state,
        host.kernel.disk_state(disk.device) or UNKNOWN,
    )  # fmt: skip


def holders(host: Host, found: DeviceMap, who: Users) -> tuple[str, ...]:
    """Return what uses a map, one phrase each: devices on it or on a path, mounts, processes.

    What looks at it in passing, as udev does, is left out.
    """
    told = _uses(found.number, who)
    told += [
        f'{disk.device} ({disk.address}) is a path to it outside of it'
        for disk in host.kernel.disks()
        if disk.wwid == found.wwid and disk not in found.disks
    ]
    told += _stacked(host.kernel, found.above, who)
    for disk in found.disks:
        told += path_holders(host, disk, found.device, who)
    return tuple(dict.fromkeys(told))


def path_holders(host: Host, disk: Disk, map_device: str, who: Users) -> list[str]:
    """Return what uses a path by itself, besides its map and the daemon that watches it.

    :param map_device: the kernel's name of the map; empty when it has none.
    """
    above = tuple(each for each in host.kernel.above(disk.device) if each != map_device)
    openers = tuple(each for each in who.openers.get(disk.number, ()) if each.name not in _WATCHERS)
    told = _uses(disk.number, replace(who, openers={disk.number: openers})) + _stacked(
        host.kernel, above, who
    )
    for name, number, over in host.kernel.partitions(disk.device):
        told += [f'{name}: {each}' for each in _uses(number, who) + _stacked(host.kernel, over, who)]
    return [f'{disk.device}: {each}' for each in told]


def _uses(number: str, who: Users) -> list[str]:
    places = [
        f'mounted on {place}' if place != users.SWAP else 'swap is on it'
        for place in who.mounts.get(number, ())
    ]
    openers = [str(each) for each in who.openers.get(number, ()) if not each.is_passing_by]
    return [users.printable(each) for each in places + openers]


def _stacked(kernel: Kernel, above: tuple[str, ...], who: Users) -> list[str]:
    """Return what stands on a device, at all heights, and what uses that."""
    told: dict[str, list[str]] = {}
    ahead = list(above)
    while ahead:
        device = ahead.pop(0)
        if device not in told:
            described = users.printable(kernel.describe(device))
            told[device] = [
                f'{described} is on it',
                *(f'{described}: {each}' for each in _uses(kernel.number(device), who)),
            ]
            ahead += kernel.above(device)
    return [each for phrases in told.values() for each in phrases]
