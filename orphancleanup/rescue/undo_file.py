"""What the database steps of a run changed: ``undo.jsonl`` in its folder, one transaction a line.

It holds rows as they were, with all that is secret in them, so that they can be put back; only its owner may read it.
"""

import enum
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from orphancleanup.clock import Clock
from orphancleanup.database.changes import Change
from orphancleanup.errors import JournalError
from orphancleanup.model import Ref
from orphancleanup.storing import files, journal
from orphancleanup.storing.journal import Journal

NAME = 'undo.jsonl'


class State(enum.StrEnum):
    """What became of a transaction, as far as the file tells."""

    PREPARED = 'prepared'
    ROLLED_BACK = 'rolled-back'
    COMMITTED = 'committed'
    FINISHED = 'finished'
    UNDONE = 'undone'


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transaction as it was before its commit.

    :param id: its own, made for this file.
    :param database: whose database it was in (``heat``).
    """

    id: str
    ref: Ref
    step: str
    database: str
    changes: tuple[Change, ...]
    state: State = State.PREPARED

    @classmethod
    def new(cls, ref: Ref, step: str, database: str, changes: Iterable[Change]) -> Self:
        """Return a transaction that is about to be committed."""
        return cls(uuid.uuid4().hex, ref, step, database, tuple(changes))


class UndoFile:
    """The file, while a run writes to it."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock

    def prepare(self, transaction: Prepared) -> None:
        """Write what a transaction is going to change; it is on the disk when this returns.

        :raises JournalError: when it may not be: then the transaction must not be committed.
        """
        try:
            changes = [change.plain() for change in transaction.changes]
        except TypeError as error:
            raise JournalError(
                f'{transaction.ref} cannot be restored afterwards: {error}; nothing was changed.'
            ) from error
        self._write(
            {
                'event': 'prepared',
                'transaction': transaction.id,
                'kind': transaction.ref.kind,
                'id': transaction.ref.id,
                'step': transaction.step,
                'database': transaction.database,
                'changes': changes,
            }
        )

    def tell(self, transaction: Prepared, state: State) -> None:
        """Write what became of a transaction.

        :raises JournalError: when it cannot be written.
        """
        self._write({'event': str(state), 'transaction': transaction.id})

    def _write(self, record: Mapping[str, Any]) -> None:
        is_new = not self._path.exists()
        with Journal.open(self._path, self._clock) as file:
            if is_new:
                file.write(
                    {
                        'event': 'begin',
                        'format': 'orphancleanup-undo',
                        'version': 1,
                        'warning': 'This file holds secrets: rows of databases as they were, passwords included.',
                    }
                )
                # A file whose name is not on the disk would be lost with all that is in it.
                files.sync_folder(self._path.parent)
            file.write(record)


def read(path: Path) -> tuple[Prepared, ...]:
    """Return the transactions in an undo file, the oldest first; none when there is no file.

    :raises JournalError: when it cannot be read, or is damaged.
    """
    if not path.exists():
        return ()
    found: dict[str, Prepared] = {}
    for number, record in enumerate(journal.read(path), 1):
        try:
            _take(found, record)
        except (KeyError, ValueError, TypeError) as error:
            raise JournalError(f'Line {number} of the undo file {path} is broken: {error}.') from error
    return tuple(found.values())


def _take(found: dict[str, Prepared], record: Mapping[str, Any]) -> None:
    event = record['event']
    if event == 'begin':
        if (record['format'], record['version']) != ('orphancleanup-undo', 1):
            raise ValueError('it was written by another version of orphancleanup')
        return
    identifier = str(record['transaction'])
    if event == 'prepared':
        found[identifier] = Prepared(
            identifier,
            Ref(str(record['kind']), str(record['id'])),
            str(record['step']),
            str(record['database']),
            tuple(Change.restored(each) for each in record['changes']),
        )
    else:
        found[identifier] = replace(found[identifier], state=State(event))
