"""A Cinder driver that keeps volumes as sparse files and fails on demand.

What the name of a volume or snapshot contains decides, as long as the backend is not repaired
(``python3 -m lab faults off``):

* ``failcreate``: creating it fails, it ends in ``error``;
* ``faildelete``: deleting it fails, it ends in ``error_deleting``;
* ``hangdelete``: deleting it waits for the repair, it stays in ``deleting``.
"""

import time
from pathlib import Path
from typing import Any

from cinder import exception, interface
from cinder.volume import configuration
from oslo_config import cfg

from lab.inside.backend import Backend

OPTIONS = [cfg.StrOpt('lab_volumes'), cfg.StrOpt('lab_faults_off')]
cfg.CONF.register_opts(OPTIONS, group=configuration.SHARED_CONF_GROUP)
GIB = 1 << 30


@interface.volumedriver
class FileDriver(Backend):
    """Volumes and snapshots are files named as Cinder names them."""

    POOL = 'lab'

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(OPTIONS)
        self.folder = Path(self.configuration.lab_volumes)
        self.faults_off = Path(self.configuration.lab_faults_off)

    def check_for_setup_error(self) -> None:
        self.folder.mkdir(exist_ok=True)

    def create_volume(self, volume: Any) -> None:
        self._fail_if_named(volume, 'failcreate')
        self._resize(volume, volume.size)

    def delete_volume(self, volume: Any) -> None:
        self._delete(volume)

    def create_snapshot(self, snapshot: Any) -> None:
        self._fail_if_named(snapshot, 'failcreate')
        self._copy(snapshot.volume, snapshot, snapshot.volume_size)

    def delete_snapshot(self, snapshot: Any) -> None:
        self._delete(snapshot)

    def create_volume_from_snapshot(self, volume: Any, snapshot: Any) -> None:
        self._copy(snapshot, volume, volume.size)

    def create_cloned_volume(self, volume: Any, src_vref: Any) -> None:
        self._copy(src_vref, volume, volume.size)

    def extend_volume(self, volume: Any, new_size: int) -> None:
        self._resize(volume, new_size)

    def initialize_connection(self, volume: Any, connector: Any) -> dict[str, Any]:
        return {'driver_volume_type': 'local', 'data': {'device_path': str(self._path(volume))}}

    def terminate_connection(self, volume: Any, connector: Any, **kwargs: Any) -> None:
        """Nothing to do: a local file has no connection."""

    def _path(self, item: Any) -> Path:
        return Path(self.folder, item.name)

    def _resize(self, item: Any, size: int) -> None:
        with self._path(item).open('ab') as file:
            file.truncate(size * GIB)

    def _copy(self, source: Any, target: Any, size: int) -> None:
        self._execute('cp', '--sparse=always', self._path(source), self._path(target))
        self._resize(target, size)

    def _delete(self, item: Any) -> None:
        self._fail_if_named(item, 'faildelete')
        while self._is_faulty(item, 'hangdelete'):
            time.sleep(0.5)
        self._path(item).unlink(missing_ok=True)

    def _is_faulty(self, item: Any, word: str) -> bool:
        return word in (item.display_name or '') and not self.faults_off.exists()

    def _fail_if_named(self, item: Any, word: str) -> None:
        if self._is_faulty(item, word):
            raise exception.VolumeDriverException(message=f"the lab's backend is broken: {word}")
