"""A cloud of all its services, in which test runs leave something: python -m bench.mixed_cloud [--latency SECONDS].

The cloud in memory of the unit tests, which refuses what the real services refuse, in a process of its own on loopback.
Each project has itself, a user and nineteen resources of theirs. ``GET /counts`` tells how often each address was
asked, and how much of what was left is still there; ``GET /mark?N`` begins to count, and leaves N projects behind: what
was there before it is no leak.
"""

import argparse
import asyncio
import json
import re
import urllib.parse
import uuid
from collections import Counter
from typing import Any

from bench.fake_cloud import Answer, listen
from orphancleanup.clock import SystemClock
from orphancleanup.errors import ApiError
from orphancleanup.testing.fake_cloud import ADMIN_PROJECT, ADMIN_USER, Request
from tests.unit.leaky import Leaky

#: service type to the first part of its path and the version behind it
SERVICES = {
    'identity': 'v3', 'compute': 'v2.1', 'block-storage': 'v3', 'network': 'v2.0', 'image': 'v2',
    'object-store': 'v1',
}  # fmt: skip
_SWIFT = 'object-store'
#: what is behind the name of a service in the catalogue, where not its version
_IN_CATALOGUE = {'network': ''}
_ID = re.compile(
    r'[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(image|group|project|user|network)-[a-z0-9]+'
)
_VERSIONS = {'v2.1': ('2.96', '2.1'), 'v3': ('3.71', '3.0')}
REGION, DOMAIN = 'RegionOne', {'id': 'default', 'name': 'Default'}


class MixedCloud:
    """What the server answers.

    :ivar url: its address.
    :ivar counts: method, service and path, without ids, to the number of requests.
    """

    def __init__(self) -> None:
        self.url = ''
        self.world = Leaky(SystemClock())
        self.cloud = self.world.cloud
        self.cloud.allow_changes()
        # openstacksdk asks for these before it removes anything of Neutron.
        self.cloud.route('network', 'GET', '/service-providers', lambda *_: {'service_providers': []})
        self.counts: Counter[str] = Counter()
        self._before: set[str] = set()
        for number, service_type in enumerate(SERVICES):
            service = self.world.keystone.add_service(id=_service(number), type=service_type)
            self.world.keystone.add_endpoint(service['id'], id=_service(number + 16), region_id=REGION)

    def fill(self, projects: int) -> None:
        """Leave so many projects behind."""
        for number in range(projects):
            self.world.project(number)

    def left(self) -> int:
        """Return how much there is that was not there at the mark."""
        return len(self._there() - self._before)

    def _there(self) -> set[str]:
        return {f'{each.path}/{identifier}' for each in self.cloud.collections() for identifier in each.items}

    def answer(
        self, method: str, target: str, headers: dict[bytes, bytes], body: bytes
    ) -> tuple[Answer, bytes]:
        """Return status and document, and the header that tells a new token."""
        path, _, query = target.partition('?')
        if path == '/counts':
            projects = [each for each in self.world.keystone.projects.items if each != ADMIN_PROJECT]
            return _sent(200, {'counts': self.counts, 'left': self.left(), 'projects': projects}), b''
        if path == '/mark':
            self._before, self.counts = self._there(), Counter()
            self.fill(int(query))
            return _sent(200, {}), b''
        service, _, rest = path.strip('/').partition('/')
        version, _, below = rest.removesuffix('.json').partition('/')
        self.counts[f'{method} {service} /{_ID.sub("ID", below)}'] += 1
        if service == _SWIFT:
            # There is nothing in it; but ospurge does nothing at all where there is none.
            return (200, b'[]'), b''
        if not below:
            return _sent(300 if not version else 200, self._versions(service, bool(version))), b''
        if below == 'auth/tokens':
            return self._login(json.loads(body)['auth'])
        project = headers.get(b'x-auth-token', b'').decode().partition(' ')[0] or ADMIN_PROJECT
        asked: dict[str, Any] = {
            name: values if values[1:] else values[0] for name, values in urllib.parse.parse_qs(query).items()
        }
        if (method, service) == ('GET', 'network') and project != ADMIN_PROJECT:
            # The fake Neutron takes everybody for an administrator; who is none is shown what is his project's.
            asked.setdefault('project_id', project)
        return self._served(Request(
            method, service, f'/{below}', asked, json.loads(body or b'null'), project,
            headers.get(b'content-type', b'').decode(),
        )), b''  # fmt: skip

    def _served(self, request: Request) -> Answer:
        try:
            found = self.cloud.answer(request)
        except ApiError as error:
            return _sent(error.status, {'error': {'message': error.message, 'code': error.status}})
        empty = request.method == 'DELETE' or found is None
        return _sent(204 if empty else 200, None if empty else found)

    def _versions(self, service: str, is_one: bool) -> dict[str, Any]:
        version = SERVICES[service]
        newest, oldest = _VERSIONS.get(version, ('', '')) if service != 'identity' else ('', '')
        known = {'v2': 'v2.16'}.get(version, version if service != 'identity' else 'v3.14')
        told = {
            'id': known, 'status': 'stable' if service == 'identity' else 'CURRENT', 'version': newest,
            'min_version': oldest, 'links': [{'rel': 'self', 'href': f'{self.url}/{service}/{version}/'}],
        }  # fmt: skip
        if service == 'identity':
            return {'version': told} if is_one else {'versions': {'values': [told]}}
        return {'version': told} if is_one and service == 'compute' else {'versions': [told]}

    def _login(self, auth: dict[str, Any]) -> tuple[Answer, bytes]:
        asked = auth.get('scope', {}).get('project', {})
        project = asked.get('id') or ADMIN_PROJECT
        named = {'id': project, 'name': asked.get('name', project), 'domain': DOMAIN}
        token = {
            'user': {'id': ADMIN_USER, 'name': 'admin', 'domain': DOMAIN}, 'methods': ['password'],
            'roles': [{'id': 'role-admin', 'name': 'admin'}], 'catalog': self._catalogue(), 'project': named,
            'issued_at': '2026-01-01T00:00:00.000000Z', 'expires_at': '2099-01-01T00:00:00.000000Z',
        }  # fmt: skip
        return _sent(201, {'token': token}), f'{project} token'.encode()

    def _catalogue(self) -> list[dict[str, Any]]:
        return [
            {
                'id': _service(number),
                'type': service_type,
                'name': service_type,
                'endpoints': [
                    {
                        'id': _service(number + 16),
                        'interface': 'public',
                        'region': REGION,
                        'region_id': REGION,
                        'url': f'{self.url}/{service_type}{_IN_CATALOGUE.get(service_type, f"/{version}")}',
                    }
                ],
            }
            for number, (service_type, version) in enumerate(SERVICES.items())
        ]


def _service(number: int) -> str:
    return uuid.UUID(int=number + 1).hex


def _sent(status: int, document: Any) -> Answer:
    return status, b'' if document is None else json.dumps(document, default=str).encode()


async def serve(arguments: Any) -> None:
    """Return until the process is ended; print the address first."""
    cloud = MixedCloud()
    await listen(cloud, cloud, arguments.latency)


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--latency', type=float, default=0.02, help='seconds that each request waits')
    asyncio.run(serve(parser.parse_args()))


if __name__ == '__main__':
    main()
