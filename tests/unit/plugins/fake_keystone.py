"""A fake Keystone that refuses an administrator what the real one does, and takes along what that takes along.

It lists the users, groups and roles of the domain that it is asked for, else the roles of no domain, and shows the
credentials and limits of others to an administrator only, without a word.
"""

import re
import uuid
from collections.abc import Callable
from typing import Any

from orphancleanup.errors import ApiError, Forbidden, NotFound
from orphancleanup.testing.collection import Collection, CollectionOptions, Item
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT, ADMIN_USER, FakeCloud, Request

SERVICE = 'identity'
_GRANT = '(?:/OS-INHERIT)?/(?P<scope>projects|domains|system)(?:/(?P<where>[^/]+))?'
_GRANT += '/(?P<holder>users|groups)/(?P<who>[^/]+)/roles/(?P<role>[^/]+)(?:/inherited_to_projects)?'


class Keystone:
    """The collections of a fake Keystone, in place of the plain one; every ``add_...`` answers the item."""

    def __init__(self, cloud: FakeCloud) -> None:
        cloud.remove_service(SERVICE)
        self._cloud = cloud
        #: whether it takes the caller for an administrator
        self.is_admin = True
        self.assigned: list[Item] = []
        cloud.route(SERVICE, 'GET', '/users', self._users)
        cloud.route(SERVICE, 'GET', '/roles', self._roles)
        cloud.route(SERVICE, 'GET', '/role_assignments', lambda _, request: self._assignments(request))
        cloud.route(SERVICE, 'DELETE', _GRANT, self._revoke)
        cloud.route(SERVICE, 'GET', '/users/(?P<id>[^/]+)/groups', self._groups_of)
        self.domains = self._collection('/domains', 'domains', self._refuse_domain)
        self.projects = self._collection('/projects', 'projects', self._refuse_project)
        self.users = self._collection('/users', 'users')
        self.groups = self._collection('/groups', 'groups')
        self.roles = self._collection('/roles', 'roles', _refuse_immutable)
        self.regions = self._collection('/regions', 'regions')
        self.services = self._collection('/services', 'services')
        self.endpoints = self._collection('/endpoints', 'endpoints')
        self.credentials = self._collection('/credentials', 'credentials')
        self.trusts = self._collection('/OS-TRUST/trusts', 'trusts')
        self.limits = self._collection('/limits', 'limits')
        self.application_credentials = self._collection('/application_credentials', 'application_credentials')
        self._of_users()
        cloud.route(SERVICE, 'PATCH', '/domains/(?P<id>[^/]+)', self._change_domain)
        cloud.before((SERVICE, 'GET', '^/(credentials|limits)'), self._hide, times=10**9)
        #: trusts that are over: listed, and neither shown nor deleted
        self.over: set[str] = set()
        cloud.before((SERVICE, '*', '^/OS-TRUST/trusts/'), self._forget, times=10**9)
        self.default = self.add_domain(id='default', name='Default')
        self.add_project(id=ADMIN_PROJECT, name='admin')
        self.add_user(id=ADMIN_USER, name='root')

    def add_domain(self, **fields: Any) -> Item:
        fresh = {'name': _name('domain'), 'description': '', 'enabled': True, 'tags': [], 'options': {}}
        return self.domains.add(**(fresh | fields))

    def add_project(self, **fields: Any) -> Item:
        domain = fields.get('domain_id', 'default')
        fresh = {
            'name': _name('project'), 'description': '', 'domain_id': domain, 'parent_id': domain, 'enabled': True,
            'is_domain': False, 'tags': [], 'options': {},
        }  # fmt: skip
        return self.projects.add(**(fresh | fields))

    def add_user(self, **fields: Any) -> Item:
        fresh = {'name': _name('user'), 'domain_id': 'default', 'enabled': True, 'options': {}}
        return self.users.add(**(fresh | fields))

    def add_group(self, *members: Item, **fields: Any) -> Item:
        fresh = {'name': _name('group'), 'domain_id': 'default', 'members': [each['id'] for each in members]}
        return self.groups.add(**(fresh | fields))

    def add_role(self, **fields: Any) -> Item:
        return self.roles.add(**({'name': _name('role'), 'domain_id': None, 'options': {}} | fields))

    def assign(self, role: str, scope: dict[str, Any], **holder: str) -> Item:
        """Give a role to ``user=ID`` or ``group=ID``, in a scope as Keystone writes it."""
        given = {'role': {'id': role}, 'scope': scope, **{name: {'id': who} for name, who in holder.items()}}
        self.assigned.append(given)
        return given

    def add_credential(self, user: str, **fields: Any) -> Item:
        fresh = {'user_id': user, 'project_id': None, 'type': 'ec2', 'blob': '{"secret": "hush"}'}
        return self.credentials.add(**(fresh | fields))

    def add_application_credential(self, user: str, **fields: Any) -> Item:
        fresh = {'name': _name('key'), 'user_id': user, 'project_id': None, 'roles': []}
        return self.application_credentials.add(**(fresh | fields))

    def add_trust(self, trustor: str, trustee: str, **fields: Any) -> Item:
        fresh = {
            'trustor_user_id': trustor, 'trustee_user_id': trustee, 'project_id': None, 'expires_at': None,
            'remaining_uses': None, 'redelegated_trust_id': None,
        }  # fmt: skip
        return self.trusts.add(**(fresh | fields))

    def add_limit(self, **fields: Any) -> Item:
        fresh = {
            'resource_name': 'volumes', 'service_id': 'service', 'region_id': None, 'project_id': None,
            'domain_id': None, 'resource_limit': 7,
        }  # fmt: skip
        return self.limits.add(**(fresh | fields))

    def add_region(self, **fields: Any) -> Item:
        return self.regions.add(**({'description': '', 'parent_region_id': None} | fields))

    def add_service(self, **fields: Any) -> Item:
        return self.services.add(**({'name': _name('service'), 'type': 'dns', 'enabled': True} | fields))

    def add_endpoint(self, service: str, **fields: Any) -> Item:
        fresh = {'service_id': service, 'region_id': 'RegionOne', 'interface': 'public', 'url': 'http://dns'}
        return self.endpoints.add(**(fresh | fields))

    def _collection(
        self, path: str, key: str, refuse: Callable[[Item], ApiError | None] = lambda item: None
    ) -> Collection:
        return self._cloud.collection(SERVICE, path, key, CollectionOptions(refuse=refuse, all_tenants=''))

    def _of_users(self) -> None:
        held, root = self.application_credentials, '/users/(?P<user>[^/]+)/application_credentials'
        self._cloud.route(
            SERVICE, 'GET', root,
            lambda match, request: held.page({**request.query, 'user_id': match['user']}, '', False),
        )  # fmt: skip
        one = f'{root}/(?P<id>[^/]+)'
        self._cloud.route(SERVICE, 'GET', one, lambda match, _: held.document(match['id']))
        self._cloud.route(SERVICE, 'DELETE', one, lambda match, _: held.delete(match['id']))

    def _users(self, _: re.Match[str], request: Request) -> Item:
        if not self.is_admin:
            raise Forbidden(
                403, 'You are not authorized to perform the requested action: identity:list_users.'
            )
        return self.users.page(request.query, request.project_id, False)

    def _roles(self, _: re.Match[str], request: Request) -> Item:
        return self.roles.page({'domain_id': 'None', **request.query}, request.project_id, False)

    def _groups_of(self, match: re.Match[str], request: Request) -> Item:
        mine = [each for each in self.groups.items.values() if match['id'] in each['members']]
        return {'groups': mine, 'links': {'next': None}}

    def _assignments(self, request: Request) -> Item:
        def fits(given: Item) -> bool:
            told = {
                'role.id': given['role']['id'],
                'user.id': given.get('user', {}).get('id'),
                'group.id': given.get('group', {}).get('id'),
                'scope.project.id': given['scope'].get('project', {}).get('id'),
            }
            return all(told[name] == value for name, value in request.query.items())

        return {'role_assignments': [each for each in self.assigned if fits(each)], 'links': {'next': None}}

    def _revoke(self, match: re.Match[str], request: Request) -> None:
        scope = match['scope'].removesuffix('s') if match['where'] else 'system'
        homes = {'project': self.projects, 'domain': self.domains}
        if scope in homes:
            homes[scope].get(match['where'])
        is_inherited = request.path.startswith('/OS-INHERIT')
        for given in self.assigned:
            where = given['scope'].get(scope, {}).get('id') if match['where'] else None
            who = given.get(match['holder'].removesuffix('s'), {}).get('id')
            same = (where, who, given['role']['id']) == (match['where'], match['who'], match['role'])
            if same and ('OS-INHERIT:inherited_to' in given['scope']) == is_inherited:
                self.assigned.remove(given)
                return
        raise NotFound(404, 'Could not find role assignment.', 'req-fake')

    def _refuse_domain(self, item: Item) -> ApiError | None:
        if item['enabled']:
            return Forbidden(403, 'Cannot delete a domain that is enabled, please disable it first.')
        for collection in (self.projects, self.users, self.groups):
            for each in [each for each in collection.items.values() if each['domain_id'] == item['id']]:
                collection.remove(each['id'])
        return _refuse_immutable(item)

    def _refuse_project(self, item: Item) -> ApiError | None:
        if any(each['parent_id'] == item['id'] for each in self.projects.items.values()):
            return Forbidden(
                403, f'Cannot delete the project {item["id"]} since it is not a leaf in the hierarchy.'
            )
        return _refuse_immutable(item)

    def _change_domain(self, match: re.Match[str], request: Request) -> Item:
        self.domains.get(match['id']).update(request.body['domain'])
        return self.domains.document(match['id'])

    def _hide(self, request: Request) -> None:
        if not self.is_admin:
            request.query['user_id'] = request.query['project_id'] = ADMIN_USER  # type: ignore[index]

    def _forget(self, request: Request) -> None:
        if request.path.rpartition('/')[2] in self.over:
            raise NotFound(404, 'Could not find trust.', 'req-fake')


def _refuse_immutable(item: Item) -> ApiError | None:
    if (item.get('options') or {}).get('immutable'):
        return Forbidden(403, 'Cannot delete an immutable resource.')
    return None


def _name(word: str) -> str:
    return f'{word}-{uuid.uuid4().hex[:6]}'
