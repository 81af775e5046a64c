"""The virtual environment of the services: where it is, and when it is built."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from lab import environment
from lab.errors import LabError


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the list of builds; a build here only makes the files that count."""
    built: list[Path] = []

    def build(path: Path, variables: object, lock: object) -> None:
        built.append(path)
        (path / 'bin').mkdir(parents=True, exist_ok=True)
        (path / 'bin' / 'python').touch()
        (path / environment.COMPLETE).touch()

    monkeypatch.setattr(environment, '_build', build)
    return built


def test_fingerprint_tells_versions_and_pythons_apart() -> None:
    known = environment.fingerprint(b'nova==34.0.0', '3.11.7')
    assert known == environment.fingerprint(b'nova==34.0.0', '3.11.7')
    assert known != environment.fingerprint(b'nova==34.0.1', '3.11.7')
    assert known != environment.fingerprint(b'nova==34.0.0', '3.12.1')


def test_every_requirement_is_pinned() -> None:
    pinned = {line.partition('==')[0].lower() for line in environment.CONSTRAINTS.read_text().split()}
    assert set(environment.REQUIREMENTS.read_text().split()) <= pinned


def test_environment_is_in_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    assert environment.location().parent == tmp_path / 'orphancleanup'
    monkeypatch.delenv('XDG_CACHE_HOME')
    assert environment.cache_folder() == Path.home() / '.cache' / 'orphancleanup'


def test_environment_is_built_once(tmp_path: Path, builds: list[Path]) -> None:
    for _ in range(2):
        environment.ensure(tmp_path / 'lab-1', {})
    assert builds == [tmp_path / 'lab-1']


def test_interrupted_build_is_made_anew(tmp_path: Path, builds: list[Path]) -> None:
    (tmp_path / 'lab-1' / 'bin').mkdir(parents=True)
    (tmp_path / 'lab-1' / 'bin' / 'python').touch()
    environment.ensure(tmp_path / 'lab-1', {})
    assert builds == [tmp_path / 'lab-1']


def test_environment_whose_python_is_gone_is_made_anew(tmp_path: Path, builds: list[Path]) -> None:
    environment.ensure(tmp_path / 'lab-1', {})
    (tmp_path / 'lab-1' / 'bin' / 'python').unlink()
    environment.ensure(tmp_path / 'lab-1', {})
    assert len(builds) == 2


def test_failed_pip_is_said_with_its_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment.subprocess, 'run', lambda *_, **__: SimpleNamespace(returncode=1))
    with pytest.raises(LabError, match=r"pip's output is in .*lab-1\.log\.$"):
        environment.ensure(tmp_path / 'lab-1', {})
    assert not environment.is_complete(tmp_path / 'lab-1')


def test_too_little_disk_is_said_before_anything_is_built(
    tmp_path: Path, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, 'disk_usage', lambda path: SimpleNamespace(free=1 << 30))
    with pytest.raises(LabError, match=r'needs 3\.0 GB in .*, where only 1\.0 GB are free: make room'):
        environment.ensure(tmp_path / 'lab-1', {})
    assert not builds
