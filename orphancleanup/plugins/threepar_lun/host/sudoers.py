"""What an account other than root needs to ask for maps and to remove them: two whole command lines, without a pattern.

A pattern for single commands would allow more than it says: ``*`` of sudoers stands for blanks and slashes, too, so
that ``tee /sys/block/sd*/device/delete`` writes any file.
"""

import re
import shutil
import sys
from pathlib import Path

from orphancleanup.errors import UsageError
from orphancleanup.plugins.threepar_lun.host.program import NAME, SCAN, STOP

_ACCOUNT = re.compile(r'[a-z_][a-z0-9_.-]*\$?')
# These mean something in sudoers.
_PATH = re.compile(r'/[A-Za-z0-9_./+-]+')


def lines(account: str, program: str, may_stop: bool = True) -> tuple[str, ...]:
    """Return the lines for a file in ``/etc/sudoers.d``.

    :param account: that logs in through ssh.
    :param program: the absolute path of the program on the host.
    :param may_stop: whether it may remove maps, too, and not only read.
    :raises UsageError: when one of them would mean something else there.
    """
    if not _ACCOUNT.fullmatch(account):
        raise UsageError(f'{account!r} is no name of an account.')
    if not _PATH.fullmatch(program):
        raise UsageError(f'{program!r} is no absolute path that sudoers can have.')
    commands = [SCAN, STOP] if may_stop else [SCAN]
    return (
        f'# {account} may ask {NAME} for multipath maps'
        + (', and have it remove them.' if may_stop else '.'),
        *(f'{account} ALL=(root) NOPASSWD: {program} {command}' for command in commands),
    )


def installed() -> str:
    """Return the path of the program that belongs to this installation.

    :raises UsageError: when there is none.
    """
    beside = Path(sys.argv[0]).absolute().with_name(NAME)
    found = str(beside) if beside.exists() else shutil.which(NAME)
    if not found:
        raise UsageError(f'{NAME} is not installed here; say with --program where it is on the hosts.')
    return found
