"""What can go wrong with a database is one sentence each, and nothing is changed."""

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab.layout import Lab
from orphancleanup.database import connections
from orphancleanup.database.fallback import DatabaseStep, Fallback
from orphancleanup.database.transaction import Transaction
from orphancleanup.errors import DatabaseError, DatabaseRefused, NotFound
from orphancleanup.model import Resource
from orphancleanup.plugins.mysql_fallback.cinder_backup import BackupRows
from orphancleanup.plugins.mysql_fallback.cinder_snapshot import SnapshotRows
from orphancleanup.plugins.mysql_fallback.cinder_volume import VolumeRows
from orphancleanup.plugins.mysql_fallback.heat_stack import StackRows
from orphancleanup.rescue import granting
from orphancleanup.testing.rows import Rows
from tests.functional import scratch
from tests.functional.marks import FUNCTIONAL
from tests.functional.plugins import life
from tests.rows import cinder, heat, told, told_stack

pytestmark = FUNCTIONAL

VOLUME, SNAPSHOT, BACKUP, STACK = VolumeRows(), SnapshotRows(), BackupRows(), StackRows()
ONE = told('cinder-volume', 'volume-1')


@pytest.fixture
def rows(make_rows: Callable[[str], Rows], monkeypatch: pytest.MonkeyPatch) -> Rows:
    monkeypatch.setattr(connections, 'PATIENCE', 2)
    rows = make_rows('cinder_29')
    cinder(rows, is_new=True)
    return rows


@contextlib.contextmanager
def account(lab: Lab) -> Iterator[tuple[str, str]]:
    """Make an account without rights; return its name and password."""
    name, password = f'scratch_{secrets.token_hex(6)}', secrets.token_hex(8)
    scratch.statement(lab, f"CREATE USER '{name}'@'127.0.0.1' IDENTIFIED BY '{password}'")
    try:
        yield name, password
    finally:
        scratch.statement(lab, f"DROP USER '{name}'@'127.0.0.1'")


def as_account(lab: Lab, rows: Rows, told_account: tuple[str, str]) -> Rows:
    """Return the same database, used by another account."""
    other = Rows(scratch.address(lab, rows.database.schema, *told_account))
    other.facts = rows.facts
    return other


def unchanged(rows: Rows, kind: type[Exception], why: str, act: Callable[[], Any]) -> None:
    before = rows.sums()
    with pytest.raises(kind, match=why) as caught:
        act()
    assert type(caught.value) is kind
    assert '\n' not in str(caught.value)
    assert rows.sums() == before


def test_a_row_that_somebody_else_has_locked(the_lab: Lab, rows: Rows) -> None:
    rows.sums()
    with scratch.connection(the_lab, rows.database.schema) as other, other.cursor() as cursor:
        cursor.execute("SELECT * FROM volumes WHERE id = 'volume-1' FOR UPDATE")
        unchanged(rows, DatabaseError, 'locked by somebody else', lambda: rows.take(VOLUME, ONE, 'purge'))


Meddle = Callable[[Transaction], None]


def nothing(_: Transaction) -> None:
    """Do nothing."""


def meddled(fallback: Fallback, before: Meddle = nothing, after: Meddle = nothing) -> Fallback:
    """Return a fallback with which something happens before its first change, or after the last one."""

    class Meddled(type(fallback)):  # type: ignore[misc]
        def steps(self, resource: Resource) -> list[DatabaseStep]:
            step = super().steps(resource)[-1]

            def change(transaction: Transaction, resource: Resource) -> None:
                before(transaction)
                step.change(transaction, resource)
                after(transaction)

            return [DatabaseStep('purge', change)]

    return Meddled()


@pytest.mark.parametrize('fallback', [VOLUME, STACK], ids=['volume', 'stack'])
def test_of_two_runs_at_once_one_does_it_and_the_other_says_that_it_is_gone(
    the_lab: Lab, make_rows: Callable[[str], Rows], fallback: Fallback
) -> None:
    rows = make_rows('cinder_29' if fallback is VOLUME else 'heat_27')
    (cinder if fallback is VOLUME else heat)(rows, is_new=True)
    resource = ONE if fallback is VOLUME else told_stack()
    other, said = Rows(rows.url), []
    other.facts = rows.facts

    def come_late() -> None:
        with pytest.raises(NotFound) as caught:
            other.take(fallback, resource, 'purge')
        said.append(str(caught.value))

    late = threading.Thread(target=come_late)

    def let_it_come(_: Transaction) -> None:
        late.start()
        life.until('the other run at a lock', lambda: waits(the_lab, rows))

    before = rows.sums()
    done = rows.take(meddled(fallback, after=let_it_come), resource, 'purge')
    late.join()
    assert said == [f'HTTP 404: {resource.ref} is deleted in the database.']
    # Had the other one changed anything, this would not bring everything back.
    assert rows.undo(done) == ()
    assert rows.sums() == before


def waits(lab: Lab, rows: Rows) -> bool:
    """Return whether a transaction in a database waits for a lock."""
    text = (
        'SELECT 1 FROM information_schema.innodb_trx JOIN information_schema.processlist ON trx_mysql_thread_id = id '
        "WHERE trx_state = 'LOCK WAIT' AND db = %s"
    )
    return bool(scratch.statement(lab, text, rows.database.schema))


def test_a_connection_that_is_lost_before_the_commit(the_lab: Lab, rows: Rows) -> None:
    def kill(transaction: Transaction) -> None:
        number = transaction._connection.exec_driver_sql('SELECT CONNECTION_ID()').scalar_one()
        scratch.statement(the_lab, f'KILL {number}')

    fallback = meddled(VOLUME, after=kill)
    unchanged(rows, DatabaseError, 'connection', lambda: rows.take(fallback, ONE, 'purge'))


def test_a_deadlock(the_lab: Lab, rows: Rows) -> None:
    before = rows.sums()
    with scratch.connection(the_lab, rows.database.schema) as other, other.cursor() as cursor:
        # Who has changed less is the one that the server lets down.
        for table in ('snapshots', 'backups', 'snapshot_metadata', 'volume_types', 'workers', 'quota_usages'):
            cursor.execute(f'UPDATE {table} SET updated_at = UTC_TIMESTAMP()')
        cursor.execute('SELECT * FROM volume_metadata FOR UPDATE')
        waiting = threading.Thread(
            target=lambda: cursor.execute("SELECT * FROM volumes WHERE id = 'volume-1' FOR UPDATE")
        )

        def cross(transaction: Transaction) -> None:
            transaction.lock('volumes', {'id': 'volume-1'})
            waiting.start()
            life.until('the other one at a lock', lambda: waits(the_lab, rows))
            transaction.lock('volume_metadata', {'volume_id': 'volume-1'})

        with pytest.raises(
            DatabaseError, match='somebody else changed the same rows at the same time'
        ) as caught:
            rows.take(meddled(VOLUME, before=cross), ONE, 'purge')
        waiting.join()
        other.rollback()
    assert '\n' not in str(caught.value)
    assert rows.sums() == before


def test_an_account_that_may_only_read(the_lab: Lab, rows: Rows) -> None:
    with account(the_lab) as told_account:
        scratch.statement(
            the_lab, f"GRANT SELECT ON {rows.database.schema}.* TO '{told_account[0]}'@'127.0.0.1'"
        )
        reader = as_account(the_lab, rows, told_account)
        unchanged(
            rows, DatabaseRefused, 'orphancleanup database grants', lambda: reader.take(VOLUME, ONE, 'purge')
        )
        assert reader.take(VOLUME, ONE, 'purge', is_rehearsal=True).changes


def test_a_server_that_only_reads(the_lab: Lab, rows: Rows) -> None:
    with account(the_lab) as told_account:
        least = _granted(the_lab, rows, told_account, [VOLUME], undo=False)
        # The account of the lab's own services writes all the same: it has every privilege.
        scratch.statement(the_lab, 'SET GLOBAL read_only = 1')
        try:
            unchanged(rows, DatabaseRefused, 'only reads', lambda: least.take(VOLUME, ONE, 'purge'))
        finally:
            scratch.statement(the_lab, 'SET GLOBAL read_only = 0')


def test_what_an_account_does_not_see_is_not_taken_for_absent(the_lab: Lab, rows: Rows) -> None:
    with account(the_lab) as told_account:
        for each in granting.grants(rows.database, [VOLUME], f'{told_account[0]}@127.0.0.1', with_undo=False):
            if 'SHOW VIEW' not in each and 'attachment' not in each:
                scratch.statement(the_lab, each.rstrip(';').replace('%', '%%'))
        blind = as_account(the_lab, rows, told_account)
        unchanged(rows, DatabaseRefused, 'may not see whether', lambda: blind.take(VOLUME, ONE, 'purge'))


def test_an_account_that_the_server_does_not_accept(the_lab: Lab, rows: Rows) -> None:
    stranger = as_account(the_lab, rows, ('scratch_nobody', 'wrong'))
    unchanged(rows, DatabaseRefused, 'does not accept', lambda: stranger.take(VOLUME, ONE, 'purge'))


def test_a_server_that_is_not_there(rows: Rows) -> None:
    nowhere = Rows('mysql+pymysql://u:p@127.0.0.1:9/x')
    unchanged(rows, DatabaseError, 'cannot be reached', lambda: nowhere.take(VOLUME, ONE, 'purge'))


def test_a_rehearsal_is_held_to_reading_by_the_server_itself(rows: Rows) -> None:
    with (
        pytest.raises((DatabaseError, DatabaseRefused)),
        rows.transaction(VOLUME, is_rehearsal=True) as begun,
    ):
        begun.insert('volumes', {'id': 'x', 'volume_type_id': 't'})
    assert len(rows.all('volumes')) == 2


def _granted(
    lab: Lab, rows: Rows, told_account: tuple[str, str], fallbacks: list[Fallback], undo: bool
) -> Rows:
    named = f'{told_account[0]}@127.0.0.1'
    for each in granting.grants(rows.database, fallbacks, named, with_undo=undo):
        scratch.statement(lab, each.rstrip(';').replace('%', '%%'))
    return as_account(lab, rows, told_account)


def test_the_least_rights_are_enough_and_undo_needs_more(the_lab: Lab, rows: Rows) -> None:
    before = rows.sums()
    with account(the_lab) as told_account:
        least = _granted(the_lab, rows, told_account, [VOLUME, SNAPSHOT, BACKUP], undo=False)
        done = [
            least.take(VOLUME, ONE, 'purge'),
            least.take(SNAPSHOT, told('cinder-snapshot', 'snapshot-1'), 'purge'),
            least.take(BACKUP, told('cinder-backup', 'backup-2'), 'purge'),
        ]
        with pytest.raises(DatabaseRefused, match='grants'):
            least.undo(done[0])
        more = _granted(the_lab, rows, told_account, [VOLUME, SNAPSHOT, BACKUP], undo=True)
        for each in reversed(done):
            assert more.undo(each) == ()
    assert rows.sums() == before


def test_the_least_rights_are_enough_for_stacks(the_lab: Lab, make_rows: Callable[[str], Rows]) -> None:
    for name in ('heat_27', 'heat_juno'):
        rows = make_rows(name)
        heat(rows, is_new=name == 'heat_27')
        before = rows.sums()
        with account(the_lab) as told_account:
            least = _granted(the_lab, rows, told_account, [STACK], undo=False)
            done = least.take(STACK, told_stack(), 'purge')
            more = _granted(the_lab, rows, told_account, [STACK], undo=True)
            more.undo(done)
        assert rows.sums() == before
