"""What Sahara's database has of clusters that Sahara shows to nobody, since their project is gone. It is only read."""

import configparser
import contextlib
from collections.abc import Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.database.tables import Table
from orphancleanup.errors import ConfigurationError, DatabaseError, DatabaseRefused, IncompleteListing
from orphancleanup.model import Ref
from orphancleanup.records import Record

_GROUP = 'mysql-fallback'
_PLACES = (('database', 'connection'), ('database', 'sql_connection'), ('DEFAULT', 'sql_connection'))
_NEEDED = (
    'id', 'name', 'tenant_id', 'status', 'status_description', 'is_public', 'is_protected', 'created_at',
    'updated_at',
)  # fmt: skip


class _Silent:
    """For a transaction that asks nothing of a cloud."""

    project_id = ''

    def is_gone(self, ref: Ref) -> bool:
        raise DatabaseRefused(f'whether {ref} is gone is not known')

    def is_project_gone(self, project_id: str) -> bool:
        raise DatabaseRefused(f'whether the project {project_id} is gone is not known')


def read(cloud: Cloud, identifier: str = '') -> Sequence[Record] | None:
    """Return the clusters of all projects as Sahara shows them, or the one with an id; None when nobody tells where.

    :raises IncompleteListing: when the database does not answer, or is of another shape.
    """
    address = _address(cloud)
    if not address:
        return None
    # It takes longer to import than all else, and most runs need no database.
    from orphancleanup.database.connections import Database

    clusters = Table('clusters', needs=_NEEDED)
    try:
        database = Database('sahara', address)
        try:
            with database.transaction({'clusters': clusters}, _Silent(), is_rehearsal=True) as begun:
                return [
                    _shown(each) for each in begun.read('clusters', {'id': identifier} if identifier else {})
                ]
        finally:
            database.dispose()
    except (DatabaseError, ConfigurationError) as error:
        raise IncompleteListing(
            f'The clusters of deleted projects are in the database of Sahara only: {error}'
        ) from error


def _shown(row: Record) -> dict[str, Any]:
    """Return a row as Sahara would show it."""
    told = {name: row[name] for name in _NEEDED}
    for name in ('created_at', 'updated_at'):
        told[name] = str(told[name]) if told[name] else None
    return {**told, 'project_id': told['tenant_id'], 'is_protected': bool(told['is_protected'])}


def _address(cloud: Cloud) -> str:
    options = cloud.options(_GROUP).get(_GROUP, {})
    if options.get('sahara_connection'):
        return str(options['sahara_connection'])
    return _address_in(str(options['sahara_conf'])) if options.get('sahara_conf') else ''


def _address_in(file: str) -> str:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section='')
    # Without what the parser quotes: such files are full of secrets.
    with contextlib.suppress(OSError, UnicodeDecodeError, configparser.Error):
        parser.read(file, encoding='utf-8')
    for group, option in _PLACES:
        found = parser.get(group, option, fallback=None)
        if found:
            return found
    raise IncompleteListing(
        f'{file} does not tell where the database of Sahara is; set sahara_connection in [{_GROUP}].'
    )
