"""Which database is whose: from the settings, or from the services' own configuration files."""

from typing import TYPE_CHECKING

from orphancleanup.database.addresses import address_in
from orphancleanup.errors import ConfigurationError
from orphancleanup.settings import DatabaseSettings

if TYPE_CHECKING:
    from orphancleanup.database.connections import Database


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
        option = name.replace('-', '_')
        raise ConfigurationError(
            f'Where the database of {name} is, is not told: set {option}_connection, or {option}_conf to the '
            f'configuration file of {name}, in the group [mysql-fallback] of the configuration file.'
        )
