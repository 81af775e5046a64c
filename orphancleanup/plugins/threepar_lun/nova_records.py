"""What Nova's database has written down of a LUN that the array no longer knows: whose volume it was, and whose server.

The FC driver of Nova keeps the WWID of a volume's map as ``multipath_id`` in ``block_device_mapping.connection_info``,
for as long as the row is kept; deleted servers' rows stay until they are archived. It is only read.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from orphancleanup.api import Cloud
from orphancleanup.database import addresses
from orphancleanup.errors import Unreachable

_PATIENCE = 10
_DRIVERS = {'mysql': 'mysql+pymysql', 'mariadb': 'mysql+pymysql', 'sqlite': 'sqlite'}
_ROWS = sa.text(
    'SELECT instance_uuid, volume_id, connection_info, deleted FROM block_device_mapping '
    'WHERE connection_info LIKE :pattern ORDER BY id DESC LIMIT 50'
)


@dataclass(frozen=True, slots=True)
class Record:
    """A row of ``block_device_mapping`` that names a WWID.

    :param volume: the id of Cinder's volume; empty when the row does not tell.
    :param is_deleted: whether Nova has let go of it.
    """

    volume: str
    server: str
    is_deleted: bool


def of_wwid(cloud: Cloud, wwid: str) -> tuple[Record, ...]:
    """Return the rows that name a WWID, the newest first; nothing when no database of Nova's is configured.

    :raises ConfigurationError: when where it is cannot be told.
    :raises Unreachable: when it does not answer.
    """
    address = addresses.configured(cloud, 'nova')
    return tuple(_read(address, wwid)) if address else ()


def _read(address: str, wwid: str) -> Iterator[Record]:
    try:
        url = sa.make_url(address)
        engine = sa.create_engine(
            url.set(drivername=_DRIVERS.get(url.get_backend_name(), url.drivername)),
            poolclass=sa.NullPool,
            connect_args={'connect_timeout': _PATIENCE, 'read_timeout': _PATIENCE}
            if 'mysql' in address
            else {},
        )
        with engine.connect() as connection:
            rows = connection.execute(_ROWS, {'pattern': f'%{wwid}%'}).all()
    except (sa.exc.SQLAlchemyError, ImportError, ValueError) as error:
        # Without the driver's words, which may have the address in them.
        raise Unreachable(
            f'The database of Nova cannot be read ({type(error).__name__}); see [{addresses.GROUP}].'
        ) from None
    for server, volume, text, deleted in rows:
        info = _parsed(text)
        if _names(info, wwid):
            yield Record(str(volume or info.get('serial') or ''), str(server), bool(deleted))


def _parsed(text: object) -> dict[str, Any]:
    try:
        found = json.loads(str(text))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _names(info: dict[str, Any], wwid: str) -> bool:
    """Return whether it is this LUN that is meant: equal, and not only with these digits in it."""
    data = info.get('data')
    if not isinstance(data, dict):
        return False
    path = str(data.get('device_path') or '')
    return data.get('multipath_id') == wwid or path.rpartition('/')[2] in (wwid, f'dm-uuid-mpath-{wwid}')
