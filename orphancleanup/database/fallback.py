"""The contract of a fallback: how one kind is removed in its service's database when nothing else has helped.

A third party writes one class a kind, with the tables that it touches and one function a step. Everything that keeps a
database safe is done by whoever runs it: the transaction, the locks, the undo file, the limit, and the proof that all
gentler steps were tried.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from orphancleanup.api import Cloud
from orphancleanup.database.changes import Change
from orphancleanup.database.tables import Table
from orphancleanup.model import Part, Resource

if TYPE_CHECKING:
    # Slow to import, and not needed by what only reads the metadata.
    from orphancleanup.database.transaction import Transaction

#: the version of this contract
CONTRACT = 1


class Rescue(Protocol):
    """What a step may ask for before and after its transaction."""

    @property
    def cloud(self) -> Cloud:
        """The cloud, as a handler sees it."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the step's transaction has changed; nothing before it was committed."""

    def rows(self) -> 'AbstractContextManager[Transaction]':
        """Begin a transaction that only reads."""

    def repeat(self, resource: Resource, step: str) -> None:
        """Take one of the steps of the kind's own handler, for the resource as it is now.

        :raises orphancleanup.errors.CloudError: when it is refused, or its level was not allowed.
        """

    def remove_parts(self, parts: Sequence[Part]) -> None:
        """Remove what the rows name and a handler knows, by that handler's own steps, and wait until it is gone.

        :raises orphancleanup.errors.DatabaseRefused: when one of them does not go, or the plan does not name it.
        """

    def require_backend_gone(self, resource: Resource) -> None:
        """Return when the backend has answered that it has no such thing; the answer is in the journal then.

        :raises orphancleanup.errors.DatabaseRefused: when it has it, or no handler can ask that backend.
        """


@dataclass(frozen=True, slots=True)
class DatabaseStep:
    """One step of a fallback: one transaction.

    :param name: unique in the ladder of its kind (``purge``).
    :param change: locks rows, checks what it rests on, and changes them; all in the transaction that it is given. It is
        also run to show what it would do, so it asks and changes nothing else.
    :param removes: False for a step that only prepares the next one (``reset``).
    :param before: what has to be done or proven by APIs before the transaction begins.
    :param after: what has to be done by APIs when it is committed; it may be run again after a crash.
    """

    name: str
    change: 'Callable[[Transaction, Resource], None]'
    removes: bool = True
    before: Callable[[Rescue, Resource], None] | None = None
    after: Callable[[Rescue, Resource], None] | None = None


class Fallback(ABC):
    """Removes one kind in its service's database.

    Instances are made without arguments and keep no state.
    """

    #: the version of the contract that it was written for
    contract: ClassVar[int] = CONTRACT
    #: the kind that it rescues, equal to the name of the entry point
    kind: ClassVar[str]
    #: whose database it needs: the option ``<database>_connection`` of the group ``[mysql-fallback]`` tells where it is
    database: ClassVar[str]
    #: every table that it reads or changes
    tables: ClassVar[tuple[Table, ...]]

    @abstractmethod
    def steps(self, resource: Resource) -> Sequence[DatabaseStep]:
        """Return the steps for a resource as it is, gentlest first; none where the database is of no help."""

    def table(self, name: str) -> Table | None:
        """Return what it says of a table; None for one that it has nothing to do with."""
        return next((each for each in self.tables if each.name == name), None)
