"""The compute hosts of a cloud, asked side by side; see :class:`orphancleanup.plugins.threepar_lun.hosts.HostSide`."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from orphancleanup.errors import Unreachable
from orphancleanup.plugins.threepar_lun.host import document
from orphancleanup.plugins.threepar_lun.host.program import SCAN, STOP
from orphancleanup.plugins.threepar_lun.hosts import HostMap

#: how many hosts are asked at a time
_TOGETHER = 8
#: the longest name of a host on an array
_LONGEST = 31


class Way(Protocol):
    """A way to a host."""

    def ask(self, host: str, command: str, question: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Return a host's answer; see :meth:`orphancleanup.plugins.threepar_lun.host.ssh.Ssh.ask`."""


class Computes:
    """Compute hosts; nothing is remembered of what they answered.

    :param hosts: those that were configured.
    """

    def __init__(self, hosts: Sequence[str], way: Way) -> None:
        self.hosts = tuple(dict.fromkeys(hosts))
        self._way = way

    def close(self) -> None:
        """Nothing stays open."""

    def maps(self, host: str) -> tuple[HostMap, ...]:
        """See :meth:`HostSide.maps`."""
        answer = self._answer(host, SCAN)
        try:
            return document.read_maps(answer, host)
        except ValueError as error:
            raise _nonsense(host, error) from error

    def all_maps(self, hosts: Sequence[str] = ()) -> tuple[HostMap, ...]:
        """Return all maps of all configured hosts and of those that are named.

        :raises Unreachable: when one of the hosts cannot be asked.
        """
        known = {_on_array(each) for each in self.hosts}
        asked = tuple(dict.fromkeys((*self.hosts, *(each for each in hosts if each not in known))))
        if not asked:
            return ()
        with ThreadPoolExecutor(min(_TOGETHER, len(asked))) as pool:
            return tuple(each for found in pool.map(self.maps, asked) for each in found)

    def maps_of(self, wwid: str, hosts: tuple[str, ...] = ()) -> tuple[HostMap, ...]:
        """See :meth:`HostSide.maps_of`."""
        return tuple(each for each in self.all_maps(hosts) if each.wwid == wwid)

    def stop_io(self, found: HostMap, may_work: bool = False) -> None:
        """See :meth:`HostSide.stop_io`."""
        self._answer(found.host, STOP, document.of_stop(found, may_work))

    def _answer(
        self, host: str, command: str, question: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        answer = self._way.ask(host, command, question)
        try:
            document.raise_error(answer, host)
        except ValueError as error:
            raise _nonsense(host, error) from error
        return answer


def _on_array(host: str) -> str:
    """Return what Cinder's driver calls a host on an array (hpe_3par_common.py, ``_safe_hostname``)."""
    return host.partition('.')[0][:_LONGEST]


def _nonsense(host: str, error: ValueError) -> Unreachable:
    return Unreachable(
        f'Host {host} answered what nobody understands: {error}; install the same version there.'
    )
