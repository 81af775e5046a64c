"""Files that are either whole or not there."""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def atomic_write(path: Path, text: str | Iterable[str], overwrite: bool = False) -> None:
    """Write a file that only its owner may read; a reader sees the old one or the new one, never a part.

    The file and its name are on the disk when this returns.

    :param text: as one piece, or piece by piece.
    :param overwrite: whether a file of this name may be replaced.
    :raises FileExistsError: when there is one and it may not.
    """
    # Of a long name a part: a name has room for 255 bytes.
    descriptor, temporary = tempfile.mkstemp(prefix=f'.{path.name[:40]}.', dir=path.parent)
    try:
        with open(descriptor, 'w', encoding='utf-8') as file:
            file.writelines((text,) if isinstance(text, str) else text)
            file.flush()
            os.fsync(file.fileno())
        _publish(temporary, path, overwrite)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
    sync_folder(path.parent)


def _publish(temporary: str, path: Path, overwrite: bool) -> None:
    if overwrite:
        os.replace(temporary, path)
    else:
        # Unlike a rename, a link never replaces what another process has put there since we looked.
        os.link(temporary, path)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it, that only their owner may enter; existing ones stay as they are."""
    for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
