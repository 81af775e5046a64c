"""Progress on a terminal, with rich."""

import contextlib
import functools
from collections.abc import Callable
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from orphancleanup.report.printable import printable


def _unhindered(show: Callable[..., None]) -> Callable[..., None]:
    """Have a terminal that is gone (its window was closed) end no run: nobody watches any more."""

    @functools.wraps(show)
    def shown(*args: object, **options: object) -> None:
        with contextlib.suppress(OSError):
            show(*args, **options)

    return shown


class TerminalProgress:
    """One line for the current stage; notes scroll above it. Used from one thread or many.

    Satisfies :class:`orphancleanup.progress.Progress`.
    """

    def __init__(self, stderr: TextIO) -> None:
        self._console = Console(file=stderr, markup=False, highlight=False, emoji=False)
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    @_unhindered
    def stage(self, title: str, total: int | None = None) -> None:
        """A stage begins."""
        progress = self._open()
        if self._task is not None:
            progress.remove_task(self._task)
        self._task = progress.add_task(printable(title), total=total)

    def advance(self, done: int = 1) -> None:
        """So many more of the stage are done."""
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, done)

    @_unhindered
    def note(self, text: str) -> None:
        """Something worth a line happened."""
        self._console.print(printable(text))

    def close(self) -> None:
        """Take the line away; the next stage brings it back."""
        progress, self._progress, self._task = self._progress, None, None
        if progress is not None:
            _unhindered(progress.stop)()

    def _open(self) -> Progress:
        if self._progress is None:
            self._progress = Progress(
                SpinnerColumn(),
                TextColumn('{task.description}', markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                console=self._console,
                transient=True,
            )
            self._progress.start()
        return self._progress
