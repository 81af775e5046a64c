"""A fake Nova with cells that can be down, a bin for soft-deleted servers and lost instance mappings."""

import functools
import itertools
import math
import uuid
from typing import Any

from orphancleanup.errors import Forbidden, NotFound
from orphancleanup.installed import asking
from orphancleanup.installed.registry import Loaded, build
from orphancleanup.plugins.nova_server.server import Server
from orphancleanup.testing.collection import Collection, CollectionOptions, Deletion, Item
from orphancleanup.testing.fake_cloud import FakeCloud, Request

SERVICE = 'compute'
PROJECT = 'project-1'
_numbers = itertools.count(1)


class Compute:
    """The servers of a fake Nova.

    :param reclaims: whether a delete only soft-deletes.
    :ivar lists_all: whether the caller may list the servers of all projects.
    :ivar honours_filters: whether the caller may use the filters that are for administrators.
    """

    def __init__(self, cloud: FakeCloud, reclaims: bool = False) -> None:
        self.reclaims = reclaims
        self.lists_all = self.honours_filters = True
        #: servers whose cell does not answer
        self.down: set[str] = set()
        #: servers that Nova lists but cannot find by their id
        self.unmapped: set[str] = set()
        self.hosts: list[Item] = [
            {'binary': 'nova-compute', 'host': 'one', 'status': 'enabled', 'state': 'up'}
        ]
        cloud.route(SERVICE, 'GET', '/servers(/detail)?', lambda _, request: self._page(request))
        cloud.route(SERVICE, 'GET', '/os-services', lambda *_: {'services': self.hosts})
        cloud.route(SERVICE, 'GET', '/servers/(?P<id>[^/]+)', lambda match, _: self._show(match['id']))
        cloud.route(SERVICE, 'GET', '/servers/(?P<id>[^/]+)/os-instance-actions', self._actions)
        cloud.route(SERVICE, 'GET', '/servers/(?P<id>[^/]+)/os-instance-actions/(?P<r>[^/]+)', self._action)
        actions = {'forceDelete': self._force_delete, 'os-resetState': self._reset}
        options = CollectionOptions(actions=actions, deletion=self._deletion, all_tenants='all_tenants')
        self.servers: Collection = cloud.collection(SERVICE, '/servers', 'servers', options)
        self.actions: dict[str, list[Item]] = {}

    def add(self, **fields: Any) -> Item:
        number = next(_numbers)
        defaults: Item = {
            'id': str(uuid.UUID(int=number)), 'name': f'server-{number}', 'status': 'ACTIVE', 'tenant_id': PROJECT,
            'created': f'2026-11-20T12:00:{number % 60:02}Z', 'updated': f'2026-11-20T12:00:{number % 60:02}Z',
            'OS-SRV-USG:launched_at': '2026-11-20T12:30:00.000000',
            'OS-EXT-STS:task_state': None, 'os-extended-volumes:volumes_attached': [], 'metadata': {}, 'tags': [],
        }  # fmt: skip
        return self.servers.add(**(defaults | fields))

    def _page(self, request: Request) -> Item:
        if not self.lists_all:
            raise Forbidden(
                403, "Policy doesn't allow os_compute_api:servers:detail:get_all_tenants.", 'req-fake'
            )
        query = dict(request.query)
        if not self.honours_filters:
            for name in ('soft_deleted', 'uuid'):
                query.pop(name, None)
        asked_for_bin = query.pop('soft_deleted', None)
        identifier = query.pop('uuid', None)
        document = self.servers.page(query, request.project_id, is_project=False)
        is_plain = set(request.query) <= {'all_tenants'}
        document['servers'] = [
            {'id': item['id'], 'status': 'UNKNOWN', 'tenant_id': item['tenant_id']}
            if item['id'] in self.down
            else item
            for item in document['servers']
            if (item['status'] != 'SOFT_DELETED' or asked_for_bin)
            and identifier in (None, item['id'])
            and (is_plain or item['id'] not in self.down)
        ]
        return document

    def _show(self, identifier: str) -> Item:
        item = self.servers.get(identifier)
        if identifier in self.unmapped:
            raise NotFound(404, f'Instance {identifier} could not be found.', 'req-fake')
        if identifier in self.down:
            return {'server': {'id': identifier, 'status': 'UNKNOWN', 'tenant_id': item['tenant_id']}}
        return self.servers.document(identifier)

    def _deletion(self, item: Item) -> Deletion:
        if item['OS-EXT-STS:task_state'] == 'deleting':
            return Deletion(seconds=math.inf, status=item['status'])
        return Deletion(1.0, item['status'], 'SOFT_DELETED') if self.reclaims else Deletion()

    def _force_delete(self, item: Item, _: Any) -> None:
        if item['OS-EXT-STS:task_state'] != 'deleting':
            self.servers.remove(item['id'])

    def _reset(self, item: Item, argument: Any) -> None:
        item['status'], item['OS-EXT-STS:task_state'] = argument['state'].upper(), None

    def _actions(self, match: Any, _: Request) -> Item:
        return {
            'instanceActions': [
                {k: v for k, v in a.items() if k != 'events'} for a in self.actions.get(match['id'], [])
            ]
        }

    def _action(self, match: Any, _: Request) -> Item:
        return {'instanceAction': next(a for a in self.actions[match['id']] if a['request_id'] == match['r'])}


def let_ask(cloud: FakeCloud) -> None:
    """Let the steps of other kinds ask whether a server is gone, as in a run."""
    registry = build([Loaded(Server(), 'nova-server', 'tests 1.0')])
    cloud.ask_with(functools.partial(asking.answer, registry, cloud))
