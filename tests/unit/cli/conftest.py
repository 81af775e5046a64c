"""The program on a fake cloud with invented kinds, in this process."""

import io
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from orphancleanup import clock
from orphancleanup.cli import logs, main
from orphancleanup.clouds import connect
from orphancleanup.installed import registry
from tests.unit import storehouse
from tests.unit.storehouse import Storehouse

DOUBLED = re.compile(r'(?<=[\w)])\.[.;:,](?![./])')


@dataclass(frozen=True)
class Ended:
    """What a run of the program ended with."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path):
    """Keep the user's environment and configuration out, and the process's log as it is."""
    for name in [name for name in os.environ if name.startswith('OS_')]:
        monkeypatch.delenv(name)
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.delenv('COLUMNS', raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, 'configure', lambda *_: None)
    return tmp_path


@pytest.fixture
def run(alone, house: Storehouse, monkeypatch, capsys) -> Callable[..., Ended]:
    """Return a function that runs the program; with ``answer`` somebody sits at the terminal and types that."""
    monkeypatch.setattr(registry, 'load', storehouse.registry)
    monkeypatch.setattr(connect, 'open_cloud', lambda *_, **__: house.cloud)
    monkeypatch.setattr(clock, 'SystemClock', lambda: house.cloud.clock)

    def run(*argv: str, answer: str | None = None) -> Ended:
        capsys.readouterr()
        with monkeypatch.context() as terminal:
            error = Terminal()
            terminal.setattr(sys, 'stdin', io.StringIO() if answer is None else Terminal(answer + '\n'))
            if answer is not None:
                terminal.setattr(sys, 'stderr', error)
            code = main.main(argv)
        out, err = capsys.readouterr()
        assert 'Traceback' not in err + error.getvalue()
        assert not DOUBLED.search(err + error.getvalue()), 'a full stop after a full stop'
        return Ended(code, out, err + error.getvalue())

    return run
