"""Files that are either whole or not there."""

import os
import stat
from pathlib import Path

import pytest

from orphancleanup.storing import files


def test_only_the_owner_may_read_what_is_written(tmp_path: Path) -> None:
    files.atomic_write(tmp_path / 'a', 'text')
    assert (tmp_path / 'a').read_text() == 'text'
    assert stat.S_IMODE((tmp_path / 'a').stat().st_mode) == 0o600


def test_an_existing_file_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    files.atomic_write(tmp_path / 'a', 'old')
    with pytest.raises(FileExistsError):
        files.atomic_write(tmp_path / 'a', 'new')
    assert (tmp_path / 'a').read_text() == 'old'
    files.atomic_write(tmp_path / 'a', 'new', overwrite=True)
    assert (tmp_path / 'a').read_text() == 'new'
    assert [path.name for path in tmp_path.iterdir()] == ['a']


def test_a_name_may_be_as_long_as_a_name_can_be(tmp_path: Path) -> None:
    name = 'ü' * 127
    files.atomic_write(tmp_path / name, 'text')
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_dangling_link_counts_as_existing(tmp_path: Path) -> None:
    (tmp_path / 'a').symlink_to(tmp_path / 'nowhere')
    with pytest.raises(FileExistsError):
        files.atomic_write(tmp_path / 'a', 'text')
    assert not (tmp_path / 'nowhere').exists()


def test_a_failing_write_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.atomic_write(tmp_path / 'a', 'old')

    def full(descriptor: int) -> None:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full)
    with pytest.raises(OSError, match='No space'):
        files.atomic_write(tmp_path / 'a', 'new', overwrite=True)
    assert (tmp_path / 'a').read_text() == 'old'
    assert [path.name for path in tmp_path.iterdir()] == ['a']


def test_private_folders_are_made_all_the_way_down(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    files.make_private_folder(tmp_path / 'a' / 'b')
    files.make_private_folder(tmp_path / 'a' / 'b')
    assert [
        stat.S_IMODE(each.stat().st_mode) for each in (tmp_path, tmp_path / 'a', tmp_path / 'a' / 'b')
    ] == [
        0o755,
        0o700,
        0o700,
    ]


def test_a_text_in_pieces_is_written_whole_or_not_at_all(tmp_path):
    def pieces():
        yield 'one '
        raise KeyError('no more')

    with pytest.raises(KeyError):
        files.atomic_write(tmp_path / 'file', pieces())
    assert list(tmp_path.iterdir()) == []
    files.atomic_write(tmp_path / 'file', iter(('one ', 'two')))
    assert (tmp_path / 'file').read_text() == 'one two'
