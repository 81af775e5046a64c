"""A cloud with nothing but Contrail: python -m bench.fake_contrail --networks N [--latency SECONDS].

The fake Keystone of ``bench.fake_cloud``, and the simulator of the lab behind it. All networks are of a project that
Keystone does not have; each has an interface, an address of that and a router, and these are what refers to it.
"""

import argparse
import asyncio
import json
import urllib.parse
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.fake_cloud import Answer, Connection
from bench.fake_keystone import ADMIN, Keystone
from lab.contrail.api import Api, Behaviour
from lab.contrail.callers import Caller
from lab.contrail.shapes import TEXT, Request
from lab.contrail.store import Object, Store, fresh, permissions

DEAD = uuid.UUID(int=0xDEAD)
_ADMIN = Caller(ADMIN, frozenset({'admin'}))


class Anybody:
    """An identity service to which everybody is an administrator, and that has no project."""

    def caller(self, token: str) -> Caller | None:
        """Return the administrator."""
        return _ADMIN

    def project(self, identifier: str) -> str | None:
        """Return none."""
        return None

    def projects(self) -> Mapping[str, str]:
        """Return none."""
        return {}


class WithContrail(Keystone):
    """A Keystone with Contrail in its catalogue."""

    def _catalogue(self) -> list[dict[str, Any]]:
        return [*super()._catalogue(), self._service('contrail', 3, '/contrail')]


@dataclass
class ContrailCloud:
    """What the server answers; see :class:`bench.fake_cloud.FakeCloud`."""

    keystone: Keystone
    api: Api
    counts: Counter[str] = field(default_factory=Counter)

    def answer(
        self, method: str, target: str, headers: dict[bytes, bytes], body: bytes
    ) -> tuple[Answer, bytes]:
        """Return status and document, and the header that tells a new token."""
        path, _, query = target.partition('?')
        if path == '/counts':
            left = sum(self.api.store.count(kind) for kind in ('virtual-network', *_REFERRERS)) - _SYSTEM
            return (200, json.dumps({'counts': self.counts, 'left': left}).encode()), b''
        words = path.split('/')
        self.counts[f'{method} {"/".join(words[:3])}'] += 1
        if path.startswith('/identity'):
            return self.keystone.answer(method, path.removeprefix('/identity'), query, body)
        known = {name.decode(): value.decode() for name, value in headers.items()}
        asked = Request(
            method,
            path.removeprefix('/contrail'),
            dict(urllib.parse.parse_qsl(query)),
            json.loads(body) if body else None,
            known,
        )
        found = self.api.answer(asked)
        is_text = found.content_type == TEXT
        return (found.status, str(found.body).encode() if is_text else json.dumps(found.body).encode()), b''


_REFERRERS = ('virtual-machine-interface', 'instance-ip', 'logical-router')
_SYSTEM = 4


def fill(store: Store, networks: int) -> None:
    """Make a dead project with networks."""
    domain = store.named('domain', ('default-domain',))
    assert domain
    project = Object('project', str(DEAD), ('default-domain', 'dead'), 'domain', domain.uuid)
    project.properties = permissions(DEAD.hex)
    store.add(project)
    for number in range(networks):
        network = _add(store, 'virtual-network', number, project)
        port = _add(store, 'virtual-machine-interface', number, project, network)
        _add(store, 'instance-ip', number, None, network, port)
        _add(store, 'logical-router', number, project, network)


def _add(store: Store, kind: str, number: int, parent: Object | None, *refs: Object) -> Object:
    name = (*(parent.name if parent else ()), f'{kind}-{number}')
    made = Object(
        kind, str(uuid.uuid4()), name, parent.type if parent else 'config-root', parent.uuid if parent else ''
    )
    made.properties = permissions(DEAD.hex if parent else 'cloud-admin')
    store.add(made)
    for each in refs:
        store.link(made, each, None)
    return made


async def serve(arguments: Any) -> None:
    """Return until the process is ended; print the address first."""
    keystone = WithContrail(1)
    store = fresh()
    fill(store, arguments.networks)
    cloud = ContrailCloud(keystone, Api(store, Anybody(), Behaviour(has_transformer=False)))
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(cloud, arguments.latency),  # type: ignore[arg-type]
        '127.0.0.1',
        0,
        backlog=256,
    )
    keystone.url = f'http://127.0.0.1:{server.sockets[0].getsockname()[1]}'
    print(keystone.url, flush=True)
    await server.serve_forever()


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--networks', type=int, default=1000, help='how many there are')
    parser.add_argument('--latency', type=float, default=0.005, help='seconds that each request waits')
    asyncio.run(serve(parser.parse_args()))
