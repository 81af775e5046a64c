"""The commands that may be run on a host, as fixed argument vectors: nothing goes through a shell.

A map is named as device mapper names it, and only after that name was read from the kernel and found harmless.
"""

import contextlib
import enum
import re
import subprocess
from dataclasses import dataclass
from typing import Protocol

#: where the programs are looked for; never in a folder that the caller chose
SEARCH_PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
# An alias may be anything; one that begins with a hyphen would be an option.
_NAME = re.compile(r'[A-Za-z0-9_][A-Za-z0-9_.:+-]*')
_MAP = '{map}'


class Tool(enum.Enum):
    """What may be run: an argument vector each, with the map's name in its place."""

    SHOW_MAPS = ('multipathd', 'show', 'maps', 'json')
    LIST = ('multipath', '-ll')
    COUNT_OPENERS = ('dmsetup', 'info', '-c', '--noheadings', '-o', 'open', _MAP)
    SHOW_TABLE = ('dmsetup', 'table', _MAP)
    DISABLE_QUEUEING = ('multipathd', 'disablequeueing', 'map', _MAP)
    FAIL_WITHOUT_PATH = ('dmsetup', 'message', _MAP, '0', 'fail_if_no_path')
    QUEUE_WITHOUT_PATH = ('dmsetup', 'message', _MAP, '0', 'queue_if_no_path')
    RESTORE_QUEUEING = ('multipathd', 'restorequeueing', 'map', _MAP)
    FLUSH = ('multipath', '-f', _MAP)

    def arguments(self, name: str = '') -> tuple[str, ...]:
        """Return the argument vector.

        :param name: of the map in device mapper.
        :raises ValueError: when that name could be taken for something else than a map's.
        """
        if _MAP in self.value and not is_harmless(name):
            raise ValueError(f'the name {name!r} of a map is none that a command may be given')
        return tuple(name if each == _MAP else each for each in self.value)


def is_harmless(name: str) -> bool:
    """Return whether a map's name can be taken for nothing else than a name."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended.

    :param code: its exit code; -1 when there is no such program, or it did not end in time and was given up.
    :param output: its standard output.
    :param complaint: its standard error, or why it did not run.
    """

    code: int
    output: str = ''
    complaint: str = ''

    @property
    def is_well(self) -> bool:
        """Whether it said so."""
        return self.code == 0


class Runner(Protocol):
    """What runs the commands."""

    def run(self, tool: Tool, name: str = '') -> Ended:
        """Run one; see :meth:`Tool.arguments`."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Runs them.

    :param seconds: after which a command is given up.
    """

    seconds: float = 30.0

    def run(self, tool: Tool, name: str = '') -> Ended:
        """Run one. A command that hangs on a dead device is left behind: it cannot be ended."""
        arguments = tool.arguments(name)
        environment = {'PATH': SEARCH_PATH, 'LC_ALL': 'C', 'NO_COLOR': '1'}
        try:
            process = subprocess.Popen(
                arguments, env=environment, text=True, errors='replace', start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            return Ended(-1, complaint=f'{arguments[0]} cannot be run: {error.strerror}')
        try:
            output, complaint = process.communicate(timeout=self.seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=1)
            return Ended(-1, complaint=f'{" ".join(arguments)} did not end within {self.seconds:g} seconds')
        return Ended(process.returncode, output, complaint.strip())
