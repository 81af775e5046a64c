"""What is written is there after a crash."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from orphancleanup.errors import JournalError
from orphancleanup.storing import journal
from orphancleanup.storing.journal import Journal
from orphancleanup.testing import FakeClock


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / 'journal.jsonl'


def test_records_come_back_in_order_with_their_time(path: Path) -> None:
    clock = FakeClock()
    with Journal.open(path, clock) as opened:
        opened.write({'event': 'a'}, {'event': 'b'})
        clock.advance(1)
        opened.note({'event': 'c', 'name': 'ünïcode\n"'})
    assert journal.read(path) == (
        {'time': '2026-01-01T00:00:00+00:00', 'event': 'a'},
        {'time': '2026-01-01T00:00:00+00:00', 'event': 'b'},
        {'time': '2026-01-01T00:00:01+00:00', 'event': 'c', 'name': 'ünïcode\n"'},
    )


def test_only_the_owner_may_read_it(path: Path) -> None:
    Journal.open(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_write_is_one_write_and_one_sync(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    write, sync = os.write, os.fdatasync
    with Journal.open(path) as opened:
        monkeypatch.setattr(os, 'write', lambda *args: calls.append('write') or write(*args))
        monkeypatch.setattr(os, 'fdatasync', lambda *args: calls.append('sync') or sync(*args))
        opened.write({'n': 1}, {'n': 2}, {'n': 3})
        assert calls == ['write', 'sync']
        opened.note({'n': 4})
        assert calls == ['write', 'sync', 'write']


def test_a_short_write_is_continued(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    with Journal.open(path) as opened:
        monkeypatch.setattr(os, 'write', lambda descriptor, data: write(descriptor, data[:7]))
        opened.write({'event': 'a long one'}, {'event': 'another'})
    assert [record['event'] for record in journal.read(path)] == ['a long one', 'another']


def test_a_full_disk_is_an_error_and_leaves_no_part_of_a_line(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    with Journal.open(path) as opened:
        opened.write({'n': 1})
        room = [5]

        def fill(descriptor: int, data: bytes) -> int:
            if not room:
                raise OSError(28, 'No space left on device')
            return write(descriptor, data[: room.pop()])

        monkeypatch.setattr(os, 'write', fill)
        with pytest.raises(JournalError, match='No space left'):
            opened.write({'n': 2})
        monkeypatch.undo()
        opened.write({'n': 3})
    assert [record['n'] for record in journal.read(path)] == [1, 3]


def test_a_failing_sync_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(5, 'Input/output error')

    with Journal.open(path) as opened:
        monkeypatch.setattr(os, 'fdatasync', fail)
        with pytest.raises(JournalError, match='Input/output error'):
            opened.write({'n': 1})
        monkeypatch.undo()


@pytest.mark.parametrize('torn', ['{"n"', '{"n": 3}', 'x' * 200_000])
def test_a_torn_last_line_is_dropped_and_cut_off(path: Path, torn: str) -> None:
    path.write_text('{"n": 1}\n{"n": 2}\n' + torn)
    assert [record['n'] for record in journal.read(path)] == [1, 2]
    with Journal.open(path) as opened:
        opened.write({'n': 4})
    assert [record['n'] for record in journal.read(path)] == [1, 2, 4]


def test_a_journal_of_nothing_but_a_torn_line_becomes_empty(path: Path) -> None:
    path.write_text('{"n"')
    Journal.open(path).close()
    assert path.read_bytes() == b''


@pytest.mark.parametrize('broken', ['{"n":', '[1]', '', '\udcff', '[' * 100_000])
def test_a_broken_line_elsewhere_is_an_error_with_its_number(path: Path, broken: str) -> None:
    path.write_text('{"n": 1}\n' + broken + '\n{"n": 2}\n', errors='surrogateescape')
    with pytest.raises(JournalError, match='Line 2 of the journal'):
        journal.read(path)


def test_a_missing_journal_is_an_error(path: Path) -> None:
    with pytest.raises(JournalError, match='No such file'):
        journal.read(path)
    with pytest.raises(JournalError, match='cannot be opened'):
        Journal.open(path / 'below' / 'nothing')


def test_nothing_is_written_to_a_closed_journal(path: Path) -> None:
    opened = Journal.open(path)
    opened.close()
    opened.close()
    with pytest.raises(JournalError, match='closed'):
        opened.write({'n': 1})


def test_lines_of_many_threads_do_not_mix(path: Path) -> None:
    with Journal.open(path) as opened:

        def work(number: int) -> None:
            for count in range(50):
                opened.note({'thread': number, 'count': count}, {'thread': number, 'count': count})

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    records = journal.read(path)
    assert len(records) == 8 * 50 * 2
    # The records of one call stand together.
    assert all(records[i]['thread'] == records[i + 1]['thread'] for i in range(0, len(records), 2))
    assert len({json.dumps(record) for record in records}) >= 8
