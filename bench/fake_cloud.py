"""A cloud that costs nothing but the time of its requests: python -m bench.fake_cloud --volumes N [--latency SECONDS].

A process of its own on loopback, so that what it costs is no part of what is measured. It speaks as much Keystone and
Cinder as a clean-up of volumes asks for. Each request waits ``--latency`` on its way, all at the same time, as the
requests to a large service do. ``GET /counts`` tells how often each address was asked; it waits for nothing.
"""

import argparse
import asyncio
import json
import re
import socket
import urllib.parse
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bench.fake_keystone import Keystone
from bench.fake_volumes import NOT_FOUND, Volumes

_ID = re.compile(r'[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
#: what the list of a collection is called, where not as its path
_KEYS = {
    'os-volume-transfer': 'transfers', 'volume-transfers': 'transfers', 'os-services': 'services',
    'types': 'volume_types', 'qos-specs': 'qos_specs', 'group_types': 'group_types',
}  # fmt: skip
_EMPTY = ('snapshots', 'backups', 'groups', 'group_snapshots', 'attachments', 'messages')
Answer = tuple[int, bytes]


@dataclass
class FakeCloud:
    """What the server answers.

    :ivar counts: method and path, without ids, to the number of requests.
    """

    keystone: Keystone
    volumes: Volumes
    counts: Counter[str] = field(default_factory=Counter)

    def answer(
        self, method: str, target: str, headers: dict[bytes, bytes], body: bytes
    ) -> tuple[Answer, bytes]:
        """Return status and document, and the header that tells a new token."""
        path, _, query = target.partition('?')
        if path == '/counts':
            return (200, json.dumps({'counts': self.counts, 'left': len(self.volumes)}).encode()), b''
        self.counts[f'{method} {_ID.sub("ID", path)}'] += 1
        if path.startswith('/identity'):
            return self.keystone.answer(method, path.removeprefix('/identity'), query, body)
        project = headers.get(b'x-auth-token', b'').decode().partition(' ')[0]
        return self._cinder(
            method, path.removeprefix('/volume'), dict(urllib.parse.parse_qsl(query)), project
        ), b''

    def _cinder(self, method: str, path: str, query: dict[str, str], project: str) -> Answer:
        words = [each for each in path.split('/') if each][1:]
        # Cinder takes its paths with the project and without.
        words = words[1:] if words and _ID.fullmatch(words[0]) else words
        if not words:
            return 300 if path in ('', '/') else 200, self.keystone.cinder_versions()
        if words[0] == 'volumes' and len(words) == 2 and words[1] != 'detail':
            return self.volumes.show(words[1]) if method == 'GET' else self.volumes.delete(words[1])
        if words[0] == 'volumes':
            is_all = query.get('all_tenants') in ('1', 'true', 'True')
            return self.volumes.page(query, '' if is_all else project, self.keystone.url)
        return _rest(words)


def _rest(words: list[str]) -> Answer:
    key = _KEYS.get(words[0], words[0])
    if key == 'os-quota-sets':
        return 200, b'{"quota_set": {"volumes": 10, "id": "any"}}'
    if key == 'scheduler-stats':
        return 200, b'{"pools": []}'
    if key in (*_EMPTY, *_KEYS.values()) and words[-1] in (words[0], 'detail'):
        return 200, json.dumps({key: []}).encode()
    return NOT_FOUND


class Connection(asyncio.Protocol):
    """One connection of a client: requests one after the other, each of which waits on its way."""

    def __init__(self, cloud: FakeCloud, latency: float) -> None:
        self._cloud, self._latency, self._received = cloud, latency, b''

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers go to."""
        assert isinstance(transport, asyncio.Transport)
        transport.get_extra_info('socket').setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is there as a whole."""
        self._received += data
        while (end := self._received.find(b'\r\n\r\n')) >= 0:
            first, *lines = self._received[:end].split(b'\r\n')
            pairs = (line.partition(b':') for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            length = end + 4 + int(headers.get(b'content-length', 0))
            if len(self._received) < length:
                return
            body, self._received = self._received[end + 4 : length], self._received[length:]
            method, target, _ = first.decode('ascii').split(' ')
            asyncio.get_running_loop().call_later(
                self._latency if target != '/counts' else 0.0, self._answer, method, target, headers, body
            )

    def _answer(self, method: str, target: str, headers: dict[bytes, bytes], body: bytes) -> None:
        (status, document), token = self._cloud.answer(method, target, headers, body)
        extra = b'X-Subject-Token: ' + token + b'\r\n' if token else b''
        version = headers.get(b'openstack-api-version')
        extra += b'OpenStack-API-Version: ' + version + b'\r\n' if version else b''
        self._transport.write(
            b'HTTP/1.1 %d _\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n'
            % (status, len(document), extra)
            + document
        )


async def listen(cloud: Any, keystone: Any, latency: float) -> None:
    """Serve a cloud until the process is ended; tell its Keystone the address, and print it."""
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(cloud, latency), '127.0.0.1', 0, backlog=256
    )
    keystone.url = f'http://127.0.0.1:{server.sockets[0].getsockname()[1]}'
    print(keystone.url, flush=True)
    await server.serve_forever()


async def serve(arguments: Any) -> None:
    """Return until the process is ended; print the address first."""
    keystone = Keystone(arguments.projects)
    loop = asyncio.get_running_loop()
    volumes = Volumes(keystone.projects, arguments.volumes, arguments.takes, loop)
    cloud = FakeCloud(keystone, volumes)
    await listen(cloud, keystone, arguments.latency)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--volumes', type=int, default=500, help='how many there are in all')
    parser.add_argument('--projects', type=int, default=1, help='how many projects they are spread over')
    parser.add_argument('--latency', type=float, default=0.05, help='seconds that each request waits')
    parser.add_argument('--takes', type=float, default=0.2, help='seconds from a DELETE to its end')
    asyncio.run(serve(parser.parse_args()))


if __name__ == '__main__':
    main()
