"""What a transaction did to one row: enough to do it again, to undo it, and to tell which of both is true."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orphancleanup.database import values
from orphancleanup.database.values import Row


@dataclass(frozen=True, slots=True)
class Change:
    """One row before and after.

    :param key: the values of its primary key.
    :param before: all columns.
    :param after: all columns; None when the row was deleted.
    :param is_derived: whether what it says follows from other rows (a quota's usage), and may have changed since.
    """

    table: str
    key: Row
    before: Row
    after: Row | None
    is_derived: bool = False

    def __str__(self) -> str:
        return f'{self.table} {", ".join(str(value) for value in self.key.values())}'

    @property
    def new(self) -> dict[str, Any]:
        """The columns that differ, with what they are after it; nothing for a row that was deleted."""
        after = self.after or {}
        return {name: value for name, value in after.items() if value != self.before[name]}

    def plain(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            'table': self.table,
            'key': values.plain_row(self.key),
            'before': values.plain_row(self.before),
            'after': None if self.after is None else values.plain_row(self.after),
            'is_derived': self.is_derived,
        }

    @classmethod
    def restored(cls, record: Mapping[str, Any]) -> 'Change':
        """Return what :meth:`plain` returned.

        :raises ValueError: when it is something else.
        """
        try:
            after = record['after']
            return cls(
                str(record['table']),
                values.restored_row(record['key']),
                values.restored_row(record['before']),
                None if after is None else values.restored_row(after),
                bool(record['is_derived']),
            )
        except (KeyError, AttributeError, TypeError, ArithmeticError) as error:
            raise ValueError('it is no change of a row') from error
