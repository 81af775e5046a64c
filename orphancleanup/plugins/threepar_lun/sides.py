"""The compute hosts as the ladder asks them, opened once a run."""

from orphancleanup.api import Cloud
from orphancleanup.errors import Unreachable
from orphancleanup.plugins.threepar_lun import configured
from orphancleanup.plugins.threepar_lun.hosts import HostMap, HostSide

KEPT = 'compute hosts'


class Unasked:
    """Hosts that nobody can ask: whoever names one is told so, and nothing is removed."""

    def __init__(self, hosts: tuple[str, ...] = ()) -> None:
        self.hosts = hosts

    def close(self) -> None:
        """Nothing was opened."""

    def maps(self, host: str) -> tuple[HostMap, ...]:
        raise Unreachable(
            f'Whether the host {host} has maps of volumes cannot be told: no way to ask it is known.'
        )

    def maps_of(self, wwid: str, hosts: tuple[str, ...] = ()) -> tuple[HostMap, ...]:
        return tuple(each for host in dict.fromkeys((*self.hosts, *hosts)) for each in self.maps(host))

    def stop_io(self, found: HostMap, may_work: bool = False) -> None:
        self.maps(found.host)


def of(cloud: Cloud) -> HostSide:
    """Return the hosts of a run."""
    return cloud.kept(KEPT, lambda: _opened(cloud))


def _opened(cloud: Cloud) -> Unasked:
    return Unasked(tuple(cloud.options(configured.COMMON).get(configured.COMMON, {}).get('hosts') or ()))
