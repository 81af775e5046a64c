"""Where a lab keeps what: its folders, ports, addresses and credentials."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.ports import ADDRESS, PORTS

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


@dataclass(frozen=True, slots=True)
class Lab:
    """One lab: a folder and what was decided when it was made.

    :ivar root: the absolute folder of the lab.
    :ivar offset: what is added to every port of the table.
    :ivar password: the password of every account of the lab.
    :ivar environment: the virtual environment that the services run in.
    """

    root: Path
    offset: int
    password: str
    environment: Path

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
        """Answer the port of a service."""
        return PORTS[name] + self.offset

    def url(self, name: str) -> str:
        """Answer the root URL of a service."""
        return f'http://{ADDRESS}:{self.port(name)}'

    def endpoint(self, name: str) -> str:
        """Answer the URL of a service as it stands in the catalog."""
        return self.url(name) + ENDPOINT_PATHS.get(name, '')

    def database_url(self, name: str) -> str:
        """Answer the SQLAlchemy URL of one database."""
        account = f'lab:{self.password}@{ADDRESS}:{self.port("mariadb")}'
        return f'mysql+pymysql://{account}/{name}?charset=utf8'

    def description(self) -> dict[str, Any]:
        """Answer what ``lab.json`` tells to tests and to later commands."""
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
            'ports': {name: self.port(name) for name in PORTS},
            'urls': {name: self.endpoint(name) for name in PORTS if name != 'mariadb'},
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
        }


def load(root: Path, offset: int | None = None) -> Lab:
    """Read the lab of a folder; see :func:`lab.record.load`, which is to be called instead."""
    from lab import record

    return record.load(root, offset)
