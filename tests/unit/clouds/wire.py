"""A small HTTP server on loopback that misbehaves as told, with a Keystone in it."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

IDENTITY_ID = 'service-identity'
PASSWORD = 'right'


@dataclass(frozen=True)
class Asked:
    """A request as the server got it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None


@dataclass(frozen=True)
class Reply:
    """What the server answers.

    :param body: a document, or bytes as they are.
    :param missing: how many bytes of the body the server promises and does not send.
    :param is_reset: whether the connection is reset instead.
    """

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    missing: int = 0
    is_reset: bool = False


Script = Callable[[Asked], Reply | None]


class Wire:
    """The server. Replies come from ``script``, else from ``replies`` in order, else 404; Keystone answers itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked: list[Asked] = []
        #: what Keystone was asked with in the header Authorization
        self.logins: set[str | None] = set()
        self.replies: list[Reply] = []
        self.script: Script | None = None
        self.tokens = 0
        self.expired: set[str] = set()
        self.catalogue: list[dict[str, Any]] = [
            service('identity', IDENTITY_ID, f'{url}/identity'),
            service('volumev3', 'service-volume', f'{url}/volume/v3/project-1'),
            service('compute', 'service-compute', f'{url}/compute/v2.1'),
            service('network', 'service-network', f'{url}/network'),
            service('orchestration', 'service-heat', f'{url}/heat/v1/project-1'),
        ]
        #: what Keystone has registered besides the catalogue, in the catalogue's form
        self.registered: list[dict[str, Any]] = []
        #: what Keystone answers instead of its lists of services and endpoints
        self.lists: Reply | None = None
        self.projects = {'project-1'}
        self.roles = {'reader': 'role-reader', 'admin': 'role-admin'}

    def reply(self, asked: Asked) -> Reply:
        """Answer a request."""
        if asked.path.startswith('/identity'):
            self.logins.add(asked.headers.get('Authorization'))
        if asked.path.startswith('/identity') and (answer := self._keystone(asked)):
            return answer
        self.asked.append(asked)
        scripted = self.script(asked) if self.script else None
        if scripted:
            return scripted
        if asked.headers.get('X-Auth-Token') in self.expired:
            return Reply(401, {'error': {'message': 'expired'}})
        return (
            self.replies.pop(0) if self.replies else Reply(404, {'itemNotFound': {'message': 'not scripted'}})
        )

    def _keystone(self, asked: Asked) -> Reply | None:
        if asked.path.rstrip('/') in ('/identity', '/identity/v3') and asked.method == 'GET':
            version = {
                'id': 'v3.14',
                'status': 'stable',
                'links': [{'rel': 'self', 'href': f'{self.url}/identity/v3/'}],
            }
            return Reply(
                200, {'version': version} if asked.path.endswith('3') else {'versions': {'values': [version]}}
            )
        if asked.path == '/identity/v3/auth/tokens' and asked.method == 'POST':
            return self._token(asked.body['auth'])
        if asked.path in ('/identity/v3/services', '/identity/v3/endpoints') and asked.method == 'GET':
            self.asked.append(asked)
            return self.lists or self._list(asked.path.rpartition('/')[2])
        return None

    def _list(self, key: str) -> Reply:
        services = {each['id']: each for each in (*self.catalogue, *self.registered)}
        endpoints = [
            {**endpoint, 'service_id': each['id']}
            for each in (*self.catalogue, *self.registered)
            for endpoint in each['endpoints']
        ]
        listed = list(services.values()) if key == 'services' else endpoints
        return Reply(200, {key: listed, 'links': {'next': None}})

    def _token(self, auth: Any) -> Reply:
        scope = auth.get('scope', {})
        project = scope.get('project')
        refused = Reply(401, {'error': {'message': 'The request you have made requires authentication.'}})
        if auth['identity']['password']['user']['password'] != PASSWORD:
            return refused
        token: dict[str, Any] = {
            'user': {'id': 'user-1', 'name': 'admin', 'domain': {'id': 'default', 'name': 'Default'}},
            'roles': [{'id': identifier, 'name': name} for name, identifier in self.roles.items()],
            'expires_at': '2099-01-01T00:00:00.000000Z',
            'issued_at': '2026-01-01T00:00:00.000000Z',
            'methods': ['password'],
        }
        token |= {name: scope[name] for name in ('system', 'domain') if name in scope}
        if project:
            identifier = project.get('id', 'project-1')
            if identifier not in self.projects:
                return refused
            domain = {'id': 'default', 'name': 'Default'}
            token |= {
                'project': {'id': identifier, 'name': identifier, 'domain': domain},
                'catalog': self.catalogue,
            }
        self.tokens += 1
        return Reply(201, {'token': token}, {'X-Subject-Token': f'token-{self.tokens}'})


def service(
    service_type: str, identifier: str, url: str, region: str = 'One', interface: str = 'public'
) -> dict[str, Any]:
    """Return a service of the catalogue with one endpoint."""
    endpoint = {
        'id': f'{identifier}-{region}-{interface}',
        'interface': interface,
        'region_id': region,
        'region': region,
        'url': url,
    }
    return {'type': service_type, 'id': identifier, 'name': service_type, 'endpoints': [endpoint]}


@contextmanager
def serve() -> Iterator[Wire]:
    """Run a server for as long as the context."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'

        # Headers and body are written apart: Nagle's algorithm would hold the second one back.
        disable_nagle_algorithm = True

        def answer(self) -> None:
            length = int(self.headers.get('Content-Length', 0))
            body = self.rfile.read(length)
            asked = Asked(self.command, self.path, dict(self.headers), json.loads(body) if body else None)
            self._send(wire.reply(asked))

        def _send(self, reply: Reply) -> None:
            if reply.is_reset:
                # SO_LINGER of zero seconds makes the kernel send a reset.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
                self.close_connection = True
                return
            data = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            data = b'' if reply.body is None else data
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header('Content-Length', str(len(data) + reply.missing))
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = self.close_connection or bool(reply.missing)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """Let a client that hangs up do so."""

    with Server(('127.0.0.1', 0), Handler) as server:
        wire = Wire(f'http://127.0.0.1:{server.server_port}')
        thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.01}, daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            server.shutdown()
            thread.join()
