"""One volume on one array that is to go, and the questions that are asked of it before each step."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict
from orphancleanup.plugins.threepar_lun import findings, names, sides
from orphancleanup.plugins.threepar_lun.host import wwid
from orphancleanup.plugins.threepar_lun.hosts import HostMap
from orphancleanup.plugins.threepar_lun.inventory import SHARED, Export, Volume, VolumeSet
from orphancleanup.plugins.threepar_lun.names import Name, Role
from orphancleanup.plugins.threepar_lun.wsapi import Array


@dataclass(frozen=True, slots=True)
class Target:
    """A volume that its step has proved to be nobody's, or to be one that is to be deleted.

    :param hosts: compute hosts that must be asked besides those that it is exported to.
    :param ids: of the volumes that it is known to belong to, besides what its name and its comment say.
    """

    array: Array
    volume: Volume
    name: Name
    hosts: tuple[str, ...] = ()
    ids: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f'{self.volume.name} on the array {self.array.name}'

    @property
    def own_sets(self) -> frozenset[str]:
        """The names of the sets that the driver makes for this volume alone."""
        ids = findings.claims(self.volume, self.name) | self.ids
        return frozenset(names.encode(Role.VOLUME_SET, each) for each in ids)

    def exports(self) -> tuple[Export, ...]:
        """Return its own exports.

        :raises Conflict: when it is exported together with others, by a set of volumes or to a set of hosts.
        """
        sets = {f'{SHARED}{each.name}' for each in self.sets()}
        found = self.array.exports()
        for each in found:
            is_meant = each.volume == self.volume.name or each.volume in sets
            if is_meant and each.is_shared:
                raise Conflict(409, f'{self} is exported together with others ({each}); unexport it by hand.')
        return tuple(each for each in found if each.volume == self.volume.name)

    def sets(self) -> Iterator[VolumeSet]:
        """Yield the sets that it is in."""
        return (each for each in self.array.sets() if self.volume.name in each.members)

    def maps(self, cloud: Cloud) -> tuple[HostMap, ...]:
        """Return the maps of it on all hosts that may have one.

        :raises Conflict: when nothing tells which hosts those are.
        :raises orphancleanup.errors.Unreachable: when one of them cannot be asked.
        """
        side, exports = sides.of(cloud), self.exports()
        try:
            identifier = wwid.wwid_of(self.volume.wwn)
        except ValueError as error:
            raise Conflict(409, f'No host can be asked for {self}: {error}') from error
        for export in exports:
            if not export.host and not side.hosts:
                raise Conflict(
                    409,
                    f'{self} is exported by a port ({export}), and nothing tells to which hosts; name all that may '
                    f'have it in hosts of [3par], or unexport it by hand.',
                )
        exported = {each.host for each in exports if each.host}
        return side.maps_of(identifier, tuple(sorted({*exported, *self.hosts})))

    def require_free(self) -> None:
        """Return when the array itself says nothing against its removal.

        :raises Conflict: when it replicates or retains the volume, or works on it.
        """
        if self.volume.is_replicated:
            raise Conflict(409, f'{self} is in a remote copy group; end the replication first.')
        retained = self.volume.retained
        if retained and retained > datetime.datetime.now(datetime.UTC):
            raise Conflict(
                409,
                f'{self}: its retention time has not expired, which it does at {retained:%Y-%m-%d %H:%M} UTC.',
            )
        for task in self.array.running_tasks(self.volume.name):
            raise Conflict(409, f'{self} is being worked on: {task}; wait for its end.')

    def require_no_maps(self, cloud: Cloud) -> None:
        """Return when no host has a map of it any more.

        :raises Conflict: when one has.
        """
        for each in self.maps(cloud):
            raise Conflict(409, f'The host {each.host} has the map {each.name} of {self} again.')

    def children(self) -> tuple[Volume, ...]:
        """Return its snapshots."""
        return tuple(each for each in self.array.volumes() if each.copy_of == self.volume.name)
