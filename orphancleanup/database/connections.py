"""From the settings to a database: the right driver, short waits, and a session that is as safe as it can be."""

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from orphancleanup.database import failures
from orphancleanup.database.tables import Table
from orphancleanup.database.transaction import Facts, Transaction
from orphancleanup.errors import ConfigurationError, DatabaseError, DatabaseRefused

#: seconds for a connection, and for a row that somebody else has locked
PATIENCE = 10
_DRIVERS = {'mysql': 'mysql+pymysql', 'mariadb': 'mysql+pymysql', 'sqlite': 'sqlite+pysqlite'}


class Database:
    """One service's database.

    :param name: whose it is (``heat``), as messages call it.
    :param url: where it is; the password in it is never shown.
    """

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self._url = _url(name, url)
        self._engine = _engine(name, self._url)

    @property
    def shown(self) -> str:
        """Where it is, without the password."""
        return self._url.render_as_string(hide_password=True)

    @property
    def schema(self) -> str:
        """What the database is called."""
        return self._url.database or ''

    @property
    def account(self) -> str:
        """The account that it is used with."""
        return self._url.username or ''

    @property
    def dialect(self) -> sa.Dialect:
        return self._engine.dialect

    @contextlib.contextmanager
    def transaction(
        self, declared: Mapping[str, Table], facts: Facts, is_rehearsal: bool = False
    ) -> Iterator[Transaction]:
        """Begin a transaction; it is rolled back unless it was committed.

        :param is_rehearsal: whether it only reads: the database itself is told so.
        :raises DatabaseError: when something passing is wrong; names the database.
        :raises DatabaseRefused: when something lasting is.
        """
        try:
            with failures.translated():
                connection = self._connected(is_rehearsal)
            with Transaction(connection, declared, facts, is_rehearsal) as begun:
                yield begun
        except (DatabaseError, DatabaseRefused) as error:
            raise type(error)(f'The database of {self.name}: {error}') from error

    def dispose(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _connected(self, is_rehearsal: bool) -> sa.Connection:
        if self.dialect.name == 'sqlite' and not Path(self.schema).exists():
            # The driver would make an empty one.
            raise DatabaseRefused(f'there is no file {self.schema}; correct the connection')
        connection = self._engine.connect()
        try:
            if connection.dialect.name == 'sqlite':
                connection.exec_driver_sql(f'PRAGMA query_only = {"ON" if is_rehearsal else "OFF"}')
                connection.exec_driver_sql('PRAGMA foreign_keys = ON')
                connection.exec_driver_sql('BEGIN' if is_rehearsal else 'BEGIN IMMEDIATE')
            else:
                connection.exec_driver_sql(f'SET SESSION innodb_lock_wait_timeout = {PATIENCE}')
                connection.exec_driver_sql("SET SESSION time_zone = '+00:00'")
                mode = 'READ ONLY' if is_rehearsal else 'READ WRITE'
                connection.exec_driver_sql(f'SET SESSION TRANSACTION {mode}')
                connection.exec_driver_sql(f'START TRANSACTION {mode}')
        except BaseException:
            connection.close()
            raise
        return connection


def _url(name: str, text: str) -> sa.URL:
    try:
        url = sa.make_url(text)
        dialect = url.get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        # Without the text: it has a password in it.
        raise ConfigurationError(
            f'The connection of the database of {name} is no address of a database '
            f'(mysql+pymysql://USER:PASSWORD@HOST/{name}).'
        ) from None
    if dialect not in _DRIVERS:
        raise ConfigurationError(
            f'The database of {name} is {dialect}; only MariaDB, MySQL and SQLite are supported.'
        )
    # oslo.db's own plugins are not ours.
    query = {key: value for key, value in url.query.items() if key != 'plugin'}
    return url.set(drivername=_DRIVERS[dialect], query=query)


def _engine(name: str, url: sa.URL) -> sa.Engine:
    arguments: dict[str, Any] = {'timeout': PATIENCE}
    if url.get_backend_name() == 'mysql':
        arguments = {'connect_timeout': PATIENCE, 'read_timeout': 6 * PATIENCE, 'write_timeout': 6 * PATIENCE}
    try:
        # Without a pool: each transaction has a connection of its own, and nothing of a session outlives it.
        engine = sa.create_engine(
            url, poolclass=sa.pool.NullPool, connect_args=arguments, hide_parameters=True
        )
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f'The database of {name} needs PyMySQL: install orphancleanup[mysql].'
        ) from error
    except TypeError as error:
        raise ConfigurationError(
            f'The connection of the database of {name} has an option that is not known.'
        ) from error
    if url.get_backend_name() == 'sqlite':
        sa.event.listen(engine, 'connect', _leave_transactions_to_us)
    return engine


def _leave_transactions_to_us(connection: Any, _record: object) -> None:
    # The driver would begin one of its own kind, and only before the first change.
    connection.isolation_level = None
