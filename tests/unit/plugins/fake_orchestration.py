"""A fake Heat."""

import dataclasses
import itertools
import uuid
from typing import Any

from orphancleanup.errors import BadRequest, Forbidden, NotFound, Redirected
from orphancleanup.testing.collection import Collection, CollectionOptions, Item
from orphancleanup.testing.fake_cloud import FakeCloud, Request

SERVICE = 'orchestration'
PROJECT = 'project-1'
_numbers = itertools.count(1)


class Orchestration:
    """The stacks of a fake Heat.

    :param is_admin: whether it takes the caller for an administrator.
    """

    def __init__(self, cloud: FakeCloud, is_admin: bool = True) -> None:
        self.is_admin = is_admin
        #: the status in which a deletion ends; empty when the stack goes
        self._end = ''
        #: whether stacks may be abandoned (enable_stack_abandon)
        self.may_abandon = True
        #: deleted stacks, listed for who asks for them
        self.deleted: dict[str, Item] = {}
        #: ids of the backups of updates, which are in no listing
        self.backups: set[str] = set()
        self.resources: dict[str, list[Item]] = {}
        self.templates: dict[str, Item] = {}
        #: ids of the stacks that are nested in others
        self.nested: set[str] = set()
        #: all events, the oldest first
        self.events: list[Item] = []
        cloud.route(SERVICE, 'GET', '/stacks', lambda _, request: self._page(request))
        cloud.route(SERVICE, 'GET', '/services', lambda *_: self._services())
        stack = '/stacks/(?P<name>[^/]+)/(?P<id>[^/]+)'
        cloud.route(SERVICE, 'DELETE', stack, self._delete)
        cloud.route(SERVICE, 'GET', '/stacks/(?P<id>[^/]+)', lambda match, _: self._shown(match['id']))
        cloud.route(SERVICE, 'GET', f'{stack}/export', lambda match, _: self._export(match['id']))
        cloud.route(SERVICE, 'DELETE', f'{stack}/abandon', lambda match, _: self._abandon(match['id']))
        cloud.route(SERVICE, 'GET', f'{stack}/template', lambda match, _: self.templates[match['id']])
        cloud.route(
            SERVICE, 'GET', f'{stack}/resources', lambda match, request: self._resources(match['id'], request)
        )
        cloud.route(
            SERVICE, 'GET', f'{stack}/events', lambda match, request: self._events(match['id'], request)
        )
        resource = f'{stack}/resources/(?P<resource>[^/]+)/events'
        cloud.route(SERVICE, 'GET', resource, lambda match, request: self._events_of(match, request))
        cloud.route(SERVICE, 'GET', f'{resource}/(?P<event>[^/]+)', lambda match, _: self._event(match))
        self.stacks: Collection = cloud.collection(
            SERVICE, '/stacks', 'stacks', CollectionOptions(has_links=False, all_tenants='')
        )

    def add(self, **fields: Any) -> Item:
        number = next(_numbers)
        defaults: Item = {
            'id': str(uuid.UUID(int=number)), 'stack_name': f'stack-{number}', 'stack_status': 'CREATE_COMPLETE',
            'stack_status_reason': 'Stack CREATE completed successfully', 'project': PROJECT, 'stack_owner': 'somebody',
            'creation_time': f'2026-11-20T12:00:{number % 60:02}Z', 'updated_time': None, 'tags': None, 'parent': None,
        }  # fmt: skip
        stack = self.stacks.add(**(defaults | fields))
        self.resources[stack['id']] = []
        self.templates[stack['id']] = {'heat_template_version': '2018-08-31', 'resources': {}}
        return stack

    def ends_in(self, status: str) -> None:
        """Have each deletion end in a status."""
        self._end = status

    def add_nested(self, parent: Item, **fields: Any) -> Item:
        """Add a stack that is nested in another one: listed only for who asks for nested ones."""
        stack = self.add(parent=parent['id'], **fields)
        self.nested.add(stack['id'])
        return stack

    def add_resource(self, stack: Item, name: str, physical_id: str | None, **fields: Any) -> Item:
        defaults: Item = {
            'resource_name': name, 'resource_type': 'OS::Cinder::Volume', 'physical_resource_id': physical_id,
            'resource_status': 'CREATE_COMPLETE', 'resource_status_reason': '',
            'links': [{'rel': 'self', 'href': f'http://behind:1/v1/x/stacks/{_path(stack)}/resources/{name}'}],
        }  # fmt: skip
        resource = defaults | fields
        self.resources[stack['id']].append(resource)
        return resource

    def add_event(self, stack: Item, status: str, minute: int = 0, **fields: Any) -> Item:
        """Add an event of the stack itself, unless told otherwise; its properties are shown with it only."""
        number = next(_numbers)
        defaults: Item = {
            'id': f'event-{number}', 'stack': stack['id'], 'resource_name': stack['stack_name'],
            'resource_status': status, 'physical_resource_id': stack['id'],
            'event_time': f'2026-11-20T12:{minute:02}:00Z', 'resource_properties': {},
        }  # fmt: skip
        event = defaults | fields
        self.events.append(event)
        return event

    def add_part(self, stack: Item, name: str, physical_id: str, kind: str, **properties: Any) -> Item:
        """Add a resource of a type, with the event that tells its properties."""
        resource = self.add_resource(stack, name, physical_id, resource_type=kind)
        self.add_event(
            stack, 'CREATE_COMPLETE', resource_name=name, physical_resource_id=physical_id,
            resource_properties=properties,
        )  # fmt: skip
        return resource

    def _events(self, identifier: str, request: Request) -> Item:
        wanted = request.query.get('resource_name')
        found = [e for e in self.events if e['stack'] == identifier and wanted in (None, e['resource_name'])]
        newest = sorted(found, key=lambda event: str(event['event_time']), reverse=True)
        shown = [{k: v for k, v in event.items() if k != 'resource_properties'} for event in newest]
        return {'events': shown[: int(request.query.get('limit', len(shown)))]}

    def _events_of(self, match: Any, request: Request) -> Item:
        query = {**request.query, 'resource_name': match['resource']}
        document = self._events(match['id'], dataclasses.replace(request, query=query))
        if not document['events']:
            raise NotFound(404, f'No events found for resource {match["resource"]}', 'req-fake')
        return document

    def _event(self, match: Any) -> Item:
        return {'event': next(event for event in self.events if event['id'] == match['event'])}

    def _page(self, request: Request) -> Item:
        query = {name: value for name, value in request.query.items() if name in ('id', 'marker', 'limit')}
        document = self.stacks.page(query, request.project_id, is_project=False)
        wanted = self.deleted.get(str(query.get('id')))
        if request.query.get('show_deleted') == 'true' and wanted:
            document['stacks'].append(wanted)
        is_all = request.query.get('show_hidden') == 'true'
        is_deep = request.query.get('show_nested') == 'true'
        document['stacks'] = [
            stack
            for stack in document['stacks']
            if (is_all or 'hidden' not in (stack['tags'] or ()))
            and (is_deep or stack.get('id') not in self.nested)
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
        if self._end:
            stack.update(stack_status=self._end, stack_status_reason='Resource DELETE failed')
            self.add_event(stack, self._end, minute=next(_numbers) % 60)
            return
        self.stacks.remove(match['id'])

    def _shown(self, identifier: str) -> Item:
        if identifier in self.stacks.items or identifier in self.backups or identifier in self.deleted:
            raise Redirected(f'GET orchestration /stacks/{identifier} is redirected outside of the service.')
        raise NotFound(404, 'The Stack could not be found.', 'req-fake')

    def _export(self, identifier: str) -> Item:
        if not self.may_abandon:
            raise BadRequest(400, 'Stack Abandon is not supported.', 'req-fake')
        stack = self.stacks.get(identifier)
        parts = {
            each['resource_name']: {'resource_data': {'password': 'secret'}}
            for each in self.resources[identifier]
        }
        return {'id': identifier, 'name': stack['stack_name'], 'resources': parts}

    def _abandon(self, identifier: str) -> Item:
        document = self._export(identifier)
        self.forget(identifier)
        return document

    def forget(self, identifier: str) -> None:
        """Abandon a stack: Heat shows it as deleted, and what was nested in it stays."""
        self.deleted[identifier] = {**self.stacks.get(identifier), 'deletion_time': '2026-11-20T13:00:00Z'}
        self.stacks.remove(identifier)

    def _resources(self, identifier: str, request: Request) -> Item:
        deep = int(request.query.get('nested_depth', 0))
        return {
            'resources': [
                each for each in self.resources[identifier] if deep or 'parent_resource' not in each
            ]
        }


def _path(stack: Item) -> str:
    return f'{stack["stack_name"]}/{stack["id"]}'


def _without_project(stack: Item) -> Item:
    return {name: value for name, value in stack.items() if name != 'project'}
