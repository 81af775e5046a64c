"""The archives that a kernel unpacks into its first file system: cpio, in the format ``newc``."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MAGIC = '070701'
_END = 'TRAILER!!!'
_WORD = 4
#: several archives may follow one another when each is as long as a multiple of this
_BLOCK = 512


def write(target: Path, folder: Path, prefix: str = '', without: str = '') -> None:
    """Write a folder, with all that is in it, into an archive. Everything in it belongs to root.

    :param prefix: the folder that it is unpacked to, without a slash at its ends.
    :param without: the name of what is left out, wherever it is.
    """
    with target.open('wb') as file:
        for name in _above(prefix):
            _write_one(file, name, stat.S_IFDIR | 0o755, b'')
        for path in _below(folder, without):
            status = path.lstat()
            name = f'{prefix}/{path.relative_to(folder)}'.lstrip('/')
            _write_one(file, name, status.st_mode, _content(path, status.st_mode))
        _write_one(file, _END, 0, b'')
        file.write(b'\0' * (-file.tell() % _BLOCK))


def _above(prefix: str) -> Iterator[str]:
    parts = Path(prefix).parts
    for length in range(1, len(parts) + 1):
        yield '/'.join(parts[:length])


def _below(folder: Path, without: str) -> Iterator[Path]:
    """Yield what is in a folder, a folder before what is in it; links are not followed."""
    for path in sorted(each for each in folder.iterdir() if each.name != without):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _below(path, without)


def _content(path: Path, mode: int) -> bytes:
    if stat.S_ISLNK(mode):
        return os.readlink(path).encode()
    return path.read_bytes() if stat.S_ISREG(mode) else b''


def _write_one(file: BinaryIO, name: str, mode: int, content: bytes) -> None:
    encoded = name.encode() + b'\0'
    # inode, mode, user, group, links, time, size, device, device of a node, length of the name, checksum
    numbers = (0, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(encoded), 0)
    _write_padded(file, _MAGIC.encode() + b''.join(b'%08X' % number for number in numbers) + encoded)
    _write_padded(file, content)


def _write_padded(file: BinaryIO, content: bytes) -> None:
    file.write(content + b'\0' * (-len(content) % _WORD))
