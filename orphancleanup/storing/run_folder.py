"""Where the runs are kept: one folder each, with the plan, the journal and the report."""

import itertools
import json
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orphancleanup.clock import Clock
from orphancleanup.errors import ConfigurationError, JournalError, UsageError
from orphancleanup.storing import files

_RUN_ID = re.compile(r'\d{8}T\d{6}Z-[0-9a-f]{4}')
_SHOWN = 5
# What a name of a file that others' words are part of may not have.
_UNNAMED = re.compile(r'[^0-9A-Za-z.-]')
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @property
    def run_id(self) -> str:
        return self.path.name

    @property
    def plan(self) -> Path:
        return self.path / 'plan.json'

    @property
    def journal(self) -> Path:
        return self.path / 'journal.jsonl'

    @property
    def report(self) -> Path:
        return self.path / 'report.json'

    @classmethod
    def create(cls, clock: Clock, root: Path | None = None) -> 'RunFolder':
        """Make the folder of a new run.

        :param root: where the runs are, when not in the user's own state folder.
        :raises ConfigurationError: when it cannot be made.
        """
        runs = _runs(root)
        try:
            files.make_private_folder(runs)
            while True:
                path = runs / f'{clock.now():%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}'
                try:
                    path.mkdir(mode=0o700)
                except FileExistsError:
                    continue
                _sync_or_remove(runs, path)
                return cls(path)
        except OSError as error:
            raise ConfigurationError(
                f'No folder for the run can be made in {runs}: {error.strerror}; '
                f'set XDG_STATE_HOME to another place.'
            ) from error

    def begin(self, plan: Iterable[str]) -> None:
        """Write the plan of a new run, which must be the first thing in its folder.

        :param plan: the text of its file, piece by piece.
        :raises ConfigurationError: when the folder is that of a run already, or it cannot be written.
        """
        try:
            if self.journal.exists():
                raise FileExistsError
            files.atomic_write(self.plan, plan)
        except FileExistsError as error:
            raise ConfigurationError(
                f'{self.path} is the folder of another run already: nothing was removed; make a new one.'
            ) from error
        except OSError as error:
            raise ConfigurationError(
                f'The plan of the run cannot be written to {self.plan}: {error.strerror}; nothing was removed: '
                f'make room, or set XDG_STATE_HOME to another place.'
            ) from error

    def set_aside(self, name: str, document: Any) -> Path:
        """Keep what a step takes out of a service's hands, secrets included; see :meth:`api.Cloud.set_aside`.

        :raises JournalError: when it cannot be written.
        """
        beginning, text = f'kept-{_UNNAMED.sub("_", name)[:_LONGEST]}', json.dumps(document, indent=1)
        for number in itertools.count(1):
            path = self.path / f'{beginning}{f".{number}" if number > 1 else ""}.json'
            try:
                files.atomic_write(path, text)
            except FileExistsError:
                continue
            except OSError as error:
                raise JournalError(
                    f'{path} cannot be written: {error.strerror}; the step that needs it was not taken.'
                ) from error
            return path
        raise AssertionError('numbers have no end')

    @classmethod
    def find(cls, run_id: str, root: Path | None = None) -> 'RunFolder':
        """Return a run by its id, by the unique beginning of one, or the ``latest``.

        :raises UsageError: when there is none, or more than one.
        """
        runs = list_runs(root)
        if run_id == 'latest':
            if not runs:
                raise UsageError(f'There is no run in {_runs(root)} yet.')
            return runs[-1]
        # Compared with what is there, never made into a path: an id is what somebody typed.
        found = [run for run in runs if run_id and run.run_id.startswith(run_id)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(f'There is no run {run_id!r} in {_runs(root)}; see "orphancleanup run list".')
        shown = ', '.join(run.run_id for run in found[:_SHOWN])
        raise UsageError(f'{len(found)} runs begin with {run_id!r} ({shown}); type more of the id.')


def _sync_or_remove(runs: Path, path: Path) -> None:
    try:
        files.sync_folder(runs)
    except OSError:
        path.rmdir()
        raise


def list_runs(root: Path | None = None) -> tuple[RunFolder, ...]:
    """Return all runs, the oldest first."""
    runs = _runs(root)
    try:
        found = [path for path in runs.iterdir() if _RUN_ID.fullmatch(path.name) and path.is_dir()]
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigurationError(f'The runs in {runs} cannot be listed: {error.strerror}.') from error
    return tuple(RunFolder(path) for path in sorted(found))


def state_folder() -> Path:
    """Return where this user's state is kept: below ``$XDG_STATE_HOME``, else ``~/.local/state``.

    :raises ConfigurationError: when the user has no home, either.
    """
    configured = os.environ.get('XDG_STATE_HOME', '')
    # The XDG base directory specification has relative paths ignored.
    if os.path.isabs(configured):
        return Path(configured) / 'orphancleanup'
    try:
        return Path.home() / '.local' / 'state' / 'orphancleanup'
    except RuntimeError as error:
        raise ConfigurationError(
            'This account has no home folder to keep its runs in: set XDG_STATE_HOME, or HOME, to a folder.'
        ) from error


def _runs(root: Path | None) -> Path:
    return root or state_folder() / 'runs'
