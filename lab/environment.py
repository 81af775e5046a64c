"""The virtual environments of the services, of tempest and more, shared between checkouts in the user's cache."""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.disk import refuse_full
from lab.errors import LabError
from lab.progress import say

HERE = Path(__file__).resolve().parent
CONSTRAINTS = HERE / 'constraints.txt'
REQUIREMENTS = HERE / 'requirements.txt'


@dataclass(frozen=True, slots=True)
class Packages:
    """What goes into an environment.

    :ivar name: how the environment is called.
    :ivar requirements: what is asked for.
    :ivar constraints: the version of each, and of all that comes with it.
    """

    name: str
    requirements: Path
    constraints: Path


SERVICES = Packages('lab', REQUIREMENTS, CONSTRAINTS)
TEMPEST = Packages('tempest', HERE / 'tempest-requirements.txt', HERE / 'tempest-constraints.txt')
SAHARA = Packages('sahara', HERE / 'sahara-requirements.txt', HERE / 'sahara-constraints.txt')
ANSIBLE = Packages('ansible', HERE / 'ansible-requirements.txt', HERE / 'ansible-constraints.txt')
# The file that says that an environment was built to its end.
COMPLETE = 'orphancleanup-lab-complete'


def fingerprint(contents: bytes, python: str) -> str:
    """Return the name part that tells one set of versions from another.

    :param contents: the text of the constraints and the requirements.
    :param python: version and place of the Python that the environment is built with.
    :returns: twelve hexadecimal digits.
    """
    return hashlib.sha256(contents + python.encode()).hexdigest()[:12]


def cache_folder() -> Path:
    """Return ``$XDG_CACHE_HOME/orphancleanup`` or its default."""
    base = os.environ.get('XDG_CACHE_HOME') or Path.home() / '.cache'
    return Path(base).absolute() / 'orphancleanup'


def location(packages: Packages = SERVICES) -> Path:
    """Return where the environment for this checkout and this Python is, built or not."""
    contents = packages.constraints.read_bytes() + packages.requirements.read_bytes()
    python = f'{platform.python_version()} {sys.base_prefix}'
    return cache_folder() / f'{packages.name}-{fingerprint(contents, python)}'


def is_complete(path: Path) -> bool:
    """Tell whether an environment was built to its end and its Python is still there."""
    return (path / COMPLETE).exists() and (path / 'bin' / 'python').exists()


def ensure(path: Path, variables: dict[str, str], packages: Packages = SERVICES) -> None:
    """Build the environment unless it is there; one that was left half built is made anew.

    :param path: where the environment belongs.
    :param variables: environment variables for pip, that mark it as the lab's process.
    :raises LabError: with the log's path, if pip fails, or if the disk is full.
    """
    if is_complete(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.with_suffix('.lock')) as lock:
        if is_complete(path):
            return
        refuse_full(path.parent, f'The virtual environment of {_called(packages)}')
        say(f'installing {_called(packages)} from PyPI into {path} (about a minute)')
        _build(path, variables, lock, packages)


def _called(packages: Packages) -> str:
    return 'the services' if packages is SERVICES else packages.name


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    with path.open('w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another build of the services' virtual environment")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _build(path: Path, variables: dict[str, str], lock: int, packages: Packages) -> None:
    shutil.rmtree(path, ignore_errors=True)
    log = path.with_suffix('.log')
    pip = [str(path / 'bin' / 'python'), '-m', 'pip', '--disable-pip-version-check']
    install = ['install', '--no-compile', '-c', str(packages.constraints), '-r', str(packages.requirements)]
    with log.open('wb') as output:
        for command in ([sys.executable, '-m', 'venv', str(path)], [*pip, *install]):
            # pip holds the lock too: a build that outlives a killed `up` is waited for.
            done = subprocess.run(
                command, env=variables, pass_fds=[lock], start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
            )  # fmt: skip
            if done.returncode:
                what = _called(packages).capitalize()
                raise LabError(f"{what} could not be installed from PyPI; pip's output is in {log}.")
    (path / COMPLETE).touch()
