"""What tables are like in this release, as the database itself tells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from orphancleanup.database.tables import Table
from orphancleanup.errors import DatabaseRefused


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as this database has it.

    :param key: the columns of the primary key.
    :param unique: the columns of each other unique key.
    :param nullable: the columns that may be NULL.
    :param clause: the table for statements. Without types: values pass as the driver has them, so that they come back.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...]
    nullable: frozenset[str]
    clause: sa.TableClause


def reflect(connection: sa.Connection, table: Table) -> Shape | None:
    """Return what a table is like; None when there is none and there need not be one.

    :raises DatabaseRefused: when it is missing, lacks a column that is needed, or has no primary key although rows of
        it are to be changed.
    """
    inspector = sa.inspect(connection)
    if not _is_there(connection, inspector, table.name):
        if table.is_optional:
            return None
        raise DatabaseRefused(f'the database has no table {table.name!r}: is it the right one?')
    columns = inspector.get_columns(table.name)
    names = tuple(str(each['name']) for each in columns)
    missing = [name for name in table.needs if name not in names]
    if missing:
        raise DatabaseRefused(
            f'its table {table.name!r} has no column {", ".join(map(repr, missing))}: this release is not known'
        )
    key = tuple(inspector.get_pk_constraint(table.name)['constrained_columns'])
    if table.is_changed and not key:
        raise DatabaseRefused(
            f'its table {table.name!r} has no primary key, so that no row of it could be restored'
        )
    return Shape(
        table.name,
        names,
        key,
        tuple(sorted({*_constraints(inspector, table.name), *_indexes(inspector, table.name)})),
        frozenset(str(each['name']) for each in columns if each['nullable']),
        sa.table(table.name, *(sa.column(name) for name in names)),
    )


def _is_there(connection: sa.Connection, inspector: sa.Inspector, name: str) -> bool:
    """Return whether there is such a table.

    To an account without rights to it, MariaDB and MySQL hide a table: only one with any right to the database as a
    whole sees all names.

    :raises DatabaseRefused: when it is not shown, and may be hidden.
    """
    if connection.dialect.name == 'sqlite':
        return inspector.has_table(name)
    if connection.execute(_SHOWN, {'name': name}).scalar():
        return True
    if not connection.execute(_SEES_ALL).scalar():
        raise DatabaseRefused(
            f'the account may not see whether there is a table {name!r}; see "orphancleanup database grants"'
        )
    return False


_SHOWN = sa.text(
    'SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = :name'
)
_SEES_ALL = sa.text(
    'SELECT (SELECT COUNT(*) FROM information_schema.schema_privileges WHERE DATABASE() LIKE table_schema) '
    "+ (SELECT COUNT(*) FROM information_schema.user_privileges WHERE privilege_type <> 'USAGE')"
)


def _constraints(inspector: sa.Inspector, name: str) -> Iterable[tuple[str, ...]]:
    return (tuple(map(str, each['column_names'])) for each in inspector.get_unique_constraints(name))


def _indexes(inspector: sa.Inspector, name: str) -> Iterable[tuple[str, ...]]:
    return (tuple(map(str, each['column_names'])) for each in inspector.get_indexes(name) if each['unique'])


def private_unique(shape: Shape, known: Iterable[str]) -> Mapping[str, None]:
    """Return the columns that must become NULL so that a unique key no longer counts a row.

    :param known: the columns that upstream releases have; what else is part of a unique key, and may be NULL, a private
        release has added to tell live rows from others (``uq_name_active``).
    """
    return {
        name: None
        for columns in shape.unique
        for name in columns
        if name in shape.nullable and name not in known
    }
