"""A real client against a server on loopback."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orphancleanup.clouds.cloud import RealCloud
from orphancleanup.clouds.connect import CloudSpec, open_cloud
from orphancleanup.settings import HttpSettings
from orphancleanup.testing import FakeClock
from tests.unit.clouds import wire as wires
from tests.unit.clouds.wire import Wire

HTTP = HttpSettings(workers=4, timeout=5.0, attempts=4, longest_wait=30.0)


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep what the machine is configured with out of the tests."""
    for name in list(os.environ):
        if name.startswith('OS_') or name.lower().endswith('_proxy') or name.endswith('_CA_BUNDLE'):
            monkeypatch.delenv(name)
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Return a server with a Keystone and a catalogue."""
    with wires.serve() as wire:
        yield wire


@pytest.fixture
def clouds_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wire: Wire) -> Callable[..., Path]:
    """Return what writes a clouds.yaml with the cloud ``here``."""

    def write(auth: dict[str, object] | None = None, **options: object) -> Path:
        account = {
            'auth_url': f'{wire.url}/identity',
            'username': 'admin',
            'password': wires.PASSWORD,
            'user_domain_name': 'Default',
            'project_name': 'admin',
            'project_domain_name': 'Default',
            **(auth or {}),
        }
        cloud = {'auth': {k: v for k, v in account.items() if v is not None}, 'region_name': 'One', **options}
        path = tmp_path / 'clouds.yaml'
        path.write_text(json.dumps({'clouds': {'here': cloud, 'there': cloud}}))
        monkeypatch.setenv('OS_CLIENT_CONFIG_FILE', str(path))
        return path

    return write


@pytest.fixture
def clock() -> FakeClock:
    """Return the clock of the cloud's pauses."""
    return FakeClock()


@pytest.fixture
def cloud(clouds_yaml: Callable[..., Path], clock: FakeClock) -> Iterator[RealCloud]:
    """Return the cloud ``here``, which may be changed."""
    clouds_yaml()
    opened = open_cloud(CloudSpec('here'), HTTP, clock)
    opened.allow_changes()
    yield opened
    opened.close()
