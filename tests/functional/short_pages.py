"""More processes of the lab's API services, which cut every list short; the lab itself runs on as it is.

They have the lab's databases, and take its tokens. They are for reading: only Keystone changes things without workers.
"""

import contextlib
import json
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from lab import configuration, health, processes, services
from lab.layout import Lab
from lab.options import Sections
from lab.ports import ADDRESS
from lab.services import Service

#: what a page has at most
LIMIT = 2
_SECONDS = 60.0
#: where a service answers below its port
_BELOW = MappingProxyType(
    {'identity': '/v3', 'block_storage': '/v3', 'compute': '/v2.1', 'image': '/v2', 'network': '/v2.0'}
)


@dataclass(frozen=True, slots=True)
class Short:
    """A service whose lists are cut.

    :ivar api: what openstacksdk calls it.
    :ivar service: how its process is started.
    :ivar limits: the options that cut them.
    :ivar cut: a list that is longer than a page: its path, and its name in the answer.
    """

    api: str
    service: Service
    limits: Sections
    cut: tuple[str, str]


_USERS = ('/users', 'users')
#: Keystone says that a list was cut. For users, groups, projects and domains it links to what comes after, for all else
#: to the same page again.
LIST_LIMIT = Short('identity', services.KEYSTONE, {'DEFAULT': {'list_limit': LIMIT}}, _USERS)
#: Keystone does not say so, and links to nothing; it cuts users, groups, projects and domains only
MAX_DB_LIMIT = Short('identity', services.KEYSTONE, {'DEFAULT': {'max_db_limit': LIMIT}}, _USERS)
#: what comes after is linked to, or there when it is asked for
OTHERS = (
    Short(
        'block_storage',
        Service('cinder', 'serve', ('cinder.wsgi.api', '4')),
        {'DEFAULT': {'osapi_max_limit': LIMIT}},
        ('/volumes?all_tenants=1', 'volumes'),
    ),
    Short(
        'compute',
        Service('nova', 'serve', ('nova.wsgi.osapi_compute', '4')),
        {'api': {'max_limit': LIMIT}},
        ('/flavors', 'flavors'),
    ),
    Short(
        'image',
        Service('glance', 'serve', ('glance.wsgi.api', '4')),
        {'DEFAULT': {'api_limit_max': LIMIT, 'limit_param_default': LIMIT}},
        ('/images', 'images'),
    ),
    Short(
        'network',
        Service('neutron', 'neutron_all'),
        {'DEFAULT': {'pagination_max_limit': LIMIT}},
        ('/networks', 'networks'),
    ),
)


@contextlib.contextmanager
def running(lab: Lab, folder: Path, *shorts: Short) -> Iterator[Mapping[str, str]]:
    """Run services beside the lab's own.

    :param folder: for their configuration.
    :returns: yields what openstacksdk calls a service to the address of it.
    """
    ports = {each.api: _free_port() for each in shorts}
    pids = {_start(lab, folder, each, ports[each.api]) for each in shorts}
    try:
        _wait(ports)
        yield {name: f'http://{ADDRESS}:{port}{_BELOW[name]}' for name, port in ports.items()}
    finally:
        own = [each for each in processes.find(lab.root) if each.pid in pids]
        processes.stop(lab.root, own, processes.TERM_GRACE)


def clouds_yaml(lab: Lab, folder: Path, addresses: Mapping[str, str]) -> Path:
    """Write a ``clouds.yaml`` whose cloud ``lab`` has some services elsewhere; return it."""
    document = json.loads(lab.clouds_yaml.read_text())
    for name, address in addresses.items():
        document['clouds']['lab'][f'{name}_endpoint_override'] = address
    path = folder / 'clouds.yaml'
    path.write_text(json.dumps(document))
    return path


def _start(lab: Lab, folder: Path, short: Short, port: int) -> int:
    name = short.service.name
    # What a service wants beside its configuration (Nova's paste file) comes along.
    shutil.copytree(lab.etc / name, folder / name)
    (path,) = (each for each in configuration.FILES if each.startswith(f'{name}/'))
    options = configuration.FILES[path](lab)
    for section, values in short.limits.items():
        options[section] = {**options.get(section, {}), **values}
    (folder / path).write_text(configuration.ini(options))
    arguments = [*services.python(lab), f'lab.inside.{short.service.module}', str(port)]
    arguments += short.service.arguments
    if name in services.WITH_CONFIG_FILE:
        arguments += ['--config-file', str(folder / path)]
    variables = {**services.variables(lab), f'OS_{name.upper()}_CONFIG_DIR': str(folder / name)}
    return processes.start(lab, processes.Command(f'short-{name}', arguments, variables))


def _wait(ports: Mapping[str, int]) -> None:
    end = time.monotonic() + _SECONDS
    while missing := [name for name, port in ports.items() if not health.answers(f'http://{ADDRESS}:{port}')]:
        assert time.monotonic() < end, f'{missing} with short pages did not come up'
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])
