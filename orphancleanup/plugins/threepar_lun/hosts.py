"""What the ladder needs of compute hosts: which of them have a multipath map of a LUN, and that nobody uses it.

The array alone does not tell whether a LUN is in use: a host that still has a map of it may have data in flight. So
nothing is unexported or deleted before every host was asked.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Path:
    """One path of a map, that is one SCSI device.

    :param device: the kernel's name of it (``sdr``); empty when it has vanished. No identity: names change.
    :param address: host, channel, target, LUN (``8:0:2:3``).
    :param number: major and minor number (``65:16``).
    :param mapper_state: what device mapper says (``active``, ``failed``, ``undef``).
    :param checker_state: what the checker says (``ready``, ``faulty``, ``ghost``, ``i/o pending``, ...).
    :param device_state: what the kernel says (``running``, ``offline``, ``unknown``).
    """

    device: str
    address: str
    number: str
    mapper_state: str
    checker_state: str
    device_state: str

    @property
    def is_faulty(self) -> bool:
        """Whether the path is known not to work; any word that is not known counts as a path that may work."""
        return self.mapper_state == 'failed' and self.checker_state in ('faulty', 'disconnected')


@dataclass(frozen=True, slots=True)
class HostMap:
    """One multipath map as a compute host has it.

    :param host: the host's name, as it was asked for.
    :param wwid: what multipath calls the LUN (``360002ac...``), in lower case.
    :param name: of the map (``mpatha``); equal to the WWID when it has none.
    :param device: the kernel's name of the map (``dm-23``); empty for paths that are in no map.
    :param holders: what uses it, one phrase each, safe to print: ``LVM volume vg0-data``, ``mounted on /mnt``,
        ``qemu-kvm (pid 4711) has it open``. Empty when nothing does.
    """

    host: str
    wwid: str
    name: str
    device: str
    paths: tuple[Path, ...] = ()
    holders: tuple[str, ...] = ()

    @property
    def is_faulty(self) -> bool:
        """Whether no path of it may work; without any path, too."""
        return all(path.is_faulty for path in self.paths)


class HostSide(Protocol):
    """The compute hosts that may have maps of an array's LUNs; implemented by the package ``host`` beside this module.

    Its methods raise errors of :mod:`orphancleanup.errors` only. ``Unreachable`` names the host that did not answer and
    what it said: the finding is not safe to remove then. A host that was not asked is never one that has nothing.
    """

    @property
    def hosts(self) -> tuple[str, ...]:
        """The hosts that were configured, by name; empty when none was, so that only those that are named are asked."""

    def maps(self, host: str) -> tuple[HostMap, ...]:
        """Return all maps of 3PAR LUNs of one host. Reads only.

        :raises orphancleanup.errors.Unreachable: when they cannot be read completely.
        """

    def maps_of(self, wwid: str, hosts: tuple[str, ...] = ()) -> tuple[HostMap, ...]:
        """Return the maps of one LUN on all configured hosts and on those that are named. Reads only.

        :param wwid: as in :class:`HostMap`.
        :param hosts: further hosts: those that the LUN is exported to, and the hypervisors of its servers.
        :raises orphancleanup.errors.Unreachable: when one of the hosts cannot be asked.
        """

    def stop_io(self, found: HostMap, may_work: bool = False) -> None:
        """Stop all input and output to a map, and remove it with its paths; verified, and nothing when it is gone.

        :param found: the map as it was seen; it is read again, and each path's WWID, address and number with it.
        :param may_work: whether paths that still work are no reason to refuse: the caller has proved that no living
            volume or server owns the LUN.
        :raises orphancleanup.errors.Conflict: when something holds it, with the name of what does; when a path may
            still work and ``may_work`` is False; when it is not the map that was seen.
        :raises orphancleanup.errors.Unreachable: when the host does not answer, or its end is not known.
        """
