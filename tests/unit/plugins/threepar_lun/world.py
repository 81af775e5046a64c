"""A cloud whose volumes are on arrays: a fake Cinder that asks its arrays as the driver does, and fake hosts.

No request leaves the process: what the client sends goes straight to the simulated array. Each LUN that is unexported
or deleted while somebody uses it is written down.
"""

import dataclasses
import datetime
import functools
import itertools
import json
import time
import urllib.parse
import uuid
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.structures import CaseInsensitiveDict

from lab.threepar import exports, hosts, sets, volumes
from lab.threepar.array import Array
from lab.threepar.refusals import Refused
from lab.threepar.server import EDITOR, PASSWORD, Simulator, cut
from orphancleanup import runs
from orphancleanup.installed.registry import Loaded, Registry, build
from orphancleanup.judging.selection import Request, Selection
from orphancleanup.model import Level, Project, Ref
from orphancleanup.outcome import Outcome
from orphancleanup.plugins.cinder_volume import attachment, group, snapshot
from orphancleanup.plugins.cinder_volume.volume import Volume
from orphancleanup.plugins.nova_server.server import Server
from orphancleanup.plugins.threepar_lun import names, sides
from orphancleanup.plugins.threepar_lun.host import wwid
from orphancleanup.plugins.threepar_lun.hosts import HostMap
from orphancleanup.plugins.threepar_lun.lun import Lun
from orphancleanup.plugins.threepar_lun.multipath_map import MultipathMap
from orphancleanup.plugins.threepar_lun.names import Role
from orphancleanup.plugins.threepar_lun.vlun import Vlun
from orphancleanup.plugins.threepar_lun.vvset import VvSet
from orphancleanup.progress import Silence
from orphancleanup.settings import ExecutionSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.clock import FakeClock
from orphancleanup.testing.collection import Deletion, Item
from orphancleanup.testing.fake_cloud import FakeCloud
from tests.unit.plugins.fake_block_storage import PROJECT, BlockStorage
from tests.unit.plugins.fake_compute import Compute
from tests.unit.plugins.threepar_lun.fake_hosts import Hosts

CPG = 'OpenStack'
ALL_LEVELS = frozenset({Level.API, Level.FORCE, Level.BACKEND})
_NAME_ID = 'os-vol-mig-status-attr:name_id'
_LONG = 30 * 86400


@functools.cache
def registry() -> Registry:
    handlers = (
        Volume(), snapshot.Snapshot(), group.Group(), attachment.Attachment(), Server(), Lun(), Vlun(), VvSet(),
        MultipathMap(),
    )  # fmt: skip
    return build(Loaded(handler, 'the package', 'orphancleanup 1.0') for handler in handlers)


_numbers = itertools.count(1)
#: number to the world that answers what is asked of the arrays with that number in their names
_WORLDS: 'weakref.WeakValueDictionary[str, World]' = weakref.WeakValueDictionary()


def _request(method: str, url: str, **options: Any) -> 'Response':
    world = _WORLDS[urllib.parse.urlsplit(url).netloc.partition('.')[2]]
    return world.request(method, url, **options)


class Response:
    """What the client reads of an answer; those of requests cost ten times as much."""

    def __init__(self, url: str) -> None:
        self.url, self.text, self.status_code = url, '', 200
        self.headers: Any = CaseInsensitiveDict()

    def close(self) -> None:
        """Nothing was opened."""


class World:
    """Cinder, Nova, arrays and hosts that belong together.

    :ivar harmed: LUNs that were unexported or deleted although they were in use, in words; stays empty.
    """

    def __init__(
        self,
        root: Path,
        patch: pytest.MonkeyPatch,
        arrays: tuple[str, ...] = ('first',),
        cloud: FakeCloud | None = None,
    ) -> None:
        self.root = root
        self.cloud = cloud or FakeCloud(
            FakeClock(datetime.datetime.now(datetime.UTC)), projects=(Project(PROJECT, 'qa', 'default'),)
        )
        self.number = next(_numbers)
        _WORLDS[str(self.number)] = self
        self.storage, self.compute, self.hosts = BlockStorage(self.cloud), Compute(self.cloud), Hosts()
        self._let_cinder_ask_its_driver()
        self.simulators = {name: Simulator(Array(serial=at + 1)) for at, name in enumerate(arrays)}
        self.storage.pools = {
            f'{name}@3par#{CPG}': f'HPE3PARDriver:{each.array.serial}:{CPG}'
            for name, each in self.simulators.items()
        }
        self.harmed: list[str] = []
        self.hosts.watch = self._watch_map
        self.planned: frozenset[Ref] = frozenset()
        self.cloud.opened[sides.KEPT] = self.hosts
        if not (root / 'password').exists():
            (root / 'password').write_text(PASSWORD)
            (root / 'password').chmod(0o600)
        self.cloud.groups = {f'3par:{name}': self._options(name) for name in arrays}
        self.patch(patch)

    def patch(self, patch: pytest.MonkeyPatch) -> None:
        """Let no request of the client leave the process."""
        # Other worlds' runs are not to wait for this one's.
        patch.setenv('XDG_STATE_HOME', str(self.root / 'state'))
        patch.setattr(requests, 'request', _request)
        patch.setattr(requests, 'get', lambda url, **options: _request('GET', url, **options))

    def _options(self, name: str) -> dict[str, Any]:
        return {
            'api_url': f'https://{name}.{self.number}/api/v1', 'username': EDITOR,
            'password_file': str(self.root / 'password'), 'cpgs': [CPG], 'ca_file': None, 'timeout': 5.0,
            'grace': 86400.0,
        }  # fmt: skip

    def request(self, method: str, url: str, **options: Any) -> Response:
        """Answer a request to one of the arrays."""
        parts = urllib.parse.urlsplit(url)
        array = parts.netloc.partition('.')[0]
        simulator, path = self.simulators[array], url.partition(parts.netloc)[2]
        response = Response(url)
        body = json.loads(options.get('data') or '{}')
        key = (options.get('headers') or {}).get('X-Hp3Par-Wsapi-Sessionkey')
        fault = simulator.faults.take(method, path)
        if fault.cut == 'before':
            raise requests.ConnectionError('lost')
        if fault.status:
            response.status_code, found = fault.status, fault.body
        else:
            if method == 'DELETE':
                self._watch(array, urllib.parse.unquote(parts.path))
            try:
                made = cut(simulator.answer(key, method, path, body), fault)
                response.status_code, found = made.status, made.body
            except Refused as refused:
                response.status_code, found = refused.status, refused.body
        if fault.cut:
            raise requests.ConnectionError('lost')
        response.text = '' if found is None else json.dumps(found)
        return response

    def _watch(self, array: str, path: str) -> None:
        """Write down a removal that hits somebody who uses the LUN."""
        kind, _, name = path.removeprefix('/api/v1/').partition('/')
        if kind not in ('volumes', 'vluns'):
            return
        why = self.use_of(name.partition(',')[0], array)
        if why:
            self.harmed.append(f'{array}: {path}, which is {why}')

    def _watch_map(self, found: HostMap, may_work: bool) -> None:
        """Write down an end of input and output that hits somebody who uses the LUN.

        A map that leads nowhere, since its LUN is exported to nobody, is of no use, whosever the volume is.
        """
        for array, name, exported in self._volumes_with(wwid.wwn_of(found.wwid)):
            why = self.use_of(name, array) if may_work else exported
            if why:
                self.harmed.append(f'{found.host}: {found.wwid}, which is {why}')

    def _volumes_with(self, wwn: str) -> list[tuple[str, str, str]]:
        """Return arrays and names of the volumes with a WWN, and whether they are exported, in words."""
        return [
            (array, volume['name'], 'exported' if simulator.array.exports_of(volume['name']) else '')
            for array, simulator in self.simulators.items()
            for volume in simulator.array.volumes.values()
            if volume['wwn'] == wwn
        ]

    def use_of(self, name: str, array: str) -> str:
        """Return who uses a volume on the array, as far as this world knows; empty when nobody does."""
        decoded = names.decode(name)
        if decoded is None or decoded.role in names.UNMANAGED:
            return 'none of ours'
        if decoded.role is Role.TEMPORARY_SNAPSHOT:
            return ''
        ids = {decoded.id}
        for item in self.storage.volumes.items.values():
            if decoded.id == (item.get(_NAME_ID) or item['id']):
                ids.add(item['id'])
                attachments = [each['volume_id'] for each in self.storage.attachments.items.values()]
                if item['attachments'] or item['id'] in attachments:
                    return f'attached: volume {item["id"]}'
                if Ref('cinder-volume', item['id']) not in self.planned:
                    return f'of volume {item["id"]}'
        if decoded.id in self.storage.snapshots.items:
            return f'of snapshot {decoded.id}'
        volume = self.array(array).volumes.get(name)
        if volume and (
            volume.get('comment') == 'wanted, Bob' or volume['userCPG'] != CPG or volume['rcopyStatus'] != 1
        ):
            return 'none of ours, or replicated'
        for server in self.compute.servers.items.values():
            if any(disk['id'] in ids for disk in server['os-extended-volumes:volumes_attached']):
                return f'of server {server["id"]}'
        return ''

    def array(self, name: str = 'first') -> Array:
        return self.simulators[name].array

    def lun(self, identifier: str = '', role: Role = Role.VOLUME, array: str = 'first', **fields: Any) -> str:
        """Put a volume on an array, thirty days ago; return its name."""
        name = fields.pop('name', None) or names.encode(role, identifier or str(uuid.uuid4()))
        body = {'name': name, 'cpg': fields.pop('cpg', CPG), 'sizeMiB': 1024}
        volumes.create(self.array(array), body)
        self.array(array).volumes[name] |= {'creationTimeSec': int(time.time()) - _LONG, **fields}
        return name

    def snapshot_of(
        self, lun: str, role: Role, identifier: str = '', array: str = 'first', **fields: Any
    ) -> str:
        """Put a snapshot on an array; return its name."""
        name = names.encode(role, identifier or str(uuid.uuid4()))
        volumes.act(self.array(array), lun, {'action': 'createSnapshot', 'parameters': {'name': name}})
        self.array(array).volumes[name] |= {'creationTimeSec': int(time.time()) - _LONG, **fields}
        return name

    def volume(self, array: str = 'first', name_id: str = '', **fields: Any) -> tuple[Item, str]:
        """Make a volume in Cinder and on an array; return the item, and its name on the array."""
        item = self.storage.add_volume(**{'id': str(uuid.uuid4()), _NAME_ID: name_id or None, **fields})
        return item, self.lun(name_id or item['id'], array=array)

    def export(self, lun: str, host: str = 'compute1', array: str = 'first', has_map: bool = True) -> None:
        """Export a volume to a host, which makes a map of it."""
        if host not in self.array(array).hosts:
            hosts.create(self.array(array), {'name': host, 'FCWWNs': [f'{host}-{array}']})
        exports.create(self.array(array), {'volumeName': lun, 'autoLun': True, 'hostname': host})
        if has_map:
            self.hosts.add(host, self.array(array).volumes[lun]['wwn'])

    def own_set(self, item_id: str, lun: str, array: str = 'first') -> str:
        """Put a volume into a set of its own, with a rule."""
        name = names.encode(Role.VOLUME_SET, item_id)
        sets.create(self.array(array), {'name': name, 'setmembers': [lun]})
        sets.create_rule(self.array(array), {'name': name})
        return name

    def attach(self, item: Item) -> Item:
        """Attach a volume to a new server; return the server."""
        server = self.compute.add(**{'os-extended-volumes:volumes_attached': [{'id': item['id']}]})
        self.storage.add_attachment(item, server['id'])
        return server

    def _let_cinder_ask_its_driver(self) -> None:
        """Have the fake's own removals, which know no driver, ask it."""
        options = self.storage.volumes.options

        def force_delete(item: Item, argument: Any) -> None:
            # Once for what Cinder refuses by itself; what it accepts goes by the driver.
            kept = dict(item)
            options.actions['os-force_delete'](item, argument)
            self.storage.volumes.remove(kept['id'])
            self.storage.volumes.items[kept['id']] = item
            item.update(kept)
            self.storage.volumes.leave(item, self._delete(item))

        actions = {**options.actions, 'os-force_delete': force_delete}
        self.storage.volumes.options = dataclasses.replace(options, deletion=self._delete, actions=actions)

    def _delete(self, item: Item) -> Deletion:
        """Do what the driver does: a volume that is exported is busy, and one that is gone is deleted."""
        name = names.encode(Role.VOLUME, item.get(_NAME_ID) or item['id'])
        for simulator in self.simulators.values():
            try:
                volumes.delete(simulator.array, name)
            except Refused as refused:
                if refused.status != 404:
                    return Deletion(seconds=1.0, ends_in='available')
        return Deletion()

    def site(self, levels: frozenset[Level] = ALL_LEVELS) -> Site:
        settings = Settings(
            execution=ExecutionSettings(levels=levels, deadlines={'cinder-volume': 5.0}),
            limits=Limits(max_share=100),
        )
        return Site(self.cloud, registry(), self.cloud.clock, settings, Silence())

    def review(self, request: Request) -> runs.Review:
        return runs.review(self.site(), request)

    def clean(self, request: Request, meanwhile: Callable[[], None] = lambda: None) -> dict[str, Outcome]:
        """Review and apply; return the outcomes by id.

        :param meanwhile: what happens between the two.
        """
        plan = self.review(request).plan
        self.planned = frozenset(entry.ref for entry in plan.entries)
        meanwhile()
        applied = runs.apply(self.site(), plan, RunFolder.create(self.cloud.clock, self.root))
        return {outcome.ref.id: outcome for outcome in applied.outcomes}


ORPHANS = Request(Selection(orphans=True))


def named(*refs: Ref) -> Request:
    """Return a request for resources by name."""
    return Request(Selection(refs=frozenset(refs)))
