"""The way to another host: the system's own ssh, with the keys, names and jumps that its configuration knows.

It asks nobody anything (a password, whether an unknown host key is right), and checks host keys whatever that
configuration says. What is to be done goes through standard input: the remote shell sees a fixed command only.
"""

import contextlib
import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orphancleanup.errors import ConfigurationError, Unreachable
from orphancleanup.plugins.threepar_lun.host import document
from orphancleanup.plugins.threepar_lun.host.program import NAME
from orphancleanup.plugins.threepar_lun.host.users import printable

#: of ssh itself: the connection failed, or was refused
_SSH_FAILED = 255
#: of a remote shell: there is no such command, or it cannot be run
_NO_COMMAND = (126, 127)
_LONGEST_SHOWN = 300
# Names come from Nova and from arrays: none may be an option, a user or a way through a shell.
_HOST = re.compile(r'[A-Za-z0-9][A-Za-z0-9._:-]*')
# The operator's words, but the remote shell reads them.
_COMMAND = re.compile(r'[A-Za-z0-9_./+-]+( [A-Za-z0-9_./+-]+)*')


@dataclass(frozen=True, slots=True)
class Ssh:
    """Asks hosts through ssh.

    :param command: what runs the program on a host (``sudo -n /usr/bin/orphancleanup-host``).
    :param connecting: seconds for a connection.
    :param seconds: for an answer.
    """

    command: str = NAME
    connecting: float = 10.0
    seconds: float = 180.0

    def __post_init__(self) -> None:
        if not _COMMAND.fullmatch(self.command):
            raise ConfigurationError(
                f'The command {self.command!r} of [3par] host_command has something else in it than words and options.'
            )

    def ask(self, host: str, command: str, question: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """Return a host's answer.

        :param host: as ssh knows it.
        :param command: of the program.
        :param question: what it reads from its standard input.
        :raises Unreachable: when it gives none; whether something was done is not known then.
        """
        arguments = self.arguments(host, command)
        try:
            process = subprocess.Popen(
                arguments, text=True, errors='replace', start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
        except OSError as error:
            raise Unreachable(
                f'Host {host} cannot be asked: ssh cannot be run ({error.strerror}).'
            ) from error
        with process:
            return self._answer(host, process, json.dumps(question or {}))

    def arguments(self, host: str, command: str) -> list[str]:
        """Return the argument vector.

        :raises Unreachable: when the host's name could be taken for something else.
        """
        if not _HOST.fullmatch(host):
            raise Unreachable(f'Host {host!r} cannot be asked: that is no name of a host.')
        options = {
            'BatchMode': 'yes',
            'StrictHostKeyChecking': 'yes',
            'ConnectTimeout': f'{self.connecting:.0f}',
            'ServerAliveInterval': '15',
            'ClearAllForwardings': 'yes',
            'ForwardAgent': 'no',
            'PermitLocalCommand': 'no',
            'LogLevel': 'ERROR',
        }
        words = [word for name, value in options.items() for word in ('-o', f'{name}={value}')]
        return ['ssh', '-T', *words, '--', host, f'{self.command} {command}']

    def _answer(self, host: str, process: 'subprocess.Popen[str]', question: str) -> Mapping[str, Any]:
        try:
            output, complaint = process.communicate(question, timeout=self.seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=1)
            raise Unreachable(
                f'Host {host} gave no answer within {self.seconds:g} seconds; look at it by hand.'
            ) from None
        if process.returncode:
            raise Unreachable(_refusal(host, process.returncode, complaint))
        try:
            return document.read(output)
        except ValueError as error:
            raise Unreachable(
                f'Host {host} answered something else than {NAME} does ({error}); install the same version there, and '
                f'let its shell print nothing when nobody sits at it.'
            ) from error


def _refusal(host: str, code: int, complaint: str) -> str:
    said = printable(' '.join(complaint.split()))[-_LONGEST_SHOWN:] or f'exit code {code}'
    if code == _SSH_FAILED:
        return f'Host {host} cannot be reached with ssh: {said}'
    if code in _NO_COMMAND:
        return f'Host {host} has no {NAME}: {said}; install orphancleanup there, or set [3par] host_command.'
    return f'Host {host} did not answer: {said}'
