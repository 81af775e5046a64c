"""Builds the package once in each way that a user may, away from the checkout."""

import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(
    *('.git', '.lab*', '.venv', '.*_cache', '.hypothesis', '.eggs'),
    *('__pycache__', '*.egg-info', 'build', 'dist', '_build', 'AUTHORS', 'ChangeLog'),
)
BUILD = (
    'import sys, importlib; '
    'print(getattr(importlib.import_module(sys.argv[3]), "build_" + sys.argv[1])(sys.argv[2]))'
)


@dataclass(frozen=True, slots=True)
class Installation:
    """A virtual environment with nothing in it but the wheel; what the wheel needs is borrowed from ours."""

    path: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment, away from the checkout."""
        program = self.path / 'bin' / command[0]
        return subprocess.run(
            [program, *command[1:]], cwd=self.path, capture_output=True, text=True, check=False
        )


def copy_of_checkout(target: Path) -> Path:
    """Copy what a tarball of the checkout would hold."""
    return Path(shutil.copytree(ROOT, target, ignore=LEFT_OUT))


def build(kind: str, source: Path, target: Path, backend: str = 'pbr.build') -> Path:
    """Build an sdist or a wheel as pip would, with the build tools that are installed already."""
    target.mkdir()
    done = subprocess.run(
        [sys.executable, '-c', BUILD, kind, target, backend],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = target.iterdir()
    return found


@pytest.fixture(scope='session')
def wheel_of_plain_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy without git history."""
    folder = tmp_path_factory.mktemp('plain')
    return build('wheel', copy_of_checkout(folder / 'source'), folder / 'dist')


@pytest.fixture(scope='session')
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with a history of two commits."""
    path = copy_of_checkout(tmp_path_factory.mktemp('clone') / 'source')
    git = ('git', '-c', 'user.name=Test', '-c', 'user.email=test@example.org')
    commits = (
        ('commit', '-qm', 'All', '--no-verify'),
        ('commit', '-qm', 'None', '--no-verify', '--allow-empty'),
    )
    for command in (('init', '-q'), ('add', '-A'), *commits):
        subprocess.run([*git, *command], cwd=path, check=True, capture_output=True)
    return path


@pytest.fixture(scope='session')
def sdist(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of a clone."""
    return build('sdist', clone, tmp_path_factory.mktemp('sdist') / 'dist')


@pytest.fixture(scope='session')
def wheel_of_sdist(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the unpacked source distribution, which has no git history."""
    folder = tmp_path_factory.mktemp('unpacked')
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / 'source', filter='data')
    (source,) = (folder / 'source').iterdir()
    return build('wheel', source, folder / 'dist')


@pytest.fixture(scope='session')
def installation(wheel_of_plain_copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel in a fresh virtual environment."""
    return install(tmp_path_factory.mktemp('installed') / 'venv', wheel_of_plain_copy)


def install(path: Path, *wheels: Path) -> Installation:
    """Install wheels in a fresh virtual environment."""
    subprocess.run([sys.executable, '-m', 'venv', '--without-pip', path], check=True)
    pip = [sys.executable, '-m', 'pip', '--python', path / 'bin' / 'python', 'install', '--quiet']
    done = subprocess.run(
        [*pip, '--no-deps', '--no-index', '--disable-pip-version-check', *wheels],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (site_packages,) = path.glob('lib/python*/site-packages')
    borrowed = [folder for folder in sys.path if folder.endswith('site-packages')]
    (site_packages / 'borrowed.pth').write_text('\n'.join(borrowed) + '\n')
    return Installation(path)
