"""Files that a command writes: whether it can is found out before anything is done."""

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
    if path is None:
        return
    if path.is_dir():
        raise UsageError(f'{option} {path}: this is a folder; name a file in it.')
    if path.exists() and not path.is_file():
        raise UsageError(f'{option} {path}: this is not a regular file.')
    if path.exists() and not overwrite:
        raise UsageError(f'{option} {path}: the file exists; add --overwrite, or name another file.')
    try:
        # To try is the only way to know: file systems may be full or read-only, and root may write anywhere.
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise UsageError(
            f'{option} {path}: cannot be written there ({error.strerror}); name another file.'
        ) from error


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
