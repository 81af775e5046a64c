"""Which database is whose: from the settings, or from the services' own configuration files."""

import configparser
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from orphancleanup.errors import ConfigurationError
from orphancleanup.installed.fallbacks import LoadedFallback
from orphancleanup.settings import DatabaseSettings

if TYPE_CHECKING:
    from orphancleanup.database.connections import Database

# The group and the option since 2013.2, and what they were called before and beside it.
_PLACES = (('database', 'connection'), ('database', 'sql_connection'), ('DEFAULT', 'sql_connection'))
_REFERENCE = re.compile(r'\$\{?\w')


class Databases:
    """The databases of a run, each opened when it is needed."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._open: dict[str, Database] = {}

    def get(self, name: str) -> 'Database':
        """Return the database of a service.

        :raises ConfigurationError: when it is not told where it is, or not rightly.
        """
        # SQLAlchemy takes longer to import than all else, and most runs need no database.
        from orphancleanup.database.connections import Database

        if name not in self._open:
            self._open[name] = Database(name, self._address(name))
        return self._open[name]

    def dispose(self) -> None:
        """Close what was opened."""
        for database in self._open.values():
            database.dispose()

    def _address(self, name: str) -> str:
        if name in self._settings.connections:
            return self._settings.connections[name]
        if name in self._settings.files:
            return address_in(self._settings.files[name])
        raise ConfigurationError(
            f'Where the database of {name} is, is not told: set {_option(name)}_connection, or {_option(name)}_conf to '
            f'the configuration file of {name}, in the group [mysql-fallback] of the configuration file.'
        )


def unset(settings: DatabaseSettings, rescuers: Mapping[str, LoadedFallback]) -> Mapping[str, str]:
    """Return the setting that the database steps of a kind lack, by kind; none of a kind that lacks none."""
    known = {*settings.connections, *settings.files}
    return {
        kind: f'[mysql-fallback] {_option(loaded.fallback.database)}_connection'
        for kind, loaded in rescuers.items()
        if loaded.fallback.database not in known
    }


def _option(name: str) -> str:
    return name.replace('-', '_')


def address_in(file: str) -> str:
    """Return where a service's database is, by its own configuration file.

    :raises ConfigurationError: when it cannot be read, or does not tell.
    """
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section='')
    try:
        with open(file, encoding='utf-8') as opened:
            parser.read_file(opened)
    except (OSError, UnicodeDecodeError, configparser.Error) as error:
        # Without what the parser quotes: such files are full of secrets.
        raise ConfigurationError(
            f'{file} cannot be read ({type(error).__name__}); correct [mysql-fallback].'
        ) from error
    for group, option in _PLACES:
        found = parser.get(group, option, fallback=None)
        if found and not _REFERENCE.search(found):
            return found.strip('\'"')
    raise ConfigurationError(
        f'{file} does not tell where the database is: it has no "connection" in the group [database]; give the '
        f'address itself.'
    )
