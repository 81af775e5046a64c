"""The repository of stestr: one stream a run, named by its number.

A run that was killed has left its stream under the name of a temporary file (stestr/repository/file.py,
``_SafeInserter``).
"""

from pathlib import Path

from orphancleanup.errors import UsageError

FOLDER = '.stestr'


def latest(folder: Path) -> Path:
    """Return the stream of the latest run of a repository.

    :param folder: the repository, or what it is in.
    :raises UsageError: when there is none, or no run in it.
    :raises OSError: when it cannot be read.
    """
    base = folder / FOLDER if (folder / FOLDER).is_dir() else folder
    if not (base / 'format').is_file():
        raise UsageError(
            f'{folder} has no repository of stestr: name a folder with {FOLDER} in it, or a file.'
        )
    streams = [each for each in base.iterdir() if _is_stream(each)]
    if not streams:
        raise UsageError(f'No test run is in {base}.')
    return max(streams, key=lambda each: each.stat().st_mtime_ns)


def _is_stream(file: Path) -> bool:
    return (file.name.isdigit() or file.name.startswith('tmp')) and file.is_file() and file.stat().st_size > 0
