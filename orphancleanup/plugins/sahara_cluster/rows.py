"""What Sahara's database has of clusters that Sahara shows to nobody, since their project is gone. It is only read."""

from collections.abc import Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.database import addresses
from orphancleanup.database.silent import Silent
from orphancleanup.database.tables import Table
from orphancleanup.errors import ConfigurationError, DatabaseError, IncompleteListing
from orphancleanup.records import Record

_NEEDED = (
    'id', 'name', 'tenant_id', 'status', 'status_description', 'is_public', 'is_protected', 'created_at',
    'updated_at',
)  # fmt: skip


def read(cloud: Cloud, identifier: str = '') -> Sequence[Record] | None:
    """Return the clusters of all projects as Sahara shows them, or the one with an id; None when nobody tells where.

    :raises IncompleteListing: when the database does not answer, or is of another shape.
    """
    try:
        address = addresses.configured(cloud, 'sahara')
        return _read(address, {'id': identifier} if identifier else {}) if address else None
    except (DatabaseError, ConfigurationError) as error:
        raise IncompleteListing(
            f'The clusters of deleted projects are in the database of Sahara only: {error}'
        ) from error


def _read(address: str, where: dict[str, str]) -> list[Record]:
    # It takes longer to import than all else, and most runs need no database.
    from orphancleanup.database.connections import Database

    database = Database('sahara', address)
    try:
        clusters = Table('clusters', needs=_NEEDED)
        with database.transaction({'clusters': clusters}, Silent(), is_rehearsal=True) as begun:
            return [_shown(each) for each in begun.read('clusters', where)]
    finally:
        database.dispose()


def _shown(row: Record) -> dict[str, Any]:
    """Return a row as Sahara would show it."""
    told = {name: row[name] for name in _NEEDED}
    for name in ('created_at', 'updated_at'):
        told[name] = str(told[name]) if told[name] else None
    return {**told, 'project_id': told['tenant_id'], 'is_protected': bool(told['is_protected'])}
