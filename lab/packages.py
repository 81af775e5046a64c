"""The few Debian packages that the lab needs from the system."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from lab.errors import LabError
from lab.progress import say

# A program of each package. The -core packages bring no system service.
PROGRAMS: Mapping[str, str] = MappingProxyType(
    {
        'mariadb-server-core': 'mariadbd',
        'mariadb-client-core': 'mariadb',
        'qemu-utils': 'qemu-img',
    }
)
SEARCH_PATH = os.pathsep.join((os.environ.get('PATH', ''), '/usr/local/sbin', '/usr/sbin', '/sbin'))


def program(name: str) -> str:
    """Return the path of a system program, also of one in a sbin folder.

    :raises LabError: if it is not installed.
    """
    path = shutil.which(name, path=SEARCH_PATH)
    if path is None:
        raise LabError(f'The program {name} is missing: install its package.')
    return path


def missing() -> list[str]:
    """Return the packages whose program is not there, and ``python3-venv`` if need be."""
    absent = [name for name, binary in PROGRAMS.items() if not shutil.which(binary, path=SEARCH_PATH)]
    try:
        import ensurepip  # noqa: F401  (Debian's own python3 comes without it)
    except ImportError:
        absent.append('python3-venv')
    return absent


def ensure(log: Path) -> None:
    """Install what is missing with apt-get if we are root.

    :param log: the file that apt-get's output goes to.
    :raises LabError: naming the packages, if they cannot be installed.
    """
    absent = missing()
    if not absent:
        return
    names = ' '.join(absent)
    if os.geteuid() != 0 or shutil.which('apt-get') is None:
        raise LabError(f'The lab needs these packages: install them with `apt-get install {names}`.')
    say(f'installing {names}')
    if not (_install(absent, log) or (_apt(['update'], log) and _install(absent, log))):
        raise LabError(f'apt-get could not install {names}; its output is in {log}.')


def _install(names: list[str], log: Path) -> bool:
    return _apt(['install', '-y', '--no-install-recommends', *names], log)


def _apt(arguments: list[str], log: Path) -> bool:
    variables = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
    with log.open('ab') as output:
        done = subprocess.run(
            ["apt-get", "-q", *arguments],
            env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False,
        )  # fmt: skip
    return done.returncode == 0
