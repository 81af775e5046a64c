"""What is built holds what it must, whichever way it is built."""

import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.packaging.conftest import ROOT, build

pytestmark = pytest.mark.packaging


def names(wheel: Path) -> set[str]:
    """Return what is in a wheel, the version left out."""
    with zipfile.ZipFile(wheel) as archive:
        return {re.sub(r'orphancleanup-[^/]*\.(dist-info|data)', r'\1', name) for name in archive.namelist()}


def metadata(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith('.dist-info/METADATA'))
        return archive.read(name).decode().splitlines()


def test_wheel_holds_every_file_of_the_package(wheel_of_plain_copy: Path) -> None:
    package = (path for path in (ROOT / 'orphancleanup').rglob('*') if path.is_file())
    files = {str(path.relative_to(ROOT)) for path in package if path.parent.name != '__pycache__'}
    assert 'orphancleanup/py.typed' in files
    assert files <= names(wheel_of_plain_copy)


def test_wheel_holds_the_package_and_nothing_beside_it(wheel_of_plain_copy: Path) -> None:
    roots = {name.partition('/')[0] for name in names(wheel_of_plain_copy)}
    assert roots == {'orphancleanup', 'dist-info', 'data'}


def test_wheel_holds_the_sample_configuration_and_the_license(wheel_of_plain_copy: Path) -> None:
    assert {
        'data/data/etc/orphancleanup/orphancleanup.conf.sample',
        'dist-info/licenses/LICENSE',
    } <= names(wheel_of_plain_copy)


def test_sdist_and_plain_copy_make_the_same_wheel(wheel_of_sdist: Path, wheel_of_plain_copy: Path) -> None:
    assert names(wheel_of_sdist) - {'dist-info/pbr.json'} == names(wheel_of_plain_copy) - {
        'dist-info/pbr.json'
    }


def test_plain_copy_has_the_version_of_setup_cfg(wheel_of_plain_copy: Path) -> None:
    assert 'Version: 0.1.0' in metadata(wheel_of_plain_copy)


def test_clone_without_tags_is_a_development_version_of_it(wheel_of_sdist: Path) -> None:
    assert any(re.fullmatch(r'Version: 0\.1\.0\.dev\d+', line) for line in metadata(wheel_of_sdist))


def test_shallow_clone_has_the_version_of_setup_cfg(clone: Path, tmp_path: Path) -> None:
    subprocess.run(['git', 'clone', '-q', '--depth=1', f'file://{clone}', tmp_path / 'source'], check=True)
    assert 'Version: 0.1.0' in metadata(build('wheel', tmp_path / 'source', tmp_path / 'dist'))


def test_sdist_holds_what_checks_and_demo_need(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        found = {name.partition('/')[2] for name in archive.getnames()}
    assert {
        'Makefile',
        'README.rst',
        'LICENSE',
        '.importlinter',
        'lab/constraints.txt',
        'docs/conf.py',
    } <= found
