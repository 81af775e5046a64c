"""Runs the installed command against the lab, as a user would: a process of its own, its exit code and its files."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.layout import Lab

PROGRAM = Path(sys.executable).with_name('orphancleanup')
_SECONDS = 240.0
# Few and short pauses: what a test waits for comes soon, or not at all.
_CONFIGURATION = """\
[http]
attempts = {attempts}
longest_wait = 1
timeout = 20
[execution]
first_poll = 0.3
last_poll = 2
"""


@dataclass(frozen=True, slots=True)
class Finished:
    """What a command ended with."""

    code: int
    stdout: str
    stderr: str

    def __str__(self) -> str:
        return f'exit code {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}'


@dataclass(frozen=True)
class Command:
    """The command with a home of its own.

    :ivar home: its folder: the configuration, the runs, the reports.
    :ivar extra: more variables, for instance a proxy.
    :ivar configuration: more of the configuration file.
    :ivar program: how it is started.
    """

    lab: Lab
    home: Path
    extra: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 4
    configuration: str = ''
    program: tuple[str, ...] = (str(PROGRAM),)

    @property
    def runs(self) -> Path:
        """Where its runs are kept."""
        return self.home / 'state' / 'orphancleanup' / 'runs'

    @property
    def environment(self) -> dict[str, str]:
        """The variables that it runs with."""
        configuration = self.home / 'orphancleanup.conf'
        configuration.write_text(_CONFIGURATION.format(attempts=self.attempts) + self.configuration)
        kept = {name: value for name, value in os.environ.items() if not _is_foreign(name)}
        return {
            **kept,
            'OS_CLIENT_CONFIG_FILE': str(self.lab.clouds_yaml),
            'OS_CLOUD': 'lab',
            'XDG_STATE_HOME': str(self.home / 'state'),
            'COLUMNS': '200',
            **self.extra,
        }

    def start(self, *arguments: str, **options: Any) -> 'subprocess.Popen[str]':
        """Begin a command."""
        pipes = {'stdin': subprocess.DEVNULL, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE}
        settings = {**pipes, 'text': True, **options}
        files = ('--config-file', str(self.home / 'orphancleanup.conf'))
        return subprocess.Popen(
            [*self.program, *files, *arguments],
            env=self.environment,
            cwd=self.home,
            **settings,
        )

    def run(self, *arguments: str) -> Finished:
        """Run a command to its end."""
        return finish(self.start(*arguments))

    def report(self, *arguments: str, code: int | tuple[int, ...]) -> dict[str, Any]:
        """Run a command that writes a report; answer the report.

        :param code: how it must end.
        """
        path = self.home / 'report.json'
        path.unlink(missing_ok=True)
        done = self.run(*arguments, '--report-file', str(path))
        assert done.code in (code if isinstance(code, tuple) else (code,)), f'{arguments}: {done}'
        return read_report(path)

    def last_run(self) -> Path:
        """Return the folder of the latest run."""
        return max(self.runs.iterdir())


def finish(process: 'subprocess.Popen[str]') -> Finished:
    """Wait for the end of a command."""
    try:
        stdout, stderr = process.communicate(timeout=_SECONDS)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return Finished(process.returncode, stdout or '', stderr or '')


def read_report(path: Path) -> dict[str, Any]:
    """Return a report file."""
    report: dict[str, Any] = json.loads(path.read_text())
    return report


def results(report: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return kind and id to the result, of all outcomes of a report."""
    return {(each['kind'], each['id']): each['result'] for each in report['outcomes']}


def selected(report: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Return what a dry run would remove, what goes with its owner included."""
    return frozenset((each['kind'], each['id']) for each in report['verdicts'] if each['decision'] != 'keep')


def verdict(report: Mapping[str, Any], kind: str, identifier: str) -> dict[str, Any]:
    """Return the verdict on one resource."""
    (found,) = (each for each in report['verdicts'] if (each['kind'], each['id']) == (kind, identifier))
    assert isinstance(found, dict)
    return found


def _is_foreign(name: str) -> bool:
    return name.startswith('OS_') or name.lower() in ('http_proxy', 'https_proxy', 'all_proxy', 'no_proxy')
