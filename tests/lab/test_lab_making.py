"""Finding and making a lab."""

import json
from pathlib import Path

import pytest

from lab import layout
from lab.errors import LabError


def test_later_commands_remember_the_offset(tmp_path: Path) -> None:
    made = layout.load_or_create(tmp_path, 1000)
    assert layout.load(tmp_path) == made
    assert layout.load_or_create(tmp_path, None) == made


def test_record_is_private_and_holds_a_password_of_its_own(tmp_path: Path) -> None:
    made = layout.create(tmp_path, 0)
    assert (tmp_path / 'lab.json').stat().st_mode & 0o777 == 0o600
    assert made.password != layout.create(tmp_path, 0).password


def test_another_offset_is_refused(tmp_path: Path) -> None:
    layout.create(tmp_path, 1000)
    with pytest.raises(LabError, match=r'was made with --port-offset 1000: leave the option out'):
        layout.load(tmp_path, 2000)


def test_no_lab_is_said_with_the_command_that_makes_one(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r'^There is no lab in .*python3 -m lab up'):
        layout.load(tmp_path)


@pytest.mark.parametrize('text', ['', '{', '{"port_offset": 0}'])
def test_damaged_record_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / 'lab.json').write_text(text)
    with pytest.raises(LabError, match=r'lab\.json cannot be read'):
        layout.load(tmp_path)


def test_lab_of_other_versions_is_not_started(tmp_path: Path) -> None:
    layout.create(tmp_path, 0)
    known = json.loads((tmp_path / 'lab.json').read_text())
    (tmp_path / 'lab.json').write_text(json.dumps({**known, 'environment': '/elsewhere'}))
    with pytest.raises(LabError, match=r'other versions of the services: .*down --remove'):
        layout.load_or_create(tmp_path, None)


def test_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / 'thesis.tex').touch()
    with pytest.raises(LabError, match='holds something else than a lab'):
        layout.make_folder(tmp_path)


def test_path_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r'too long a path .* choose a shorter --dir'):
        layout.create(tmp_path / ('x' * 100), 0)
