"""Where a lab keeps what: its folders, ports, addresses and credentials."""

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lab import environment
from lab.errors import LabError
from lab.ports import ADDRESS, ARRAY_PORT, EXTRAS, PORTS, check_offset, number

REGION = 'RegionOne'
DATABASES = (
    "keystone", "glance", "placement", "neutron", "nova_api", "nova_cell0", "nova", "cinder", "heat",
)  # fmt: skip
ENDPOINT_PATHS = {
    'keystone': '/v3',
    'nova': '/v2.1',
    'cinder': '/v3/%(project_id)s',
    'heat': '/v1/%(project_id)s',
}
# A Unix socket's path must fit into sockaddr_un.sun_path.
SOCKET_PATH_LIMIT = 107


@dataclass(frozen=True, slots=True)
class Lab:
    """One lab: a folder and what was decided when it was made.

    :ivar root: the absolute folder of the lab.
    :ivar offset: what is added to every port of the table.
    :ivar password: the password of every account of the lab.
    :ivar environment: the virtual environment that the services run in.
    :ivar extras: what it has besides, by its names in the table of ports.
    """

    root: Path
    offset: int
    password: str
    environment: Path
    extras: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that runs in it."""
        return (*PORTS, *self.extras)

    @property
    def etc(self) -> Path:
        """Configuration files; written anew at every ``up``."""
        return self.root / 'etc'

    @property
    def log(self) -> Path:
        """One log file a service."""
        return self.root / 'log'

    @property
    def run(self) -> Path:
        """Process ids and sockets."""
        return self.root / 'run'

    @property
    def state(self) -> Path:
        """What the services store: database, images, volumes."""
        return self.root / 'state'

    @property
    def baseline(self) -> Path:
        """The copy of ``state`` that ``reset`` goes back to."""
        return self.root / 'baseline'

    @property
    def python_path(self) -> Path:
        """The folder that makes the lab's own modules importable to the services."""
        return self.etc / 'python'

    @property
    def clouds_yaml(self) -> Path:
        """The clients' configuration file."""
        return self.root / 'clouds.yaml'

    @property
    def socket(self) -> Path:
        """The database's Unix socket."""
        return self.run / 'mariadb' / 'socket'

    @property
    def faults_off(self) -> Path:
        """The file whose existence repairs the storage backend."""
        return self.state / 'cinder' / 'faults-off'

    def port(self, name: str) -> int:
        """Return the port of a service."""
        return number(name) + self.offset

    @property
    def array_port(self) -> int:
        """The port of the 3PAR array that Cinder has volumes on."""
        return ARRAY_PORT + self.offset

    def url(self, name: str) -> str:
        """Return the root URL of a service."""
        return f'http://{ADDRESS}:{self.port(name)}'

    def endpoint(self, name: str) -> str:
        """Return the URL of a service as it stands in the catalog."""
        return self.url(name) + ENDPOINT_PATHS.get(name, '')

    def database_url(self, name: str) -> str:
        """Return the SQLAlchemy URL of one database."""
        account = f'lab:{self.password}@{ADDRESS}:{self.port("mariadb")}'
        return f'mysql+pymysql://{account}/{name}?charset=utf8'

    def description(self) -> dict[str, Any]:
        """Return what ``lab.json`` tells to tests and to later commands."""
        return {
            'version': 1,
            'dir': str(self.root),
            'port_offset': self.offset,
            'password': self.password,
            'environment': str(self.environment),
            'python': str(self.environment / 'bin' / 'python'),
            'clouds_yaml': str(self.clouds_yaml),
            'region': REGION,
            'auth_url': self.endpoint('keystone'),
            'extras': list(self.extras),
            'ports': {name: self.port(name) for name in self.names},
            'urls': {name: self.endpoint(name) for name in self.names if name != 'mariadb'},
            'database': {
                'host': ADDRESS,
                'port': self.port('mariadb'),
                'socket': str(self.socket),
                'user': 'lab',
                'password': self.password,
                'databases': list(DATABASES),
                'urls': {name: self.database_url(name) for name in DATABASES},
            },
            'paths': {name: str(getattr(self, name)) for name in ('etc', 'log', 'run', 'state')},
            'faults_off': str(self.faults_off),
            'array_url': f'http://{ADDRESS}:{self.array_port}/api/v1',
        }


def default_root() -> Path:
    """Return the lab's default folder: ``.lab`` in this checkout."""
    return Path(__file__).resolve().parent.parent / '.lab'


def load(root: Path, offset: int | None = None) -> Lab:
    """Read the lab of a folder.

    :param root: the lab's folder.
    :param offset: the offset asked for, or None for whatever the lab was made with.
    :returns: the lab.
    :raises LabError: if there is none, it cannot be read, or it has another offset.
    """
    path = root / 'lab.json'
    try:
        known = json.loads(path.read_text())
        extras = tuple(each for each in known.get('extras', ()) if each in EXTRAS)
        lab = Lab(root, known['port_offset'], known['password'], Path(known['environment']), extras)
    except FileNotFoundError:
        raise LabError(f'There is no lab in {root}: make one with `python3 -m lab up`.') from None
    except (ValueError, KeyError, OSError) as error:
        raise LabError(f'{path} cannot be read ({error}): remove {root} and run `up` again.') from None
    if offset is not None and offset != lab.offset:
        raise LabError(
            f'The lab in {root} was made with --port-offset {lab.offset}: leave the option out, '
            'or name another folder with --dir.'
        )
    return lab


def load_or_create(root: Path, offset: int | None) -> Lab:
    """Read the lab of a folder, or make a new one there.

    :param root: the lab's folder.
    :param offset: the offset asked for, or None.
    :returns: the lab; ``lab.json`` describes it from now on.
    :raises LabError: if the folder's lab has another offset, or other versions of the services.
    """
    if not (root / 'lab.json').exists():
        return create(root, offset or 0)
    lab = load(root, offset)
    if lab.environment != environment.location():
        raise LabError(
            f'The lab in {root} was made with other versions of the services: remove it with '
            '`python3 -m lab down --remove`, then run `up` again.'
        )
    return lab


def with_extras(lab: Lab, extras: Iterable[str]) -> Lab:
    """Return a lab that has something besides from now on; its ``lab.json`` remembers it."""
    larger = replace(lab, extras=tuple(dict.fromkeys((*lab.extras, *extras))))
    if larger != lab:
        _note(larger)
    return larger


def without_extra(lab: Lab, name: str) -> Lab:
    """Return a lab that has something no more from now on; its ``lab.json`` remembers it."""
    smaller = replace(lab, extras=tuple(each for each in lab.extras if each != name))
    _note(smaller)
    return smaller


def make_folder(root: Path) -> None:
    """Make a lab's folder unless it is there; the database's user may enter, not look.

    :raises LabError: if it cannot be made, or holds something else.
    """
    try:
        root.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(f'The folder {root} cannot be made: {error.strerror}.') from None
    names = {each.name for each in root.iterdir()}
    if names - {'lock', 'packages.log'} and 'lab.json' not in names:
        raise LabError(f'The folder {root} holds something else than a lab: choose another --dir.')


def create(root: Path, offset: int) -> Lab:
    """Decide what a new lab is, and note it in its ``lab.json``."""
    check_offset(offset)
    lab = Lab(root, offset, secrets.token_hex(12), environment.location())
    if len(str(lab.socket)) > SOCKET_PATH_LIMIT:
        raise LabError(f"{root} is too long a path for the database's socket: choose a shorter --dir.")
    _note(lab)
    return lab


def _note(lab: Lab) -> None:
    write_private(lab.root / 'lab.json', json.dumps(lab.description(), indent=2) + '\n')


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, all of it or nothing."""
    partial = path.with_name(path.name + '.partial')
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'w') as file:
        file.write(text)
    partial.replace(path)
