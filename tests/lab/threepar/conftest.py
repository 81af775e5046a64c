"""An array that is served, and the client that operators and Cinder use."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab.threepar.server import EDITOR, PASSWORD, Simulator

with warnings.catch_warnings():
    # It imports eventlet, which says that it is deprecated.
    warnings.simplefilter('ignore')
    from hpe3parclient import client as wsapi


@pytest.fixture
def simulator() -> Simulator:
    return Simulator()


@pytest.fixture
def url(simulator: Simulator) -> Iterator[str]:
    with simulator.running() as address:
        yield address


@pytest.fixture
def connect(url: str) -> Callable[..., Any]:
    """Return what logs in to the array."""

    def connect(user: str = EDITOR, password: str = PASSWORD) -> Any:
        client = wsapi.HPE3ParClient(url, timeout=10)
        client.login(user, password)
        # One try each: its retries wait for seconds.
        client.http.tries = 1
        return client

    return connect


@pytest.fixture
def client(connect: Callable[..., Any]) -> Any:
    return connect()


@pytest.fixture
def volume(client: Any) -> str:
    """Return the name of a volume that is there."""
    client.createVolume('osv-0DM4qZEVSKON-DXN-NwVpw', 'OpenStack', 1024, {'comment': '{"type": "OpenStack"}'})
    return 'osv-0DM4qZEVSKON-DXN-NwVpw'


@pytest.fixture
def host(client: Any) -> str:
    """Return the name of a host with two paths that is there."""
    # Not with createHost(): it fails by itself after the answer of every array.
    client.http.post('/hosts', body={'name': 'compute1', 'FCWWNs': ['100000051E000001', '100000051E000002']})
    return 'compute1'
