"""One array: what is on it, and how it is removed. Nothing counts as removed until the array says that it is gone."""

import logging
from collections.abc import Callable
from typing import Any

from orphancleanup.errors import Conflict, NotFound, Unreachable
from orphancleanup.plugins.threepar_lun import inventory
from orphancleanup.plugins.threepar_lun.configured import Configured
from orphancleanup.plugins.threepar_lun.inventory import Export, Record, Volume, VolumeSet
from orphancleanup.plugins.threepar_lun.session import Session
from orphancleanup.records import segment

LOG = logging.getLogger(__name__)

_RUNNING = 2
#: how often something is read that may be read again
_READINGS = 3


class Array:
    """An array that we are logged in to.

    :param require_change: asked before each change; see :meth:`orphancleanup.api.Cloud.require_change`.
    """

    def __init__(self, configured: Configured, require_change: Callable[[str], None]) -> None:
        self.configured = configured
        self.name = configured.name
        self._require_change = require_change
        self._session = Session(configured)

    def close(self) -> None:
        """Log out."""
        self._session.close()

    def serial(self) -> str:
        """Return its serial number; empty when it does not tell."""
        found = self._read(lambda client: client.getStorageSystemInfo(), 'asking for its serial number')
        return str(found.get('serialNumber') or '') if isinstance(found, dict) else ''

    def volumes(self) -> tuple[Volume, ...]:
        """Return all volumes and snapshots.

        :raises orphancleanup.errors.CloudError: when they cannot be read completely.
        """
        listed = inventory.unique(self._listed('getVolumes', 'volumes'), f'volumes of the array {self.name}')
        return tuple(map(inventory.volume, listed))

    def exports(self) -> tuple[Export, ...]:
        """Return all exports, the active ones left out.

        :raises orphancleanup.errors.CloudError: when they cannot be read completely.
        """
        return tuple(filter(None, map(inventory.export, self._listed('getVLUNs', 'exports'))))

    def sets(self) -> tuple[VolumeSet, ...]:
        """Return all sets of volumes.

        :raises orphancleanup.errors.CloudError: when they cannot be read completely.
        """
        listed = inventory.unique(self._listed('getVolumeSets', 'sets'), f'sets of the array {self.name}')
        return tuple(map(inventory.volume_set, listed))

    def volume(self, name: str) -> Volume | None:
        """Return one volume; None only when the array says that it does not exist."""
        found = self._one(lambda client: client.getVolume(segment(name)), f'volume {name}')
        return inventory.volume(found) if found else None

    def set(self, name: str) -> VolumeSet | None:
        """Return one set; None only when the array says that it does not exist."""
        found = self._one(lambda client: client.getVolumeSet(segment(name)), f'volume set {name}')
        return inventory.volume_set(found) if found else None

    def has_rule(self, name: str) -> bool:
        """Return whether a rule (QoS) is on a set."""
        return bool(self._one(lambda client: client.queryQoSRule(name), f'the rule on {name}'))

    def running_tasks(self, name: str) -> tuple[str, ...]:
        """Return what works on a volume just now, in words."""
        tasks = self._listed('getAllTasks', 'tasks')
        found = [each for each in tasks if each.get('status') == _RUNNING and _is_about(each, name)]
        return tuple(f'task {each.get("id")} of type {each.get("type")}' for each in found)

    def delete_volume(self, name: str) -> None:
        """Remove a volume, and see that it is gone; nothing when it is gone already."""
        self._remove(lambda client: client.deleteVolume(name), lambda: self.volume(name), f'volume {name}')

    def unexport(self, export: Export) -> None:
        """Remove one export by its exact name, and see that it is gone; nothing when it is gone already.

        :raises Conflict: for one that concerns other volumes or other hosts, too.
        """
        if export.is_shared:
            raise Conflict(409, f'{export} exports a set; it concerns others, too.')
        port = dict(zip(('node', 'slot', 'cardPort'), export.port, strict=True)) if export.port else None
        self._remove(
            lambda client: client.deleteVLUN(export.volume, export.lun, export.host or None, port),
            lambda: export if export in self.exports() else None,
            f'export {export}',
        )

    def delete_set(self, name: str) -> None:
        """Remove a set of volumes, not its members, and see that it is gone."""
        self._remove(
            lambda client: client.deleteVolumeSet(name), lambda: self.set(name), f'volume set {name}'
        )

    def leave_set(self, name: str, member: str) -> None:
        """Take a volume out of a set, and see that it is out."""

        def still_in() -> object:
            found = self.set(name)
            return found if found and member in found.members else None

        what = f'member {member} of volume set {name}'
        self._remove(lambda client: client.removeVolumeFromVolumeSet(name, member), still_in, what)

    def delete_rule(self, name: str) -> None:
        """Take the rule (QoS) off a set, and see that it is off."""

        def still_on() -> object:
            return name if self.has_rule(name) else None

        self._remove(lambda client: client.deleteQoSRules(name), still_on, f'the rule on {name}')

    def _remove(self, ask: Callable[[Any], object], still: Callable[[], object], what: str) -> None:
        """Ask for a removal and look whether it took place: that nothing was raised says nothing.

        :raises Unreachable: when it is there still although nothing refused it.
        """
        with self._session.lock:
            self._require_change(f'The removal of {what} on the array {self.name}')
            try:
                self._session.ask(ask, f'removing {what}')
            except NotFound:
                LOG.debug('%s on the array %s was gone already', what, self.name)
            if still() is not None:
                raise Unreachable(f'The array {self.name} refused nothing, but {what} is there still.')
            LOG.info('array %s: removed %s', self.name, what)

    def _listed(self, method: str, what: str) -> list[Record]:
        document = self._read(lambda client: getattr(client, method)(), f'listing the {what}')
        return inventory.members(document, f'{what} of the array {self.name}')

    def _one(self, ask: Callable[[Any], object], what: str) -> Record | None:
        try:
            found = self._read(ask, f'looking for {what}')
        except NotFound:
            return None
        if not isinstance(found, dict) or not found:
            raise Unreachable(f'The answer of the array {self.name} about {what} has nothing in it.')
        return found

    def _read(self, ask: Callable[[Any], object], doing: str) -> Any:
        for _ in range(_READINGS - 1):
            try:
                return self._session.ask(ask, doing)
            except Unreachable as error:
                LOG.warning('%s', error)
        return self._session.ask(ask, doing)


def _is_about(task: Record, name: str) -> bool:
    """Return whether a task works on a volume, as its source or its target (``osv-1->osv-2``)."""
    return name in (task.get('name'), task.get('source')) or name in str(task.get('name')).split('->')
