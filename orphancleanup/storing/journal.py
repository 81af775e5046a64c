"""The journal of a run: what was intended and what happened, one JSON object a line."""

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from orphancleanup.clock import Clock, SystemClock
from orphancleanup.errors import JournalError

Record = Mapping[str, Any]
# One for all records: json.dumps would make one for each.
_ENCODER = json.JSONEncoder(separators=(',', ':'))


class Journal:
    """An append-only file of records, used by many threads.

    Open it with :meth:`open`; a second process must not (see :mod:`orphancleanup.storing.lock`).
    """

    def __init__(self, path: Path, descriptor: int, clock: Clock) -> None:
        self.path = path
        self._descriptor = descriptor
        # Nobody else writes it, so that its size is known.
        self._size = os.fstat(descriptor).st_size
        self._clock = clock
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: Path, clock: Clock | None = None) -> Self:
        """Open a journal for appending, and make it when there is none.

        What a crash left of a last line is cut off, so that the next record begins a line of its own.

        :raises JournalError: when the file cannot be opened.
        """
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise JournalError(f'The journal {path} cannot be opened: {error.strerror}.') from error
        try:
            _cut_torn_line(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise JournalError(f'The journal {path} cannot be repaired: {error.strerror}.') from error
        return cls(path, descriptor, clock or SystemClock())

    def write(self, *records: Record) -> None:
        """Append records; they are on the disk when this returns.

        :raises JournalError: when they may not be: nothing that depends on them may be done then.
        """
        self._append(records, durable=True)

    def note(self, *records: Record) -> None:
        """Append records that a crash of the machine may lose; a crash of the process does not.

        :raises JournalError: when they cannot be written.
        """
        self._append(records, durable=False)

    def close(self) -> None:
        """Make everything durable and close; a closed journal may be closed again."""
        with self._lock:
            if self._descriptor < 0:
                return
            descriptor, self._descriptor = self._descriptor, -1
            try:
                os.fdatasync(descriptor)
            except OSError as error:
                raise JournalError(f'The journal {self.path} cannot be written: {error.strerror}.') from error
            finally:
                os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _append(self, records: tuple[Record, ...], durable: bool) -> None:
        with self._lock:
            time = self._clock.now().isoformat()
            lines = ''.join(_ENCODER.encode({'time': time, **record}) + '\n' for record in records)
            if self._descriptor < 0:
                raise JournalError(f'The journal {self.path} is closed.')
            try:
                self._write_whole(lines.encode())
                if durable:
                    os.fdatasync(self._descriptor)
            except OSError as error:
                raise JournalError(
                    f'The journal {self.path} cannot be written: {error.strerror}; '
                    f'make room for it and resume the run.'
                ) from error

    def _write_whole(self, data: bytes) -> None:
        """Write all, or leave nothing of it: a part of a line in the middle would spoil the journal."""
        whole = self._size + len(data)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size = whole


def read(path: Path) -> tuple[dict[str, Any], ...]:
    """Return all records of a journal, the oldest first; a torn last line is dropped.

    :raises JournalError: when there is none, or a line other than a torn last one is broken.
    """
    try:
        lines = path.read_bytes().split(b'\n')
    except OSError as error:
        raise JournalError(f'The journal {path} cannot be read: {error.strerror}.') from error
    # What follows the last newline was never acknowledged as written, so nothing depends on it.
    return tuple(_parsed(path, number, line) for number, line in enumerate(lines[:-1], 1))


def _parsed(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise JournalError(
            f'Line {number} of the journal {path} is broken; the run cannot be resumed.'
        ) from error
    if not isinstance(record, dict):
        raise JournalError(f'Line {number} of the journal {path} is no record; the run cannot be resumed.')
    return record


def _cut_torn_line(descriptor: int) -> None:
    size = end = os.fstat(descriptor).st_size
    block = 65536
    while end:
        start = max(0, end - block)
        newline = os.pread(descriptor, end - start, start).rfind(b'\n')
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        os.ftruncate(descriptor, end)
        os.fdatasync(descriptor)
