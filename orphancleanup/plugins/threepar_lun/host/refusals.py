"""Why input and output to a map is not stopped: one sentence, or None when nothing speaks against it. Without I/O."""

from collections.abc import Iterable

from orphancleanup.plugins.threepar_lun.host.kernel import DeviceMap, Disk
from orphancleanup.plugins.threepar_lun.host.tools import is_harmless
from orphancleanup.plugins.threepar_lun.hosts import HostMap


def another_map(seen: HostMap, now: HostMap) -> str | None:
    """Refuse a map that is not the one that was seen: other paths than its own would be deleted."""
    if (now.wwid, now.device, now.name) != (seen.wwid, seen.device, seen.name):
        return f'{named(seen)} is by now {now.name} ({now.device}); look at it again.'
    known = {(path.device, path.address, path.number) for path in seen.paths}
    for path in now.paths:
        if (path.device, path.address, path.number) not in known:
            return f'{named(seen)} has a path by now that it had not: {path.device} ({path.address}); look at it again.'
    return None


def strange_name(seen: HostMap, found: DeviceMap) -> str | None:
    """Refuse a map whose name no command may be given."""
    if not is_harmless(found.name):
        return (
            f'{named(seen)} has the name {found.name!r}, which could be taken for something else; rename it.'
        )
    return None


def in_use(now: HostMap) -> str | None:
    """Refuse a map that something holds."""
    if now.holders:
        return f'{named(now)} is in use: {"; ".join(now.holders)}.'
    return None


def may_work(now: HostMap, is_allowed: bool) -> str | None:
    """Refuse a map with a path that may work, unless the caller has proved that nobody owns the LUN."""
    working = [path for path in now.paths if not path.is_faulty]
    if not working or is_allowed:
        return None
    told = ', '.join(
        f'{path.device} ({path.mapper_state} {path.checker_state} {path.device_state})' for path in working
    )
    return f'{named(now)} has paths that may work: {told}.'


def foreign_path(found: DeviceMap) -> str | None:
    """Refuse a map with a path that, by its own word, leads to another LUN, or that does not tell where it leads."""
    for disk in found.disks:
        if not (disk.address and disk.number and disk.wwid):
            return f'The path {disk.device} of map {found.name} does not tell which LUN it leads to.'
        if disk.wwid != found.wwid:
            return f'The path {disk.device} of map {found.name} leads to another LUN ({disk.wwid}, not {found.wwid}).'
    return None


def another_disk(was: Disk, now: Disk | None, above: Iterable[str]) -> str | None:
    """Refuse to delete a device that is not the path that was seen, or that something stands on."""
    if now != was:
        return f'{was.device} ({was.address}) is another device by now; look again.'
    held = ', '.join(above)
    return f'{was.device} ({was.address}) is still under {held}.' if held else None


def named(found: HostMap) -> str:
    """Return what messages call a map."""
    alias = '' if found.name == found.wwid else f' ({found.name})'
    return f'Map {found.wwid}{alias} on host {found.host}'
