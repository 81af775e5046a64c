"""A fake Glance: it hides what is hidden, protects what is protected, and knows who shares what."""

from typing import Any

from orphancleanup.errors import Forbidden
from orphancleanup.testing.collection import Collection, CollectionOptions, Item
from orphancleanup.testing.fake_cloud import FakeCloud, Request

SERVICE = 'image'


def _refused(item: Item) -> Forbidden | None:
    return Forbidden(403, 'It is protected and cannot be deleted.') if item['protected'] else None


class Glance:
    """The images and the namespaces of a fake Glance.

    :ivar members: image id to its members.
    """

    def __init__(self, cloud: FakeCloud) -> None:
        self.is_admin = True
        self.members: dict[str, list[Item]] = {}
        cloud.route(SERVICE, 'GET', '/tasks', self._tasks)
        cloud.route(SERVICE, 'GET', '/images', self._listed)
        cloud.route(SERVICE, 'GET', '/images/(?P<id>[^/]+)/members', self._members)
        options = CollectionOptions(is_item_wrapped=False, refuse=_refused, all_tenants='')
        self.images: Collection = cloud.collection(SERVICE, '/images', 'images', options)
        self.namespaces: Collection = cloud.collection(SERVICE, '/metadefs/namespaces', 'namespaces', options)
        cloud.route(SERVICE, 'PATCH', '/images/(?P<id>[^/]+)', self._patch)
        cloud.route(SERVICE, 'PUT', '/metadefs/namespaces/(?P<id>[^/]+)', self._put)

    def image(self, number: int, **fields: Any) -> Item:
        basic: Item = {
            'id': f'image-{number}', 'name': f'image {number}', 'owner': f'project-{number}', 'status': 'active',
            'visibility': 'shared', 'os_hidden': False, 'protected': False, 'tags': ['blue'],
            'created_at': '2026-01-01T00:00:00Z', 'updated_at': '2026-01-01T00:00:00Z',
        }  # fmt: skip
        return self.images.add(**{**basic, **fields})

    def namespace(self, number: int, **fields: Any) -> Item:
        name = f'namespace-{number}'
        basic: Item = {
            'id': name, 'namespace': name, 'owner': f'project-{number}', 'visibility': 'private', 'protected': False,
            'created_at': '2026-01-01T00:00:00Z', 'display_name': 'shown',
        }  # fmt: skip
        return self.namespaces.add(**{**basic, **fields})

    def share(self, image: str, project: str, status: str = 'accepted') -> None:
        self.members.setdefault(image, []).append({'member_id': project, 'status': status, 'image_id': image})

    def _tasks(self, *_: object) -> Item:
        if not self.is_admin:
            raise Forbidden(403, 'You are not authorized to complete get_tasks action.', 'req-fake')
        return {'tasks': []}

    def _listed(self, _: Any, request: Request) -> Item:
        query = {
            name: each for name, each in request.query.items() if name not in ('visibility', 'member_status')
        }
        page = self.images.page({'os_hidden': 'false', **query}, request.project_id, is_project=False)
        if request.query.get('visibility') != 'all':
            page['images'] = [each for each in page['images'] if each['visibility'] != 'community']
        return page

    def _members(self, match: Any, _: Request) -> Item:
        self.images.get(match['id'])
        return {'members': self.members.get(match['id'], []), 'schema': '/v2/schemas/members'}

    def _patch(self, match: Any, request: Request) -> Item:
        assert request.content_type == 'application/openstack-images-v2.1-json-patch'
        for each in request.body:
            self.images.get(match['id'])[each['path'].strip('/')] = each['value']
        return self.images.get(match['id'])

    def _put(self, match: Any, request: Request) -> Item:
        item = self.namespaces.get(match['id'])
        item.update(request.body)
        return item
