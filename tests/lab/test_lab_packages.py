"""Debian packages that are missing."""

from pathlib import Path

import pytest

from lab import packages
from lab.errors import LabError


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No program is installed."""
    monkeypatch.setattr(packages, 'SEARCH_PATH', str(tmp_path))


def test_users_are_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages.os, 'geteuid', lambda: 1000)
    with pytest.raises(
        LabError, match=r'`apt-get install mariadb-server-core mariadb-client-core qemu-utils`'
    ):
        packages.ensure(tmp_path / 'log')


def test_root_gets_them_installed_with_one_update_at_most(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[str] = []

    def apt(arguments: list[str], log: Path) -> bool:
        calls.append(arguments[0])
        return calls == ['install', 'update', 'install']

    monkeypatch.setattr(packages.os, 'geteuid', lambda: 0)
    monkeypatch.setattr(packages.shutil, 'which', lambda name, path=None: name if name == 'apt-get' else None)
    monkeypatch.setattr(packages, '_apt', lambda *given: apt(*given) or given[0] == ['update'])
    packages.ensure(tmp_path / 'log')
    assert calls == ['install', 'update', 'install']


def test_failed_installation_is_said_with_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages.os, 'geteuid', lambda: 0)
    monkeypatch.setattr(packages.shutil, 'which', lambda name, path=None: name if name == 'apt-get' else None)
    monkeypatch.setattr(packages, '_apt', lambda *given: False)
    with pytest.raises(LabError, match=r'could not install .*; its output is in .*log\.$'):
        packages.ensure(tmp_path / 'log')
