"""A fake Cinder that refuses an administrator what the real one does (cinder/volume, backup and group, api.py).

It takes the caller for an administrator unless :attr:`BlockStorage.is_admin` is False: then it ignores
``all_tenants`` without a word, and has no resource of another project. It lets an administrator delete a backup that
others build on, as the real one does. Unlike that one it shows the ``parent_id`` of backups; both filter by it.
"""

import datetime
import itertools
from collections.abc import Callable
from typing import Any

from orphancleanup.errors import ApiError
from orphancleanup.testing.collection import Collection, CollectionOptions, Deletion, Item
from orphancleanup.testing.fake_cloud import FakeCloud, Request

SERVICE = 'block-storage'
PROJECT = 'project-1'
_AT_REST = ('available', 'error')
_BEGINNING = datetime.datetime(2026, 11, 20, 12)
_numbers = itertools.count(1)


def moment(number: int) -> str:
    """Return a time as Cinder writes it, later for higher numbers."""
    return f'{_BEGINNING + datetime.timedelta(seconds=number):%Y-%m-%dT%H:%M:%S.%f}'


class BlockStorage:
    """The collections of a fake Cinder; every ``add_...`` answers the item."""

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        #: whether Cinder takes the caller for an administrator (its policy ``context_is_admin``)
        self.is_admin = True
        cloud.route(SERVICE, 'GET', '/os-services', lambda *_: self._services())
        #: pools as HOST@BACKEND#POOL, each with what its driver tells of where it is
        self.pools: dict[str, str] = {}
        cloud.route(SERVICE, 'GET', '/scheduler-stats/get_pools', lambda *_: self._pools())
        #: where listings without links are cut, although nobody asked for a limit
        self.osapi_max_limit = 1000
        self.volumes = self._collection('/volumes', 'volumes', self._refuse_volume, self._volume_actions())
        self.snapshots = self._collection('/snapshots', 'snapshots', _refuse_busy, self._actions('snapshots'))
        self.backups = self._collection('/backups', 'backups', _refuse_busy, self._actions('backups'))
        self.transfers = self._collection('/os-volume-transfer', 'transfers', self._withdraw, {})
        self.groups = self._collection(
            '/groups', 'groups', _accept, {'delete': self._delete_group}, has_links=False
        )
        self.group_snapshots = self._collection(
            '/group_snapshots',
            'group_snapshots',
            self._refuse_group_snapshot,
            {'reset_status': _reset},
            has_links=False,
        )
        self.attachments = self._collection(
            '/attachments', 'attachments', self._detached, {}, has_links=False
        )
        self.messages = self._collection('/messages', 'messages', _accept, {})
        cloud.before((SERVICE, 'GET', '^/groups'), self._fill_groups, times=10**9)
        cloud.before((SERVICE, 'GET', '.*'), self._hide, times=10**9)

    def _services(self) -> Item:
        if not self.is_admin:
            raise ApiError.of(403, "Policy doesn't allow volume_extension:services:index to be performed.")
        return {'services': []}

    def _pools(self) -> Item:
        return {
            'pools': [
                {'name': name, 'capabilities': {'location_info': place}} for name, place in self.pools.items()
            ]
        }

    def _hide(self, request: Request) -> None:
        """Show somebody who is no administrator what is in his own project only, which is nothing here."""
        if self.is_admin or request.path == '/os-services':
            return
        _, _, tail = request.path.strip('/').partition('/')
        if tail not in ('', 'detail'):
            raise ApiError.of(404, f'{request.path} could not be found.')
        request.query.pop('all_tenants', None)  # type: ignore[attr-defined]

    def add_volume(self, **fields: Any) -> Item:
        number = next(_numbers)
        defaults: Item = {
            'name': f'volume-{number}', 'status': 'available', 'attachments': [], 'metadata': {}, 'group_id': None,
            'os-vol-tenant-attr:tenant_id': PROJECT, 'os-vol-host-attr:host': 'node@disks#pool',
            'os-vol-mig-status-attr:migstat': None, 'migration_status': None,
            'created_at': moment(number), 'updated_at': moment(number), 'attach_status': 'detached',
        }  # fmt: skip
        return self.volumes.add(**(defaults | fields))

    def add_snapshot(self, volume: Item, **fields: Any) -> Item:
        number = next(_numbers)
        defaults: Item = {
            'name': f'snapshot-{number}', 'status': 'available', 'volume_id': volume['id'], 'metadata': {},
            'os-extended-snapshot-attributes:project_id': PROJECT, 'group_snapshot_id': None,
            'created_at': moment(number), 'updated_at': None,
        }  # fmt: skip
        return self.snapshots.add(**(defaults | fields))

    def add_backup(self, volume_id: str, parent: Item | None = None, **fields: Any) -> Item:
        number = next(_numbers)
        if parent:
            parent['has_dependent_backups'] = True
        defaults: Item = {
            'name': f'backup-{number}', 'status': 'available', 'volume_id': volume_id, 'metadata': {},
            'is_incremental': parent is not None, 'has_dependent_backups': False, 'fail_reason': None,
            'os-backup-project-attr:project_id': PROJECT, 'created_at': moment(number), 'updated_at': None,
            'data_timestamp': moment(number), 'parent_id': parent['id'] if parent else None,
        }  # fmt: skip
        return self.backups.add(**(defaults | fields))

    def add_transfer(self, volume: Item) -> Item:
        volume['status'] = 'awaiting-transfer'
        return self.transfers.add(name='offer', volume_id=volume['id'], created_at=moment(next(_numbers)))

    def add_attachment(self, volume: Item, server_id: str | None, status: str = 'attached') -> Item:
        attachment = self.attachments.add(volume_id=volume['id'], instance=server_id, status=status)
        if status == 'attached':
            volume['status'], volume['attach_status'] = 'in-use', 'attached'
            shown = {
                'attachment_id': attachment['id'],
                'server_id': server_id,
                'attached_at': moment(next(_numbers)),
            }
            volume['attachments'].append(shown)
        else:
            volume['status'] = status
        return attachment

    def add_group(self, *volumes: Item, **fields: Any) -> Item:
        number = next(_numbers)
        defaults: Item = {
            'name': f'group-{number}', 'status': 'available', 'project_id': PROJECT, 'created_at': moment(number),
            'group_type': None, 'volume_types': [],
        }  # fmt: skip
        group = self.groups.add(**(defaults | fields))
        for volume in volumes:
            volume['group_id'] = group['id']
        return group

    def add_group_snapshot(self, group: Item, **fields: Any) -> Item:
        number = next(_numbers)
        defaults: Item = {
            'name': f'group-snapshot-{number}', 'status': 'available', 'project_id': PROJECT,
            'group_id': group['id'], 'created_at': moment(number),
        }  # fmt: skip
        return self.group_snapshots.add(**(defaults | fields))

    def _collection(
        self,
        path: str,
        key: str,
        refuse: Callable[[Item], ApiError | None],
        actions: Any,
        has_links: bool = True,
    ) -> Collection:
        options = CollectionOptions(
            list_paths=(f'{path}/detail',),
            actions=actions,
            refuse=refuse,
            deletion=_deletion,
            has_links=has_links,
            all_tenants='' if key == 'messages' else 'all_tenants',
        )
        if not has_links:
            self._cut(path, key)
        return self._cloud.collection(SERVICE, path, key, options)

    def _cut(self, path: str, key: str) -> None:
        """Let a listing end at the limit of the server, without a word about it."""

        def page(_: object, request: Request) -> Item:
            collection = self._cloud.collection(SERVICE, path, key)
            query = {**request.query, 'limit': self.osapi_max_limit}
            return collection.page(query, request.project_id, is_project=False)

        self._cloud.route(SERVICE, 'GET', f'{path}(/detail)?', page)

    def _actions(self, name: str) -> dict[str, Callable[[Item, Any], Any]]:
        def force_delete(item: Item, _: Any) -> None:
            getattr(self, name).leave(item, _deletion(item))

        return {'os-reset_status': _reset, 'os-force_delete': force_delete}

    def _volume_actions(self) -> dict[str, Callable[[Item, Any], Any]]:
        def force_delete(item: Item, _: Any) -> None:
            refusal = self._refuse_volume(item, is_forced=True)
            if refusal:
                raise refusal
            self.volumes.leave(item, _deletion(item))

        return {'os-reset_status': self._reset_volume, 'os-force_delete': force_delete}

    def _reset_volume(self, item: Item, argument: Any) -> None:
        item['status'] = argument['status']
        if argument.get('attach_status') == 'detached':
            item['attach_status'], item['attachments'] = 'detached', []
            for attachment in list(self.attachments.items.values()):
                if attachment['volume_id'] == item['id']:
                    self.attachments.remove(attachment['id'])
        if argument.get('migration_status') == 'none':
            item['migration_status'] = item['os-vol-mig-status-attr:migstat'] = None

    def _refuse_volume(self, item: Item, is_forced: bool = False) -> ApiError | None:
        holds = (
            item['attach_status'] == 'attached',
            item['migration_status'] not in (None, 'deleting', 'error', 'success'),
            item['group_id'] is not None,
            any(snapshot['volume_id'] == item['id'] for snapshot in self.snapshots.items.values()),
            item['status'] not in _AT_REST and not is_forced,
        )
        return (
            ApiError.of(400, f'Volume must not be migrating, attached, ... {holds}') if any(holds) else None
        )

    def _withdraw(self, item: Item) -> None:
        self.volumes.get(item['volume_id'])['status'] = 'available'

    def _detached(self, item: Item) -> None:
        volume = self.volumes.items.get(item['volume_id'])
        if volume:
            volume['attachments'] = [
                each for each in volume['attachments'] if each['attachment_id'] != item['id']
            ]
            if not volume['attachments']:
                volume['status'], volume['attach_status'] = 'available', 'detached'

    def _delete_group(self, item: Item, argument: Any) -> None:
        members = [volume for volume in self.volumes.items.values() if volume['group_id'] == item['id']]
        if members and argument != {'delete-volumes': True}:
            raise ApiError.of(400, 'The delete-volumes flag is required.')
        if any(snapshot['group_id'] == item['id'] for snapshot in self.group_snapshots.items.values()):
            raise ApiError.of(400, 'Group has existing snapshots.')
        for volume in members:
            self.volumes.remove(volume['id'])
        self.groups.remove(item['id'])

    def _refuse_group_snapshot(self, item: Item) -> ApiError | None:
        refusal = _refuse_busy(item)
        if not refusal:
            for snapshot in list(self.snapshots.items.values()):
                if snapshot['group_snapshot_id'] == item['id']:
                    self.snapshots.remove(snapshot['id'])
        return refusal

    def _fill_groups(self, request: Request) -> None:
        for group in self.groups.items.values():
            members = sorted(v['id'] for v in self.volumes.items.values() if v['group_id'] == group['id'])
            group.pop('volumes', None)
            if request.query.get('list_volume') == 'true':
                group['volumes'] = members


def _accept(_: Item) -> None:
    return None


def _refuse_busy(item: Item) -> ApiError | None:
    return None if item['status'] in _AT_REST else ApiError.of(400, 'status must be available or error')


def _reset(item: Item, argument: Any) -> None:
    item['status'] = argument['status']


def _deletion(item: Item) -> Deletion:
    """Fail for what is named ``faildelete``, as the lab's driver does."""
    is_broken = 'faildelete' in item.get('name', '')
    return Deletion(seconds=1.0, ends_in='error_deleting') if is_broken else Deletion()
