"""The least rights that the configured fallbacks need, as statements for MariaDB and MySQL."""

from collections.abc import Iterable, Mapping

from orphancleanup.database.connections import Database
from orphancleanup.database.fallback import Fallback
from orphancleanup.database.shapes import Shape, private_unique
from orphancleanup.database.silent import Silent
from orphancleanup.database.tables import Table
from orphancleanup.errors import UsageError


def grants(
    database: Database, fallbacks: Iterable[Fallback], account: str, with_undo: bool
) -> tuple[str, ...]:
    """Return a statement for each table that is there, and one that lets the account see which there are.

    :param account: ``NAME@HOST``.
    :param with_undo: whether the account is also to put back what was changed.
    :raises UsageError: when the account is none.
    """
    rights: dict[str, tuple[set[str], bool]] = {}
    for fallback in fallbacks:
        declared = {each.name: each for each in fallback.tables}
        with database.transaction(declared, Silent(), is_rehearsal=True) as begun:
            for table in fallback.tables:
                shape = begun.shape(table.name)
                if shape:
                    updates, deletes = rights.get(table.name, (set(), False))
                    rights[table.name] = (updates | _updates(table, shape), deletes or table.deletes)
    who = _account(account)
    statements = [
        _statement(database.schema, name, who, _words(*rights[name], with_undo)) for name in sorted(rights)
    ]
    # Any right to the database as a whole shows which tables there are; this one opens none of them.
    return (f'GRANT SHOW VIEW ON {_quoted(database.schema)}.* TO {who};', *statements)


def _updates(table: Table, shape: Shape) -> set[str]:
    found = set(table.updates) & set(shape.columns)
    # What is private is known only from the database itself.
    known = set(table.needs) | set(table.updates)
    return found | set(private_unique(shape, known) if table.frees_unique else ())


def _words(updates: set[str], deletes: bool, with_undo: bool) -> str:
    if with_undo and (updates or deletes):
        return 'SELECT, INSERT, UPDATE' + (', DELETE' if deletes else '')
    words = ['SELECT']
    if updates:
        words.append(f'UPDATE ({", ".join(map(_quoted, sorted(updates)))})')
    if deletes:
        words.append('DELETE')
    return ', '.join(words)


def _statement(schema: str, table: str, who: str, words: str) -> str:
    return f'GRANT {words} ON {_quoted(schema)}.{_quoted(table)} TO {who};'


def _account(account: str) -> str:
    name, _, host = account.rpartition('@')
    if not name or not host or set(account) & set('\'"\\`'):
        raise UsageError(f'{account!r} is no account: give it as NAME@HOST (orphancleanup@10.0.0.%).')
    return f"'{name}'@'{host}'"


def _quoted(name: str) -> str:
    return '`' + name.replace('`', '``') + '`'


def by_database(fallbacks: Iterable[Fallback]) -> Mapping[str, list[Fallback]]:
    """Return the fallbacks that work in one database, by whose it is."""
    found: dict[str, list[Fallback]] = {}
    for fallback in fallbacks:
        found.setdefault(fallback.database, []).append(fallback)
    return found
