"""What people see and answer: lines on stderr, progress, and the question before a removal."""

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

from orphancleanup.progress import Progress, Silence
from orphancleanup.report.printable import printable

if TYPE_CHECKING:
    from orphancleanup.cli.terminal_progress import TerminalProgress


class Screen:
    """The terminal, or what stands in its place; stdout is not its business.

    :param stdin: where answers come from.
    :param stderr: where lines go.
    """

    def __init__(self, stdin: TextIO, stderr: TextIO) -> None:
        self.is_quiet = False
        self._stdin = stdin
        self._stderr = stderr
        self._progress: TerminalProgress | None = None

    @property
    def can_ask(self) -> bool:
        """Whether somebody sits there who can read a question and answer it."""
        return self._stdin is not None and self._stdin.isatty() and self._stderr.isatty()

    @property
    def progress(self) -> Progress:
        """Where to tell how far a run is: nowhere unless stderr is a terminal."""
        if self.is_quiet or not self._stderr.isatty():
            return Silence()
        if self._progress is None:
            # rich is slow to import.
            from orphancleanup.cli.terminal_progress import TerminalProgress

            self._progress = TerminalProgress(self._stderr)
        return self._progress

    def say(self, lines: Iterable[str]) -> None:
        """Show lines, unless silence was asked for."""
        if not self.is_quiet:
            self.tell(lines)

    def tell(self, lines: Iterable[str]) -> None:
        """Show lines that must be seen."""
        with self.paused() as stderr:
            stderr.writelines(printable(line) + '\n' for line in lines)

    @contextlib.contextmanager
    def paused(self) -> Iterator[TextIO]:
        """Answer stderr with no progress on it."""
        if self._progress:
            self._progress.close()
        yield self._stderr
        self._stderr.flush()

    def ask(self, question: str) -> str:
        """Ask for a line; an end of input is an empty answer."""
        with self.paused() as stderr:
            stderr.write(printable(question) + ' ')
        return self._stdin.readline().strip()
