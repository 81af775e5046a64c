"""A fake Heat."""

import itertools
import uuid
from typing import Any

from orphancleanup.errors import Forbidden, NotFound
from orphancleanup.testing.collection import Collection, CollectionOptions, Item
from orphancleanup.testing.fake_cloud import FakeCloud, Request

SERVICE = 'orchestration'
TENANT = 'tenant-1'
_numbers = itertools.count(1)


class Orchestration:
    """The stacks of a fake Heat.

    :param is_admin: whether it takes the caller for an administrator.
    """

    def __init__(self, cloud: FakeCloud, is_admin: bool = True) -> None:
        self.is_admin = is_admin
        self.resources: dict[str, list[Item]] = {}
        self.templates: dict[str, Item] = {}
        cloud.route(SERVICE, 'GET', '/stacks', lambda _, request: self._page(request))
        cloud.route(SERVICE, 'GET', '/services', lambda *_: self._services())
        stack = '/stacks/(?P<name>[^/]+)/(?P<id>[^/]+)'
        cloud.route(SERVICE, 'DELETE', stack, self._delete)
        cloud.route(SERVICE, 'GET', f'{stack}/template', lambda match, _: self.templates[match['id']])
        cloud.route(
            SERVICE, 'GET', f'{stack}/resources', lambda match, request: self._resources(match['id'], request)
        )
        self.stacks: Collection = cloud.collection(
            SERVICE, '/stacks', 'stacks', CollectionOptions(has_links=False)
        )

    def add(self, **fields: Any) -> Item:
        number = next(_numbers)
        defaults: Item = {
            'id': str(uuid.UUID(int=number)), 'stack_name': f'stack-{number}', 'stack_status': 'CREATE_COMPLETE',
            'stack_status_reason': 'Stack CREATE completed successfully', 'project': TENANT, 'stack_owner': 'somebody',
            'creation_time': f'2026-11-20T12:00:{number % 60:02}Z', 'updated_time': None, 'tags': None,
        }  # fmt: skip
        stack = self.stacks.add(**(defaults | fields))
        self.resources[stack['id']] = []
        self.templates[stack['id']] = {'heat_template_version': '2018-08-31', 'resources': {}}
        return stack

    def add_resource(self, stack: Item, name: str, physical_id: str | None, **fields: Any) -> Item:
        defaults: Item = {
            'resource_name': name, 'resource_type': 'OS::Cinder::Volume', 'physical_resource_id': physical_id,
            'resource_status': 'CREATE_COMPLETE', 'resource_status_reason': '',
        }  # fmt: skip
        resource = defaults | fields
        self.resources[stack['id']].append(resource)
        return resource

    def _page(self, request: Request) -> Item:
        query = {name: value for name, value in request.query.items() if name in ('id', 'marker', 'limit')}
        document = self.stacks.page(query, request.project_id, is_tenant=False)
        is_all = request.query.get('show_hidden') == 'true'
        document['stacks'] = [
            stack for stack in document['stacks'] if is_all or 'hidden' not in (stack['tags'] or ())
        ]
        if not self.is_admin:
            document['stacks'] = [
                _without_project(s) for s in document['stacks'] if s['project'] == request.project_id
            ]
        return document

    def _services(self) -> Item:
        if not self.is_admin:
            raise Forbidden(403, 'You are not authorized to complete this action.', 'req-fake')
        return {'services': []}

    def _delete(self, match: Any, _: Request) -> None:
        stack = self.stacks.get(match['id'])
        if stack['stack_name'] != match['name']:
            raise NotFound(404, 'The Stack could not be found.', 'req-fake')
        self.stacks.remove(match['id'])

    def _resources(self, identifier: str, request: Request) -> Item:
        deep = int(request.query.get('nested_depth', 0))
        return {
            'resources': [
                each for each in self.resources[identifier] if deep or 'parent_resource' not in each
            ]
        }


def _without_project(stack: Item) -> Item:
    return {name: value for name, value in stack.items() if name != 'project'}
