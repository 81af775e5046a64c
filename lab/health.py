"""Whether the services are there: the rows of ``status``."""

import http.client
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from lab.layout import Lab
from lab.ports import ADDRESS, is_open
from lab.processes import Process, find

PROBE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Row:
    """The state of one service.

    :ivar service: its name.
    :ivar pid: its first process, or None.
    :ivar processes: how many it has.
    :ivar memory_mb: their resident set, in MB.
    :ivar port: where it listens.
    :ivar is_up: whether it answers.
    """

    service: str
    pid: int | None
    processes: int
    memory_mb: int
    port: int
    is_up: bool


def answers(url: str) -> bool:
    """Tell whether a service answers HTTP requests, with anything but a server error."""
    host = url.removeprefix('http://').partition('/')[0]
    connection = http.client.HTTPConnection(host, timeout=PROBE_SECONDS)
    try:
        connection.request('GET', '/')
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def rows(lab: Lab) -> list[Row]:
    """Look at every service of a lab."""
    found = find(lab.root)
    return [_row(lab, name, [each for each in found if each.name == name]) for name in lab.names]


def _row(lab: Lab, name: str, own: Sequence[Process]) -> Row:
    is_up = bool(own) and (is_open(lab.port(name)) if name == 'mariadb' else answers(lab.url(name)))
    memory = sum(each.memory for each in own) >> 20
    pid = min((each.pid for each in own), default=None)
    return Row(name, pid, len(own), memory, lab.port(name), is_up)


def table(found: Sequence[Row]) -> str:
    """Render the rows for people."""
    line = '{:<10} {:<5} {:>8} {:>6} {:>7}  {}'
    lines = [line.format('SERVICE', 'STATE', 'PID', 'PORT', 'MB', 'PROCESSES')]
    for row in found:
        state = 'up' if row.is_up else 'down'
        lines.append(line.format(row.service, state, row.pid or '-', row.port, row.memory_mb, row.processes))
    lines.append(line.format('total', '', '', '', sum(row.memory_mb for row in found), ''))
    return '\n'.join(lines)


def as_json(found: Sequence[Row]) -> str:
    """Render the rows for programs."""
    document = {
        'address': ADDRESS,
        'is_up': all(row.is_up for row in found),
        'memory_mb': sum(row.memory_mb for row in found),
        'services': [asdict(row) for row in found],
    }
    return json.dumps(document, indent=2)
