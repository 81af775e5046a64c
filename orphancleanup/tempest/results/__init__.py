"""What a test run has written about itself: a subunit stream, a ``.stestr`` repository, or a JUnit file."""

from pathlib import Path

from orphancleanup.errors import UsageError
from orphancleanup.judging.trials import TestRun
from orphancleanup.tempest.results import junit, repository, subunit_stream


def read(path: Path) -> TestRun:
    """Read the results of a test run.

    :param path: a subunit stream (version 1 or 2), a JUnit file, a ``.stestr`` repository, or the folder that it is in.
    :raises UsageError: when it cannot be read, or no test is in it; says why.
    """
    try:
        file = repository.latest(path) if path.is_dir() else path
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f'The test results {path} cannot be read: {error.strerror}.') from error
    reader = junit.read if content.lstrip().startswith(b'<') else subunit_stream.read
    run = reader(content, str(file))
    if not run.trials:
        raise UsageError(f'There are no tests in {file}: it is neither a subunit stream nor a JUnit file.')
    return run
