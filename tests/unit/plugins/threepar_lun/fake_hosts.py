"""Compute hosts with multipath maps, in memory."""

from collections.abc import Callable

from orphancleanup.errors import Conflict, Unreachable
from orphancleanup.plugins.threepar_lun.host import wwid
from orphancleanup.plugins.threepar_lun.hosts import HostMap
from orphancleanup.plugins.threepar_lun.hosts import Path as MapPath


class Hosts:
    """Compute hosts with maps; a host has one of each LUN that was exported to it, until somebody removes it.

    :ivar found: the maps.
    :ivar silent: hosts that do not answer.
    :ivar stopped: the maps whose input and output was stopped.
    """

    def __init__(self) -> None:
        self.hosts: tuple[str, ...] = ('compute1', 'compute2')
        self.found: list[HostMap] = []
        self.silent: set[str] = set()
        self.stopped: list[HostMap] = []
        #: told of each map before its input and output is stopped
        self.watch: Callable[[HostMap, bool], None] = lambda found, may_work: None

    def add(self, host: str, wwn: str, holders: tuple[str, ...] = (), is_faulty: bool = False) -> HostMap:
        state = ('failed', 'faulty', 'running') if is_faulty else ('active', 'ready', 'running')
        name = wwid.wwid_of(wwn)
        path = MapPath('sdb', '1:0:0:0', '8:16', *state)
        self.found.append(HostMap(host, name, name, 'dm-0', (path,), holders))
        return self.found[-1]

    def maps(self, host: str) -> tuple[HostMap, ...]:
        if host in self.silent:
            raise Unreachable(f'The host {host} does not answer.')
        return tuple(each for each in self.found if each.host == host)

    def maps_of(self, wwid: str, hosts: tuple[str, ...] = ()) -> tuple[HostMap, ...]:
        asked = dict.fromkeys((*self.hosts, *hosts))
        return tuple(each for host in asked for each in self.maps(host) if each.wwid == wwid)

    def stop_io(self, found: HostMap, may_work: bool = False) -> None:
        now = next((each for each in self.maps(found.host) if each.wwid == found.wwid), None)
        if now is None:
            return
        if now.holders:
            raise Conflict(409, f'{now.name} is held by {now.holders[0]}.')
        if not (may_work or now.is_faulty):
            raise Conflict(409, f'{now.name} has paths that may work.')
        self.watch(now, may_work)
        self.stopped.append(now)
        self.found.remove(now)

    def close(self) -> None:
        """Nothing was opened."""
