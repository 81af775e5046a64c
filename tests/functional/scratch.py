"""Databases of their own in the lab's MariaDB, for tests of what is done to rows."""

import contextlib
import secrets
from collections.abc import Iterator
from typing import Any

import pymysql  # type: ignore[import-untyped]

from lab.layout import Lab
from orphancleanup.testing.rows import Rows


@contextlib.contextmanager
def database(lab: Lab, schema: str) -> Iterator[Rows]:
    """Make a database with a schema, and drop it in the end."""
    name = f'scratch_{secrets.token_hex(6)}'
    statement(lab, f'CREATE DATABASE {name}')
    try:
        rows = Rows(address(lab, name))
        rows.run(schema)
        yield rows
    finally:
        statement(lab, f'DROP DATABASE {name}')


def address(lab: Lab, name: str, account: str = '', password: str = '') -> str:
    """Return where a database is, for the lab's own account or for another."""
    told = f'{account}:{password}' if account else f'lab:{lab.password}'
    return f'mysql+pymysql://{told}@127.0.0.1:{lab.port("mariadb")}/{name}?charset=utf8mb4'


def statement(lab: Lab, text: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run a statement as the lab's own account; return its rows."""
    with connection(lab) as connected, connected.cursor() as cursor:
        cursor.execute(text, values)
        connected.commit()
        return list(cursor.fetchall())


def connection(lab: Lab, database: str | None = None) -> Any:
    """Return a connection of the lab's own account."""
    return pymysql.connect(
        unix_socket=str(lab.socket), user='lab', password=lab.password, database=database, charset='utf8mb4'
    )
