"""One transaction in a service's database: it locks, reads, and changes only what was locked and declared."""

import dataclasses
import datetime
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

import sqlalchemy as sa

from orphancleanup.database import failures, shapes
from orphancleanup.database.changes import Change
from orphancleanup.database.shapes import Shape
from orphancleanup.database.tables import Table
from orphancleanup.database.values import Row
from orphancleanup.errors import DatabaseRefused, NotFound, PluginError
from orphancleanup.model import Ref

#: column to the value that it must have: one, None for NULL, or any of several
Where = Mapping[str, Any]
_CHUNK = 500


class Facts(Protocol):
    """What a transaction may ask of the cloud, while it holds its locks: reading only."""

    @property
    def project_id(self) -> str:
        """The project that the run works from."""

    def is_gone(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_gone`."""

    def is_project_gone(self, project_id: str) -> bool:
        """Return whether Keystone positively has no such project."""


class Transaction:
    """One transaction, made by :class:`orphancleanup.database.connections.Database`. Used by one thread, in ``with``.

    :param declared: the tables of the fallback, by name.
    :param is_rehearsal: whether changes are only noted, and nothing is locked.
    """

    def __init__(
        self, connection: sa.Connection, declared: Mapping[str, Table], facts: Facts, is_rehearsal: bool
    ) -> None:
        self._connection = connection
        self._declared = declared
        self._facts = facts
        self._is_rehearsal = is_rehearsal
        self._shapes: dict[str, Shape | None] = {}
        self._locked: dict[tuple[str, tuple[Any, ...]], Row] = {}
        #: what was changed, in order
        self.changes: list[Change] = []
        #: the statements that changed it, in order, each with what it did to its row
        self.statements: list[tuple[sa.Update | sa.Delete, Change]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with failures.translated(suppressing=error is not None):
            self._connection.close()

    # What may be asked

    def is_gone(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_gone`."""
        return self._facts.is_gone(ref)

    @property
    def project_id(self) -> str:
        """The project that the run works from, which lives."""
        return self._facts.project_id

    def is_project_gone(self, project_id: str) -> bool:
        """Return whether Keystone positively has no such project; it is asked just now."""
        return self._facts.is_project_gone(project_id)

    def now(self) -> datetime.datetime:
        """Return the database's own time, naive, UTC, without fractions, as OpenStack's services keep it."""
        if self._connection.dialect.name == 'sqlite':
            return datetime.datetime.now(datetime.UTC).replace(tzinfo=None, microsecond=0)
        with failures.translated():
            found: datetime.datetime = self._connection.execute(
                sa.text('SELECT UTC_TIMESTAMP()')
            ).scalar_one()
        return found

    def moment(self, value: object) -> datetime.datetime | None:
        """Return a time in a row, naive, UTC; None for none. SQLite keeps times as text."""
        if isinstance(value, str):
            return datetime.datetime.fromisoformat(value)
        return value if isinstance(value, datetime.datetime) else None

    def has(self, table: str, *columns: str) -> bool:
        """Return whether there are such a table and such columns in it."""
        shape = self._shape(table)
        return shape is not None and set(columns) <= set(shape.columns)

    def may_be_null(self, table: str, column: str) -> bool:
        """Return whether a column is there and may be NULL."""
        shape = self._shape(table)
        return shape is not None and column in shape.nullable

    def private_unique(self, table: str, known: Iterable[str]) -> Mapping[str, None]:
        """See :func:`orphancleanup.database.shapes.private_unique`."""
        shape = self._shape(table)
        return shapes.private_unique(shape, known) if shape else {}

    # Reading

    def lock(self, table: str, where: Where) -> tuple[Row, ...]:
        """Return rows with all columns, locked until the end, in the order of the primary key.

        :returns: none when there is no such table.
        """
        shape = self._shape(table)
        if shape is None:
            return ()
        found = tuple(self._select(shape, where, is_locking=not self._is_rehearsal))
        for row in found:
            self._locked[table, _key(shape, row)] = row
        return found

    def read(self, table: str, where: Where) -> tuple[Row, ...]:
        """Return rows with all columns, without a lock; they cannot be changed.

        :returns: none when there is no such table.
        """
        shape = self._shape(table)
        return tuple(self._select(shape, where, is_locking=False)) if shape else ()

    def lock_one(self, table: str, identifier: str) -> Row:
        """Return the row with an id, locked.

        :raises NotFound: when there is none.
        """
        found = self.lock(table, {'id': identifier})
        if not found:
            raise NotFound(404, f'The database has no row {identifier} in {table}.')
        return found[0]

    def refuse(self, why: str) -> DatabaseRefused:
        """Return the error for a condition that does not hold, to be raised."""
        return DatabaseRefused(f'{why}; nothing was changed in the database.')

    # Changing

    def update(self, table: str, rows: Iterable[Row], values: Row, is_derived: bool = False) -> None:
        """Set columns of locked rows; those that this release does not have are left out.

        :param is_derived: see :class:`orphancleanup.database.changes.Change`.
        """
        shape = self._known(table)
        declared = self._declared[table]
        own = {name: self._sent(value) for name, value in values.items() if name in shape.columns}
        private = set(self.private_unique(table, ())) if declared.frees_unique else set()
        undeclared = own.keys() - set(declared.updates) - private
        if undeclared:
            raise PluginError(f'A fallback sets {sorted(undeclared)} of {table}, which it has not declared.')
        for row in rows if own else ():
            key = self._require_locked(shape, row)
            statement = sa.update(shape.clause).where(*_is(shape, key)).values(own)
            self._change(statement, Change(table, key, row, {**row, **own}, is_derived))
            self._locked[table, tuple(key.values())] = {**row, **own}

    def delete(self, table: str, rows: Iterable[Row]) -> None:
        """Delete locked rows."""
        shape = self._known(table)
        if not self._declared[table].deletes:
            raise PluginError(f'A fallback deletes from {table}, which it has not declared.')
        for row in rows:
            key = self._require_locked(shape, row)
            statement = sa.delete(shape.clause).where(*_is(shape, key))
            self._change(statement, Change(table, key, row, None))
            del self._locked[table, tuple(key.values())]

    def insert(self, table: str, row: Row) -> None:
        """Put a deleted row back; only to undo."""
        statement = sa.insert(self._known(table).clause).values(dict(row))
        self._execute(statement)

    def commit(self) -> None:
        """Make it so."""
        with failures.translated():
            self._connection.commit()

    # Inside

    def _sent(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime) and self._connection.dialect.name == 'sqlite':
            # As SQLAlchemy's own type writes it there, and so OpenStack's services do.
            return value.strftime('%Y-%m-%d %H:%M:%S.%f')
        return value

    def shape(self, table: str) -> Shape | None:
        """Return what a table is like in this release; None when it is not there and need not be."""
        return self._shape(table)

    def _shape(self, table: str) -> Shape | None:
        if table not in self._declared:
            raise PluginError(f'A fallback uses the table {table!r}, which it has not declared.')
        if table not in self._shapes:
            with failures.translated():
                self._shapes[table] = shapes.reflect(self._connection, self._declared[table])
        return self._shapes[table]

    def _known(self, table: str) -> Shape:
        shape = self._shape(table)
        assert shape, table
        return shape

    def _select(self, shape: Shape, where: Where, is_locking: bool) -> Iterator[Row]:
        missing = sorted(where.keys() - set(shape.columns))
        if missing:
            raise DatabaseRefused(
                f'its table {shape.name!r} has no column {missing[0]!r}: this release is not known'
            )
        columns = [shape.clause.c[name] for name in shape.columns]
        for part in _chunks(where):
            conditions = [_condition(shape.clause.c[name], value) for name, value in part.items()]
            statement = sa.select(*columns).where(*conditions)
            statement = statement.order_by(*(shape.clause.c[name] for name in shape.key))
            if is_locking:
                statement = statement.with_for_update()
            with failures.translated():
                yield from (dict(row) for row in self._connection.execute(statement).mappings().all())

    def _require_locked(self, shape: Shape, row: Row) -> dict[str, Any]:
        key = _key(shape, row)
        if self._locked.get((shape.name, key)) != row:
            raise PluginError(f'A fallback changes a row of {shape.name} that it has not locked.')
        return dict(zip(shape.key, key, strict=True))

    def _change(self, statement: sa.Update | sa.Delete, change: Change) -> None:
        self._note(change)
        self.statements.append((statement, change))
        if not self._is_rehearsal and self._execute(statement) != 1:
            raise DatabaseRefused(
                f'the row {change} has changed meanwhile; nothing was changed in the database.'
            )

    def _note(self, change: Change) -> None:
        """Note a change; one of a row that was changed before becomes one with that."""
        earlier = next(
            (each for each in self.changes if (each.table, each.key) == (change.table, change.key)), None
        )
        if earlier:
            self.changes.remove(earlier)
            change = dataclasses.replace(change, before=earlier.before)
        self.changes.append(change)

    def _execute(self, statement: sa.Executable) -> int:
        with failures.translated():
            done = self._connection.execute(statement)
            return int(getattr(done, 'rowcount', 0))


def _key(shape: Shape, row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in shape.key)


def _is(shape: Shape, key: Row) -> list[sa.ColumnElement[bool]]:
    return [shape.clause.c[name] == value for name, value in key.items()]


def _condition(column: sa.ColumnClause[Any], value: Any) -> sa.ColumnElement[bool]:
    if value is None:
        return column.is_(None)
    return column.in_(value) if isinstance(value, tuple) else column == value


def _chunks(where: Where) -> Iterator[dict[str, Any]]:
    """Yield conditions whose lists are short enough for one statement."""
    lists = {name: tuple(value) for name, value in where.items() if _is_several(value)}
    single = {name: value for name, value in where.items() if name not in lists}
    if not lists:
        yield single
        return
    name, values = max(lists.items(), key=lambda each: len(each[1]))
    others = {other: value for other, value in lists.items() if other != name}
    for start in range(0, len(values), _CHUNK):
        yield {**single, **others, name: values[start : start + _CHUNK]}


def _is_several(value: Any) -> bool:
    return isinstance(value, tuple | list | set | frozenset)
