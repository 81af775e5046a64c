"""What people see and answer: lines on stderr, progress, and the question before a removal."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

from orphancleanup.cli.tables import columns_of
from orphancleanup.progress import Progress, Silence
from orphancleanup.report.printable import printable
from orphancleanup.report.widths import lines, width

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
        self._later: list[str] = []

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

    def say(self, told: Iterable[str]) -> None:
        """Show lines, unless silence was asked for."""
        if not self.is_quiet:
            self.tell(told)

    def tell(self, told: Iterable[str]) -> None:
        """Show lines that must be seen; that nobody can be told changes nothing of what was done."""
        text = ''.join(printable(line) + '\n' for line in told)
        with contextlib.suppress(OSError), self.paused() as stderr:
            stderr.write(text)

    def say_below(self, told: Iterable[str]) -> None:
        """Keep lines for the end, where the eye is when a table has gone by; silence holds for them, too."""
        if not self.is_quiet:
            self.tell_below(told)

    def tell_below(self, told: Iterable[str]) -> None:
        """Keep lines that must be seen for the end."""
        self._later += told

    def catch_up(self) -> None:
        """Show the lines that were kept; on a terminal they are broken between words."""
        kept, self._later = self._later, []
        room = columns_of(self._stderr) if self._stderr.isatty() else None
        self.tell(itertools.chain.from_iterable(broken(line, room) for line in kept))

    def clear(self) -> None:
        """Take progress away: what else the terminal shows would be written into its line, and erased with it."""
        if self._progress:
            self._progress.close()

    @contextlib.contextmanager
    def paused(self) -> Iterator[TextIO]:
        """Return stderr with no progress on it."""
        self.clear()
        yield self._stderr
        self._stderr.flush()

    def ask(self, question: str) -> str:
        """Ask for a line; an end of input is an empty answer."""
        with self.paused() as stderr:
            stderr.write(printable(question) + ' ')
        return self._stdin.readline().strip()


def broken(line: str, room: int | None) -> list[str]:
    """Return a line in several that are no longer than the room; all but the first are indented."""
    text = printable(line)
    if room is None or width(text) <= room:
        return [line]
    indent = text[: len(text) - len(text.lstrip(' '))]
    first, *others = lines(text.lstrip(' '), room - len(indent) - 2)
    return [indent + first, *(f'{indent}  {other}' for other in others)]
