"""The Keystone of the fake cloud: logins without a check, a catalogue of two services, some projects, all roles."""

import json
import uuid
from typing import Any

ADMIN, ROLE, USER = (uuid.UUID(int=number).hex for number in (0xA, 0xB, 0xC))
Answer = tuple[tuple[int, bytes], bytes]


class Keystone:
    """What it knows.

    :param count: how many projects there are besides the administrator's.
    :ivar projects: their ids.
    :ivar url: the address of the fake cloud.
    """

    def __init__(self, count: int) -> None:
        self.projects = [project_id(number) for number in range(count)]
        self.url = ''

    def answer(self, method: str, path: str, query: str, body: bytes) -> Answer:
        """Return status and document, and a token when one was asked for."""
        words = [each for each in path.split('/') if each]
        if words in ([], ['v3']):
            version = {'id': 'v3.14', 'status': 'stable', 'links': [self._link('/identity/v3/')]}
            return _sent(
                200 if words else 300, {'version': version} if words else {'versions': {'values': [version]}}
            )
        if words[1:] == ['auth', 'tokens'] and method == 'POST':
            return self._login(json.loads(body)['auth'])
        if words[1] == 'projects' and len(words) == 3:
            known = [each for each in self._projects() if each['id'] == words[2]]
            return (
                _sent(200, {'project': known[0]})
                if known
                else _sent(404, {'error': {'message': 'Not found.'}})
            )
        return _sent(200, {words[-1]: self._rows(words[-1], query), 'links': {'next': None}})

    def cinder_versions(self) -> bytes:
        """Return what Cinder says of itself."""
        version = {
            'id': 'v3.0', 'status': 'CURRENT', 'version': '3.71', 'min_version': '3.0',
            'links': [self._link('/volume/v3/')],
        }  # fmt: skip
        return json.dumps({'versions': [version]}).encode()

    def _rows(self, name: str, query: str) -> list[dict[str, Any]]:
        if name == 'projects':
            is_domain = 'is_domain=' in query.lower() and 'is_domain=false' not in query.lower()
            return [_project('default', True)] if is_domain else self._projects()
        if name == 'services':
            return [{'id': each['id'], 'type': each['type'], 'enabled': True} for each in self._catalogue()]
        if name == 'endpoints':
            return [
                {**endpoint, 'service_id': each['id'], 'enabled': True}
                for each in self._catalogue()
                for endpoint in each['endpoints']
            ]
        if name == 'roles':
            return [{'id': ROLE, 'name': 'admin', 'domain_id': None, 'description': None, 'options': {}}]
        if name == 'domains':
            return [
                {
                    'id': 'default',
                    'name': 'Default',
                    'enabled': True,
                    'description': '',
                    'options': {},
                    'tags': [],
                }
            ]
        if name == 'regions':
            return [{'id': 'RegionOne', 'description': '', 'parent_region_id': None}]
        return []

    def _projects(self) -> list[dict[str, Any]]:
        return [_project(each) for each in (ADMIN, *self.projects)]

    def _login(self, auth: dict[str, Any]) -> Answer:
        asked = auth.get('scope', {}).get('project', {})
        project = asked.get('id') or (ADMIN if asked.get('name') == 'admin' else self.projects[0])
        domain = {'id': 'default', 'name': 'Default'}
        token = {
            'user': {'id': USER, 'name': 'admin', 'domain': domain}, 'methods': ['password'],
            'roles': [{'id': ROLE, 'name': 'admin'}], 'catalog': self._catalogue(),
            'project': {'id': project, 'name': asked.get('name', project), 'domain': domain},
            'issued_at': '2026-01-01T00:00:00.000000Z', 'expires_at': '2099-01-01T00:00:00.000000Z',
        }  # fmt: skip
        return (201, json.dumps({'token': token}).encode()), f'{project} token'.encode()

    def _catalogue(self) -> list[dict[str, Any]]:
        return [
            self._service('identity', 1, '/identity/v3'),
            self._service('block-storage', 2, f'/volume/v3/{ADMIN}'),
        ]

    def _service(self, service_type: str, number: int, path: str) -> dict[str, Any]:
        endpoint = {
            'id': uuid.UUID(int=number + 16).hex, 'interface': 'public', 'url': self.url + path,
            'region': 'RegionOne', 'region_id': 'RegionOne',
        }  # fmt: skip
        return {
            'id': uuid.UUID(int=number).hex,
            'type': service_type,
            'name': service_type,
            'endpoints': [endpoint],
        }

    def _link(self, path: str) -> dict[str, str]:
        return {'rel': 'self', 'href': self.url + path}


def project_id(number: int) -> str:
    """Return the id of one of the projects."""
    return uuid.UUID(int=0x1000 + number).hex


def _project(identifier: str, is_domain: bool = False) -> dict[str, Any]:
    return {
        'id': identifier, 'name': 'admin' if identifier == ADMIN else f'project-{identifier}',
        'domain_id': None if is_domain else 'default', 'enabled': True, 'is_domain': is_domain,
        'parent_id': None if is_domain else 'default', 'description': '', 'tags': [], 'options': {},
    }  # fmt: skip


def _sent(status: int, document: Any) -> Answer:
    return (status, json.dumps(document).encode()), b''
