"""The port table, its offset, and ports that somebody else holds."""

import socket
from collections.abc import Iterator

import pytest

from lab import ports
from lab.errors import LabError


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Return a port that another program listens on, known to the table as ``nova``."""
    with socket.socket() as server:
        server.bind((ports.ADDRESS, 0))
        server.listen()
        port = server.getsockname()[1]
        monkeypatch.setattr(ports, 'PORTS', {'nova': port})
        yield port


def test_no_port_is_named_twice() -> None:
    assert len(set(ports.PORTS.values())) == len(ports.PORTS)


@pytest.mark.parametrize('offset', [1000, 2000, 3000])
def test_labs_a_thousand_apart_share_no_port(offset: int) -> None:
    assert not set(ports.PORTS.values()) & {port + offset for port in ports.PORTS.values()}


@pytest.mark.parametrize('offset', [-13306, 60000])
def test_offset_out_of_range_is_refused_with_the_range(offset: int) -> None:
    with pytest.raises(LabError, match=r'^--port-offset -?\d+ is out of range: use -?\d+ to \d+\.$'):
        ports.check_offset(offset)


def test_taken_port_is_named_with_its_service_and_the_way_out(held: int) -> None:
    with pytest.raises(LabError, match=rf'^Another program listens on port {held} \(nova\).*--port-offset'):
        ports.refuse_taken(['nova'], 0)


def test_free_port_is_accepted(held: int) -> None:
    ports.refuse_taken([], 0)
    assert ports.is_open(held)
    assert not ports.is_free(held)
