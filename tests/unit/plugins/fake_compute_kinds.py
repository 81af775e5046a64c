"""What a fake Nova has besides servers: server groups, flavors, aggregates, keypairs and quotas."""

from typing import Any

from orphancleanup.errors import BadRequest, NotFound
from orphancleanup.model import Project
from orphancleanup.testing.collection import Collection, CollectionOptions, Item
from orphancleanup.testing.fake_cloud import FakeCloud, Request

SERVICE = 'compute'
_UNLINKED = CollectionOptions(all_tenants='all_projects', has_links=False)


def administration(cloud: FakeCloud) -> None:
    """Bring in what Nova shows to administrators only."""
    cloud.route(SERVICE, 'GET', '/os-services', lambda *_: {'services': []})


def server_groups(cloud: FakeCloud, count: int = 0) -> Collection:
    """Bring in server groups: pages by offset, without links, cut at a maximum."""
    administration(cloud)

    def listed(_: Any, request: Request) -> Item:
        # As Nova does: a marker is not known, and ignored.
        query = {name: value for name, value in request.query.items() if name not in ('offset', 'marker')}
        shown = groups.page(query, request.project_id, is_project=False)['server_groups']
        start = int(request.query.get('offset', 0))
        size = groups.page_size if groups.cut is None else groups.cut
        everything = shown if groups.cut is None else _uncut(groups, query, request)
        return {'server_groups': everything[start : start + size]}

    cloud.route(SERVICE, 'GET', '/os-server-groups', listed)
    groups = cloud.collection(SERVICE, '/os-server-groups', 'server_groups', _UNLINKED)
    for number in range(count):
        groups.add(
            id=f'group-{number}', name=f'group {number}', project_id=f'project-{number}',
            user_id=f'user-{number}', members=[], policies=['affinity'], metadata={},
        )  # fmt: skip
    return groups


def _uncut(groups: Collection, query: Any, request: Request) -> list[Item]:
    cut, groups.cut = groups.cut, None
    try:
        found: list[Item] = groups.page(query, request.project_id, is_project=False)['server_groups']
        return found
    finally:
        groups.cut = cut


def flavors(cloud: FakeCloud, count: int = 0) -> Collection:
    """Bring in flavors: private ones only for whom all are asked for."""
    administration(cloud)

    def listed(_: Any, request: Request) -> Item:
        query = dict(request.query)
        is_everything = query.pop('is_public', '') == 'None'
        page = found.page(query, request.project_id, is_project=False)
        if not is_everything:
            page['flavors'] = [each for each in page['flavors'] if each['os-flavor-access:is_public']]
        return page

    cloud.route(SERVICE, 'GET', '/flavors/detail', listed)
    found = cloud.collection(SERVICE, '/flavors', 'flavors', CollectionOptions(all_tenants=''))
    for number in range(count):
        found.add(
            id=f'flavor-{number}', name=f'flavor {number}', extra_specs={'hw:cpu_policy': 'shared'},
            **{'os-flavor-access:is_public': number % 2 == 0},
        )  # fmt: skip
    return found


def aggregates(cloud: FakeCloud, count: int = 0) -> Collection:
    """Bring in host aggregates, which go only when they are empty."""

    def refused(item: Item) -> BadRequest | None:
        return BadRequest(400, 'Host aggregate is not empty') if item['hosts'] else None

    def remove(item: Item, argument: Item) -> None:
        item['hosts'].remove(argument['host'])

    options = CollectionOptions(refuse=refused, actions={'remove_host': remove}, all_tenants='')
    found = cloud.collection(SERVICE, '/os-aggregates', 'aggregates', options)
    for number in range(count):
        found.add(
            id=f'{number + 1}', name=f'aggregate {number}', hosts=[], metadata={}, availability_zone=None,
            created_at='2026-01-01T00:00:00.000000', updated_at=None,
        )  # fmt: skip
    return found


def attachments(cloud: FakeCloud, count: int = 0) -> Collection:
    """Bring in Cinder's attachments, which Nova takes away with ``os-volume_attachments``."""
    cloud.route('block-storage', 'GET', '/os-services', lambda *_: {'services': []})
    options = CollectionOptions(all_tenants='all_tenants', has_links=False)
    found = cloud.collection('block-storage', '/attachments', 'attachments', options)

    def detach(match: Any, _: Request) -> None:
        for each in list(found.items.values()):
            if (each['instance'], each['volume_id']) == (match['server'], match['volume']):
                found.remove(each['id'])
                return
        raise NotFound(404, 'Instance is not attached.', 'req-fake')

    cloud.route(
        SERVICE, 'DELETE', '/servers/(?P<server>[^/]+)/os-volume_attachments/(?P<volume>[^/]+)', detach
    )
    for number in range(count):
        found.add(
            id=f'attachment-{number}',
            instance=f'server-{number}',
            volume_id=f'volume-{number}',
            status='attached',
        )
    return found


class Users:
    """Domains with users, as Keystone lists them."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.domains = cloud.collection('identity', '/domains', 'domains', CollectionOptions(all_tenants=''))
        self.users = cloud.collection('identity', '/users', 'users', CollectionOptions(all_tenants=''))
        if not self.domains.items:
            self.domains.add(id='default', name='Default')

    def add(self, identifier: str, domain: str = 'default') -> None:
        self.users.add(id=identifier, name=identifier, domain_id=domain)


class Keypairs:
    """The keypairs of a fake Nova, under ``user/name``."""

    def __init__(self, cloud: FakeCloud) -> None:
        server_groups(cloud)
        self.servers = cloud.collection(SERVICE, '/servers', 'servers', _servers())
        self.pairs = Collection('/os-keypairs', 'keypairs', CollectionOptions(all_tenants=''), cloud.clock)
        cloud._collections[SERVICE, '/os-keypairs'] = self.pairs
        cloud.route(SERVICE, 'GET', '/os-keypairs', self._listed)
        cloud.route(
            SERVICE,
            'DELETE',
            '/os-keypairs/(?P<name>[^/]+)',
            lambda match, request: self.pairs.delete(f'{request.query["user_id"]}/{match["name"]}'),
        )

    def add(self, user: str, name: str) -> Item:
        return self.pairs.add(id=f'{user}/{name}', user_id=user, name=name, fingerprint='aa', public_key='k')

    def _listed(self, _: Any, request: Request) -> Item:
        shown = [each for each in self.pairs.items.values() if each['user_id'] == request.query['user_id']]
        fields = ('name', 'fingerprint', 'public_key')
        return {
            'keypairs': [{'keypair': {name: each[name] for name in fields if name in each}} for each in shown]
        }


def _servers() -> CollectionOptions:
    return CollectionOptions(list_paths=('/servers/detail',), all_tenants='all_tenants')


class Quotas:
    """The quotas of a fake Nova."""

    def __init__(self, cloud: FakeCloud) -> None:
        self._cloud = cloud
        self.default = {'id': 'default', 'cores': 20, 'instances': 10}
        self.sets = Collection('/os-quota-sets', 'quota_sets', CollectionOptions(all_tenants=''), cloud.clock)
        cloud._collections[SERVICE, '/os-quota-sets'] = self.sets
        cloud.route(
            SERVICE, 'GET', '/os-quota-class-sets/default', lambda *_: {'quota_class_set': dict(self.default)}
        )
        cloud.route(SERVICE, 'GET', '/os-quota-sets/(?P<id>[^/]+)', lambda match, _: self._shown(match['id']))
        cloud.route(
            SERVICE, 'DELETE', '/os-quota-sets/(?P<id>[^/]+)', lambda match, _: self.sets.delete(match['id'])
        )

    def add(self, project_id: str, **limits: int) -> Item:
        self._cloud.projects.setdefault(project_id, Project(project_id, project_id, 'default'))
        return self.sets.add(**{**self.default, 'id': project_id, **limits})

    def _shown(self, project_id: str) -> Item:
        if project_id not in self._cloud.projects:
            raise BadRequest(400, f'Project ID {project_id} is not a valid project.', 'req-fake')
        return {'quota_set': dict(self.sets.items.get(project_id, {**self.default, 'id': project_id}))}
