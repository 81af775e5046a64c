"""What a fallback says of the tables that it touches."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """What a fallback does in one table. It may do nothing else, and its account needs no other rights.

    :param needs: columns without which the fallback refuses: it would change what it does not understand.
    :param updates: columns that it sets, as far as this release has them.
    :param deletes: whether it deletes rows.
    :param is_optional: whether there are releases without the table.
    :param frees_unique: whether it also empties columns of a unique key that no upstream release has.
    """

    name: str
    needs: tuple[str, ...] = ()
    updates: tuple[str, ...] = ()
    deletes: bool = False
    is_optional: bool = False
    frees_unique: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether rows of it are changed or deleted."""
        return bool(self.updates or self.deletes)
