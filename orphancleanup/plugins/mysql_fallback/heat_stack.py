"""Stacks that Heat will not delete, nor abandon."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from orphancleanup.database.fallback import DatabaseStep, Fallback, Rescue
from orphancleanup.database.tables import Table
from orphancleanup.database.values import Row
from orphancleanup.model import Resource
from orphancleanup.plugins.mysql_fallback import heat_leftovers, heat_parts, heat_rows
from orphancleanup.plugins.mysql_fallback.heat_rows import Family

if TYPE_CHECKING:
    # It imports SQLAlchemy, which most runs do without.
    from orphancleanup.database.transaction import Transaction

_DONE = 'Stack DELETE completed successfully'
_RESET = 'Stack status manually reset'
# heat/engine/environment.py, HOOK_TYPES
_HOOKS = ('pre-create', 'pre-update', 'pre-delete', 'post-create', 'post-update', 'post-delete')


class StackRows(Fallback):
    """What Heat itself leaves of a stack that it has deleted: ``heat-manage purge_deleted`` takes the rest."""

    kind, database = 'heat-stack', 'heat'
    tables = (
        Table(
            'stack',
            needs=(
                'id', 'name', 'tenant', 'owner_id', 'action', 'status', 'status_reason', 'deleted_at', 'updated_at',
                'raw_template_id', 'user_creds_id',
            ),
            updates=('action', 'status', 'status_reason', 'deleted_at', 'current_traversal', 'user_creds_id'),
            frees_unique=True,
        ),
        Table(
            'resource',
            needs=('id', 'name', 'stack_id', 'nova_instance', 'status'),
            updates=('status', 'status_reason', 'engine_id'),
            deletes=True,
        ),
        Table('resource_data', needs=('id', 'key', 'resource_id'), deletes=True),
        Table('stack_lock', needs=('stack_id', 'engine_id'), deletes=True, is_optional=True),
        Table('sync_point', needs=('stack_id',), deletes=True, is_optional=True),
        Table('snapshot', needs=('id', 'stack_id'), deletes=True, is_optional=True),
        Table('resource_snapshot', needs=('snapshot_id',), deletes=True, is_optional=True),
        Table('watch_rule', needs=('id', 'stack_id'), deletes=True, is_optional=True),
        Table('watch_data', needs=('watch_rule_id',), deletes=True, is_optional=True),
        Table('user_creds', needs=('id',), deletes=True),
        *heat_rows.READ,
    )  # fmt: skip

    def steps(self, resource: Resource) -> Sequence[DatabaseStep]:
        """See :meth:`Fallback.steps`. Only what hangs is reset, so that Heat may delete it after all."""
        purge = DatabaseStep('purge', _purge, before=_remove_parts, after=heat_leftovers.remove)
        reset = DatabaseStep('reset', _reset, after=_delete_again)
        return (reset, purge) if resource.status.endswith('_IN_PROGRESS') else (purge,)


def _checked(transaction: 'Transaction', resource: Resource) -> Family:
    found = heat_rows.family(transaction, resource)
    heat_rows.require_reason(transaction, found)
    heat_rows.require_no_engine(transaction, found)
    return found


# purge


def _remove_parts(rescue: Rescue, resource: Resource) -> None:
    with rescue.rows() as transaction:
        found = heat_parts.parts(transaction, _checked(transaction, resource))
    rescue.remove_parts(found)


def _purge(transaction: 'Transaction', resource: Resource) -> None:
    found = _checked(transaction, resource)
    stacks = {'stack_id': found.ids}
    _delete_below(transaction, 'resource_snapshot', 'snapshot_id', transaction.lock('snapshot', stacks))
    _delete(transaction, 'snapshot', transaction.lock('snapshot', stacks))
    _delete_below(transaction, 'watch_data', 'watch_rule_id', transaction.lock('watch_rule', stacks))
    _delete(transaction, 'watch_rule', transaction.lock('watch_rule', stacks))
    # Newer databases would delete these by themselves, and no undo file would know them.
    _delete_below(transaction, 'resource_data', 'resource_id', found.resources)
    _delete(transaction, 'resource', found.resources)
    _delete(transaction, 'sync_point', transaction.lock('sync_point', stacks))
    _delete(transaction, 'stack_lock', transaction.lock('stack_lock', stacks))
    _delete_stacks(transaction, found)


def _delete_stacks(transaction: 'Transaction', found: Family) -> None:
    """Mark the stacks deleted, and delete their credentials unless others have the same."""
    # An empty traversal makes a worker give up that still has a message about the stack.
    gone = {
        'action': 'DELETE',
        'status': 'COMPLETE',
        'status_reason': _DONE,
        'deleted_at': transaction.now(),
        'current_traversal': '',
        **transaction.private_unique('stack', heat_rows.STACK_COLUMNS),
    }
    # In 2014.2 it may not be NULL: the credentials stay until purge_deleted takes both.
    is_freed = transaction.may_be_null('stack', 'user_creds_id')
    transaction.update('stack', found.stacks, {**gone, 'user_creds_id': None} if is_freed else gone)
    credentials = {row['user_creds_id'] for row in found.stacks} - {None}
    if not is_freed or not credentials:
        return
    others = transaction.read('stack', {'user_creds_id': credentials})
    credentials -= {row['user_creds_id'] for row in others if row['id'] not in found.ids}
    _delete(transaction, 'user_creds', transaction.lock('user_creds', {'id': credentials}))


def _delete_below(transaction: 'Transaction', table: str, column: str, above: Iterable[Row]) -> None:
    _delete(transaction, table, transaction.lock(table, {column: [row['id'] for row in above]}))


def _delete(transaction: 'Transaction', table: str, rows: Sequence[Row]) -> None:
    if rows:
        transaction.delete(table, rows)


# reset


def _reset(transaction: 'Transaction', resource: Resource) -> None:
    """Do what ``heat-manage reset_stack_status`` does (heat/db/api.py, ``_reset_stack_status``), for one stack."""
    found = _checked(transaction, resource)
    failed = {'status': 'FAILED', 'status_reason': _RESET}
    hanging = [row for row in found.resources if row['status'] == 'IN_PROGRESS']
    if hanging:
        transaction.update('resource', hanging, {**failed, 'engine_id': None})
    data = transaction.lock(
        'resource_data', {'resource_id': [row['id'] for row in found.resources], 'key': _HOOKS}
    )
    _delete(transaction, 'resource_data', data)
    transaction.update('stack', [row for row in found.stacks if row['status'] == 'IN_PROGRESS'], failed)
    _delete(transaction, 'stack_lock', transaction.lock('stack_lock', {'stack_id': found.ids}))


def _delete_again(rescue: Rescue, resource: Resource) -> None:
    rescue.repeat(resource, 'delete')
