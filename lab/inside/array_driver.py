"""A Cinder driver that keeps volumes on the lab's 3PAR array as Cinder's own 3PAR driver does: names, exports, answers.

The array is served by this process, so that a lab with Cinder has it. ``keepexport`` in the name of a volume lets the
end of a connection leave the export behind, as that driver does when the array knows the host by another name.
"""

import json
import threading
from pathlib import Path
from typing import Any

from cinder import exception, interface
from cinder.volume import configuration
from oslo_config import cfg

from lab.inside.backend import Backend
from lab.threepar import exports, hosts, sets, volumes
from lab.threepar.array import Array
from lab.threepar.naming import name
from lab.threepar.refusals import Refused
from lab.threepar.server import Simulator

OPTIONS = [cfg.StrOpt('lab_array_state'), cfg.PortOpt('lab_array_port')]
cfg.CONF.register_opts(OPTIONS, group=configuration.SHARED_CONF_GROUP)
CPG = 'OpenStack'
#: codes of the array
_NOT_THERE, _HAS_CHILD, _IN_USE = 404, 32, 34


@interface.volumedriver
class ArrayDriver(Backend):
    """Volumes and snapshots are on the array."""

    POOL = CPG

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(OPTIONS)
        self.simulator = Simulator(Array(file=Path(self.configuration.lab_array_state)))
        self.array = self.simulator.array

    def _update_volume_stats(self) -> None:
        super()._update_volume_stats()
        [pool] = self._stats['pools']
        pool['location_info'] = f'HPE3PARDriver:{self.array.serial}:{CPG}'

    def check_for_setup_error(self) -> None:
        server = self.simulator.server(self.configuration.lab_array_port)
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def create_volume(self, volume: Any) -> None:
        self._change(volumes.create, self._body(volume))

    def delete_volume(self, volume: Any) -> None:
        own = name('osv', volume.name_id)
        try:
            self._change(volumes.delete, own)
        except Refused as refused:
            self._delete_again(volume, own, refused)

    def create_snapshot(self, snapshot: Any) -> None:
        comment = json.dumps({'volume_name': snapshot.volume.name, 'volume_id': snapshot.volume_id})
        parameters = {'name': name('oss', snapshot.id), 'readOnly': True, 'comment': comment}
        self._copy(name('osv', snapshot.volume.name_id), parameters)

    def delete_snapshot(self, snapshot: Any) -> None:
        try:
            self._change(volumes.delete, name('oss', snapshot.id))
        except Refused as refused:
            if refused.status != _NOT_THERE:
                raise exception.SnapshotIsBusy(snapshot_name=snapshot.id) from refused

    def create_volume_from_snapshot(self, volume: Any, snapshot: Any) -> None:
        self.create_volume(volume)

    def create_cloned_volume(self, volume: Any, src_vref: Any) -> None:
        self.create_volume(volume)

    def extend_volume(self, volume: Any, new_size: int) -> None:
        with self.simulator.lock:
            self.array.volumes[name('osv', volume.name_id)]['sizeMiB'] = new_size * 1024
            self.array.save()

    def initialize_connection(self, volume: Any, connector: Any) -> dict[str, Any]:
        host, own = connector['host'].split('.')[0], name('osv', volume.name_id)
        wwns = connector.get('wwpns') or [f'10000000{abs(hash(host)) % (1 << 32):08X}']
        if host not in self.array.hosts:
            self._change(hosts.create, {'name': host, 'FCWWNs': wwns})
        place = self._change(exports.create, {'volumeName': own, 'hostname': host, 'autoLun': True})
        lun = int(place.split(',')[1])
        return {
            'driver_volume_type': 'fibre_channel',
            'data': {'target_lun': lun, 'target_wwn': ['2FF70002AC000000']},
        }

    def terminate_connection(self, volume: Any, connector: Any, **kwargs: Any) -> None:
        if 'keepexport' in (volume.display_name or ''):
            return
        host = connector['host'].split('.')[0] if connector else None
        for each in self.array.exports_of(name('osv', volume.name_id)):
            if not each['active'] and host in (None, each['hostname']):
                self._change(exports.delete, exports.place(each))

    def _delete_again(self, volume: Any, own: str, refused: Refused) -> None:
        """Do what that driver does about a refusal (``delete_volume`` there)."""
        code = refused.body['code']
        if refused.status == _NOT_THERE:
            return
        has_left = code == _IN_USE and self._leave_sets(volume, own)
        if has_left or (code == _HAS_CHILD and self._delete_temporary(own)):
            self.delete_volume(volume)
        elif refused.status == 409:
            raise exception.VolumeIsBusy(volume_name=volume.name) from refused
        else:
            raise exception.VolumeDriverException(message=str(refused)) from refused

    def _leave_sets(self, volume: Any, own: str) -> bool:
        """Remove the volume's own set, or leave the first that it is in; return whether there was one."""
        own_set = name('vvs', volume.id)
        if own_set in self.array.sets:
            self._change(sets.delete, own_set)
            return True
        for each in list(self.array.sets_of(own))[:1]:
            self._change(sets.modify, each['name'], {'action': 2, 'setmembers': [own]})
            return True
        return False

    def _delete_temporary(self, own: str) -> bool:
        found = [each['name'] for each in self.array.volumes.values() if each.get('copyOf') == own]
        temporary = [each for each in found if each.startswith('tss-')]
        for each in temporary:
            self._change(volumes.delete, each)
        return bool(temporary)

    def _copy(self, source: str, parameters: dict[str, Any]) -> None:
        self._change(volumes.act, source, {'action': 'createSnapshot', 'parameters': parameters})

    def _body(self, volume: Any) -> dict[str, Any]:
        comment = {'volume_id': volume.id, 'name': volume.name, 'type': 'OpenStack'}
        comment |= {'display_name': volume.display_name} if volume.display_name else {}
        own = name('osv', volume.name_id)
        return {'name': own, 'cpg': CPG, 'sizeMiB': volume.size * 1024, 'comment': json.dumps(comment)[:511]}

    def _change(self, act: Any, *arguments: Any) -> Any:
        with self.simulator.lock:
            result = act(self.array, *arguments)
            self.array.save()
            return result
