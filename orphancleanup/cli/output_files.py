"""Files that a command writes: whether it can is found out before anything is done."""

import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from orphancleanup.errors import ConfigurationError, UsageError
from orphancleanup.storing import documents, files


def check(option: str, path: Path | None, overwrite: bool) -> None:
    """Refuse a file that could not be written later.

    :param option: the option that names it, for the sentence.
    :raises UsageError: when it exists and may not be replaced, or its folder is not there or not writable.
    """
    try:
        if path is not None:
            _check(option, path, overwrite)
    except OSError as error:
        raise UsageError(
            f'{option} {path}: cannot be written there ({error.strerror}); name another file.'
        ) from error


def _check(option: str, path: Path, overwrite: bool) -> None:
    if path.is_dir():
        raise UsageError(f'{option} {path}: this is a folder; name a file in it.')
    if path.exists() and not path.is_file():
        raise UsageError(f'{option} {path}: this is not a regular file.')
    if path.exists() and not overwrite:
        raise UsageError(f'{option} {path}: the file exists; add --overwrite, or name another file.')
    # To try is the only way to know: file systems may be full or read-only, and root may write anywhere.
    with tempfile.TemporaryFile(dir=path.parent):
        pass


def check_apart(named: Mapping[str, Path | None], read: Mapping[str, Path | None]) -> None:
    """Refuse files of which one would overwrite another, or what the command reads: a saved state is not made again.

    :param named: option to the file that is to be written.
    :param read: option to the file that is read.
    :raises UsageError: when there are any.
    """
    taken = {os.path.realpath(path): option for option, path in read.items() if path}
    for option, path in named.items():
        if path is None:
            continue
        twin = taken.setdefault(os.path.realpath(path), option)
        if twin != option:
            raise UsageError(f'{option} cannot go with {twin} {path}: both name the same file.')


def write(path: Path, text: str | Iterable[str], overwrite: bool) -> None:
    """Write a file whole, readable by its owner only.

    :raises ConfigurationError: when it cannot be written after all.
    """
    try:
        files.atomic_write(path, text, overwrite)
    except OSError as error:
        raise ConfigurationError(f'{path} cannot be written: {error.strerror}.') from error


def write_json(path: Path, document: Mapping[str, Any], overwrite: bool) -> None:
    """Write a JSON document, a row a line; see :func:`write`."""
    write(path, documents.lines(document), overwrite)
