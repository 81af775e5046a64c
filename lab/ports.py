"""The one table of ports, and the check that they are free."""

import socket
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from lab.errors import LabError

ADDRESS = '127.0.0.1'

PORTS: Mapping[str, int] = MappingProxyType(
    {
        'mariadb': 13306,
        'keystone': 15000,
        'glance': 19292,
        'placement': 18778,
        'neutron': 19696,
        'nova': 18774,
        'cinder': 18776,
        'heat': 18004,
    }
)

#: what a lab has only when it is asked for (``up --with NAME``)
EXTRAS: Mapping[str, int] = MappingProxyType({'contrail': 18082, 'sahara': 18386})
#: the 3PAR array, which the process of Cinder serves, too
ARRAY_PORT = 18008

HIGHEST_PORT = 65535


def number(name: str) -> int:
    """Return the port of a service, without any offset."""
    return PORTS[name] if name in PORTS else EXTRAS[name]


def check_offset(offset: int) -> None:
    """Refuse an offset that moves a port out of the usable range.

    :param offset: what is added to every port of the table.
    :raises LabError: if a port would be below 1024 or above 65535.
    """
    every = (*PORTS.values(), *EXTRAS.values())
    low, high = 1024 - min(every), HIGHEST_PORT - max(every)
    if not low <= offset <= high:
        raise LabError(f'--port-offset {offset} is out of range: use {low} to {high}.')


def is_open(port: int) -> bool:
    """Tell whether something listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((ADDRESS, port)) == 0


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def refuse_taken(names: Iterable[str], offset: int) -> None:
    """Refuse to start on ports that another program holds.

    :param names: names of the port table.
    :param offset: what is added to every port of the table.
    :raises LabError: naming every taken port and the way out.
    """
    wanted = {name: number(name) + offset for name in names}
    if 'cinder' in wanted:
        wanted['array'] = ARRAY_PORT + offset
    taken = [f'{port} ({name})' for name, port in wanted.items() if not is_free(port)]
    if taken:
        raise LabError(
            f'Another program listens on port {", ".join(taken)}: stop it, or make a lab in '
            'another folder with --dir DIR --port-offset N.'
        )
