"""A service's database for the tests of fallbacks: SQLite in a file, or any other that is given."""

import contextlib
import hashlib
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from orphancleanup.database.connections import Database
from orphancleanup.database.fallback import Fallback
from orphancleanup.database.transaction import Transaction
from orphancleanup.errors import Unreachable
from orphancleanup.model import Ref, Resource
from orphancleanup.rescue import undoing
from orphancleanup.rescue.undo_file import Prepared


class KnownFacts:
    """What a transaction is told of the cloud.

    :ivar gone: what is positively gone; of everything else that is not in ``living``, nobody knows.
    :ivar project_id: the project that the run works from.
    """

    def __init__(self) -> None:
        self.project_id = 'admin-project'
        self.gone: set[Ref] = set()
        self.living: set[Ref] = set()
        self.projects: set[str] = set()

    def is_gone(self, ref: Ref) -> bool:
        """See :meth:`orphancleanup.api.Cloud.is_gone`."""
        if ref not in self.gone | self.living:
            raise Unreachable(f'Whether {ref} is gone cannot be told: the test has not said it.')
        return ref in self.gone

    def is_project_gone(self, project_id: str) -> bool:
        """Return whether the project is none of ``projects``."""
        return project_id not in self.projects


class Rows:
    """A database that a test fills and looks at.

    :param url: where it is.
    """

    def __init__(self, url: str, name: str = 'service') -> None:
        self.url = url
        self.database = Database(name, url)
        self.facts = KnownFacts()
        self._waiting: list[tuple[str, dict[str, Any]]] = []
        self._is_waiting = False
        self._engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
        if url.startswith('sqlite'):
            # What a test fills need not outlive a crash of the machine.
            sa.event.listen(self._engine, 'connect', lambda each, _: each.execute('PRAGMA synchronous = OFF'))

    @classmethod
    def in_file(cls, path: Path, schema: str) -> Self:
        """Make one of SQLite.

        :param schema: statements that make its tables.
        """
        path.touch(mode=0o600)
        made = cls(f'sqlite:///{path}')
        made.run(schema)
        return made

    def run(self, script: str) -> None:
        """Run statements, each ended by a semicolon at the end of a line."""
        self._write()
        with self._engine.begin() as connection:
            for statement in re.split(r';\s*(?:\n|$)', re.sub(r'(?m)^--.*$', '', script)):
                if statement.strip():
                    connection.exec_driver_sql(statement)

    def put(self, table: str, **values: Any) -> dict[str, Any]:
        """Put a row into a table."""
        self._waiting.append((table, values))
        if not self._is_waiting:
            self._write()
        return values

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Write what is put within at once in the end, or before anything else is read: it is faster."""
        self._is_waiting = True
        try:
            yield
        finally:
            self._is_waiting = False
        self._write()

    def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        with self._engine.begin() as connection:
            for table, values in waiting:
                columns: list[sa.ColumnClause[Any]] = [sa.column(name) for name in values]
                connection.execute(sa.insert(sa.table(table, *columns)).values(values))

    def clear(self) -> None:
        """Delete all rows of all tables."""
        self._waiting = []
        with self._engine.begin() as connection:
            if connection.dialect.name == 'mysql':
                connection.exec_driver_sql('SET SESSION foreign_key_checks = 0')
            quote = connection.dialect.identifier_preparer.quote
            for name in sa.inspect(connection).get_table_names():
                connection.exec_driver_sql(f'DELETE FROM {quote(name)}')

    def change(self, table: str, identifier: object, **values: Any) -> None:
        """Change the row with an id."""
        self._write()
        clause = sa.table(table, sa.column('id'), *(sa.column(name) for name in values))
        with self._engine.begin() as connection:
            connection.execute(sa.update(clause).where(clause.c.id == identifier).values(values))

    def all(self, table: str) -> list[dict[str, Any]]:
        """Return all rows of a table, in the order of its first column."""
        self._write()
        with self._engine.connect() as connection:
            quoted = connection.dialect.identifier_preparer.quote(table)
            found = connection.exec_driver_sql(f'SELECT * FROM {quoted} ORDER BY 1').mappings()
            return [dict(row) for row in found]

    def row(self, table: str, identifier: object) -> dict[str, Any]:
        """Return the row with an id."""
        return next(row for row in self.all(table) if row['id'] == identifier)

    def sums(self) -> dict[str, str]:
        """Return a checksum of each table."""
        names = sa.inspect(self._engine).get_table_names()
        return {name: hashlib.sha256(repr(self.all(name)).encode()).hexdigest() for name in sorted(names)}

    def transaction(
        self, fallback: Fallback, is_rehearsal: bool = False
    ) -> AbstractContextManager[Transaction]:
        """Begin a transaction as a run begins one for a fallback."""
        self._write()
        declared = {each.name: each for each in fallback.tables}
        return self.database.transaction(declared, self.facts, is_rehearsal)

    def take(self, fallback: Fallback, resource: Resource, name: str, is_rehearsal: bool = False) -> Prepared:
        """Take the transaction of one step, and commit it; return what it changed.

        :param is_rehearsal: whether nothing is to be changed.
        """
        step = next(each for each in fallback.steps(resource) if each.name == name)
        with self.transaction(fallback, is_rehearsal) as begun:
            step.change(begun, resource)
            prepared = Prepared.new(resource.ref, name, fallback.database, begun.changes)
            if not is_rehearsal:
                begun.commit()
        return prepared

    def undo(self, done: Prepared) -> tuple[str, ...]:
        """Put back what a step changed."""
        return undoing.undo(self.database, done, lambda: None)
