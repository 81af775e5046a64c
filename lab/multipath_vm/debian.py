"""Debian's packages: which ones are needed, and unpacked without being installed."""

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from lab.errors import LabError

# What the guest needs nothing of: these only serve installation, or bring what busybox has.
_LEFT_OUT = frozenset(
    {
        'adduser', 'cdebconf', 'coreutils', 'debconf', 'dpkg', 'dracut', 'dracut-core', 'init-system-helpers',
        'initramfs-tools', 'libpam-modules', 'libpam-modules-bin', 'libpam-runtime', 'linux-base', 'lsb-base',
        'mailcap', 'media-types', 'openssh-sftp-server', 'passwd', 'perl', 'perl-base', 'procps', 'runit-helper',
        'sensible-utils', 'sg3-utils-udev', 'sysvinit-utils', 'systemd', 'tar', 'tiny-initramfs', 'tzdata', 'ucf',
        'usrmerge', 'usr-is-merged',
    }
)  # fmt: skip
_ONLY_DEPENDS = (
    '--no-recommends', '--no-suggests', '--no-conflicts', '--no-breaks', '--no-replaces', '--no-enhances',
)  # fmt: skip


def closure(names: Iterable[str]) -> list[str]:
    """Return packages with all that they depend on, without what only serves their installation.

    :raises LabError: when apt does not know one.
    """
    found: set[str] = set()
    ahead = set(names)
    while ahead:
        found |= ahead
        ahead = _dependencies(sorted(ahead)) - found - _LEFT_OUT
    return sorted(found)


def _dependencies(names: Sequence[str]) -> set[str]:
    found = set()
    is_alternative = False
    for line in _output('apt-cache', 'depends', *_ONLY_DEPENDS, *names).splitlines():
        word, _, name = line.strip().partition(': ')
        # Of "|Depends: one" and "Depends: other" the first one does; <name> is no package of its own.
        if word.lstrip('|').endswith('Depends') and not is_alternative and not name.startswith('<'):
            found.add(name)
        is_alternative = word.startswith('|')
    return found


def lacking(names: Sequence[str]) -> list[str]:
    """Return packages, with those that they depend on and that this system lacks.

    :raises LabError: when apt does not know one.
    """
    told = _output('apt-get', 'install', '--simulate', '--no-install-recommends', *names)
    return sorted({*names, *(line.split()[1] for line in told.splitlines() if line.startswith('Inst '))})


def update() -> None:
    """Have apt read anew which packages there are.

    :raises LabError: when it cannot; only root may.
    """
    _output('apt-get', '-q', 'update')


def newest(name: str) -> str:
    """Return the package that one without content stands for (``linux-image-amd64``).

    :raises LabError: when there is none.
    """
    found = sorted(each for each in _dependencies([name]) if each.startswith('linux-image-'))
    if not found:
        raise LabError(f'The package {name} stands for no kernel: run `apt-get update`.')
    return found[0]


def unpack(names: Sequence[str], folder: Path) -> None:
    """Fetch packages, and unpack them into a folder.

    :raises LabError: when one cannot be fetched or unpacked.
    """
    fetched = folder.with_name(folder.name + '-packages')
    for each in (folder, fetched):
        each.mkdir(parents=True)
    _output('apt-get', '-q', 'download', *names, folder=fetched)
    for package in sorted(fetched.glob('*.deb')):
        _output('dpkg-deb', '--extract', str(package), str(folder))
        package.unlink()
    fetched.rmdir()


def _output(*command: str, folder: Path | None = None) -> str:
    """Run a command, and return what it says.

    :raises LabError: with its complaint, when it fails.
    """
    variables = {**os.environ, 'LC_ALL': 'C', 'DEBIAN_FRONTEND': 'noninteractive'}
    try:
        done = subprocess.run(
            command,
            env=variables,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise LabError(f"The virtual machine needs Debian's {command[0]}: {error.strerror}.") from error
    if done.returncode:
        raise LabError(f'{" ".join(command[:2])} failed: {done.stderr.strip()[-500:]}')
    return done.stdout
