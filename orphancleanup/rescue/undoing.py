"""Puts back what a transaction changed, and tells whether one that was cut short was committed."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from orphancleanup.database.changes import Change
from orphancleanup.database.silent import Silent
from orphancleanup.database.tables import Table
from orphancleanup.database.values import Row
from orphancleanup.errors import DatabaseRefused
from orphancleanup.rescue.undo_file import Prepared

if TYPE_CHECKING:
    # They import SQLAlchemy, which most runs do without.
    from orphancleanup.database.connections import Database
    from orphancleanup.database.transaction import Transaction


def undo(database: 'Database', transaction: Prepared, prepare: Callable[[], None]) -> tuple[str, ...]:
    """Put every row of a transaction back as it was.

    :param prepare: called right before the commit.
    :returns: a sentence for each row that follows from others and was left as it is now.
    :raises DatabaseRefused: when any other row has changed since; nothing is put back then.
    """
    left: list[str] = []
    with database.transaction(_tables(transaction.changes), Silent()) as begun:
        for change in reversed(transaction.changes):
            now = _row(begun, change)
            if now == change.before:
                continue
            if now != change.after:
                if not change.is_derived:
                    raise DatabaseRefused(f'{change} has changed since; nothing was put back')
                left.append(f'{change} has changed since, and was left as it is')
            elif now is None:
                begun.insert(change.table, change.before)
            else:
                begun.update(change.table, [now], {name: change.before[name] for name in change.new})
        prepare()
        begun.commit()
    return tuple(left)


def was_committed(database: 'Database', transaction: Prepared) -> bool:
    """Return whether a transaction took effect whose end nobody has seen.

    :raises DatabaseRefused: when its rows are neither as before it nor as after it.
    """
    with database.transaction(_tables(transaction.changes), Silent()) as begun:
        # Locked, so that it has come to its end: the server may still be at work on it.
        rows = [(_row(begun, change), change) for change in transaction.changes if not change.is_derived]
    if all(row == change.before for row, change in rows):
        return False
    if all(row == change.after for row, change in rows):
        return True
    changed = next(change for row, change in rows if row not in (change.before, change.after))
    raise DatabaseRefused(
        f'whether the step {transaction.step} of {transaction.ref} was committed cannot be told: {changed} has changed '
        f'since'
    )


def _row(begun: 'Transaction', change: Change) -> Row | None:
    found = begun.lock(change.table, change.key)
    return found[0] if found else None


def _tables(changes: Iterable[Change]) -> Mapping[str, Table]:
    """Return the tables as an undo needs them."""
    found: dict[str, dict[str, Any]] = {}
    for change in changes:
        found.setdefault(change.table, dict(change.before))
    return {
        name: Table(name, needs=tuple(columns), updates=tuple(columns), deletes=True)
        for name, columns in found.items()
    }
