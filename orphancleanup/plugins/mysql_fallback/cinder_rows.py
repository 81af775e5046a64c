"""What volumes, snapshots and backups share in Cinder's database.

Sources: cinder/db/sqlalchemy/models.py of releases 2014.2 to 28.0.0 and cinder/db/models.py and api.py of 29.0.0.
Cinder buries rows: ``deleted`` becomes 1 and ``deleted_at`` now, while ``updated_at`` stays as it is.
"""

from typing import TYPE_CHECKING

from orphancleanup.database.fallback import Rescue
from orphancleanup.database.tables import Table
from orphancleanup.database.values import Row
from orphancleanup.errors import NotFound
from orphancleanup.model import Resource

if TYPE_CHECKING:
    # It imports SQLAlchemy, which most runs do without.
    from orphancleanup.database.transaction import Transaction, Where

#: in all others Cinder may be at work on it, or somebody uses it
AT_REST = frozenset({'available', 'error', 'deleting', 'error_deleting'})
BURIED = ('deleted', 'deleted_at')
#: a record of the service that works on something, since 9.0.0; such rows are not buried but deleted
WORKERS = Table('workers', needs=('resource_type', 'resource_id'), deletes=True, is_optional=True)


def buried(name: str, *needs: str, updates: tuple[str, ...] = (), is_optional: bool = True) -> Table:
    """Return a table whose rows are buried with what they belong to."""
    return Table(name, needs=(*needs, *BURIED), updates=(*BURIED, *updates), is_optional=is_optional)


def own(transaction: 'Transaction', table: str, resource: Resource) -> Row:
    """Return the row of a resource, locked, when it is as the plan knows it and at rest.

    :raises NotFound: when it is gone.
    :raises DatabaseRefused: when it is not as it should be.
    """
    row = transaction.lock_one(table, resource.id)
    if row['deleted']:
        raise NotFound(404, f'{resource.ref} is deleted in the database.')
    if str(row['project_id'] or '') != resource.project_id:
        raise transaction.refuse(f'{resource.ref} belongs to project {row["project_id"]} in the database')
    if row['status'] not in AT_REST:
        raise transaction.refuse(
            f'{resource.ref} is {row["status"]}, which is none of {", ".join(sorted(AT_REST))}'
        )
    return row


def bury(
    transaction: 'Transaction', table: str, where: 'Where', values: Row | None = None
) -> tuple[Row, ...]:
    """Bury the living rows that belong to something; return them as they were."""
    found = transaction.lock(table, {**where, 'deleted': 0}) if transaction.has(table, *where) else ()
    gone = {'deleted': 1, 'deleted_at': transaction.now(), **(values or {})}
    if found:
        transaction.update(table, found, gone)
    return found


def dismiss_workers(transaction: 'Transaction', resource_type: str, resource: Resource) -> None:
    """Delete the record of a service that is at work on something."""
    where = {'resource_type': resource_type, 'resource_id': resource.id}
    found = transaction.lock('workers', where)
    if found:
        transaction.delete('workers', found)


def require_none(transaction: 'Transaction', table: str, where: 'Where', why: str) -> None:
    """Return when there is no living row such as this.

    :param why: what such a row means, as the beginning of a sentence that ends with its id.
    :raises DatabaseRefused: when there is one.
    """
    if not transaction.has(table, *where):
        return
    for row in transaction.read(table, {**where, 'deleted': 0}):
        raise transaction.refuse(f'{why} {row["id"]}')


def require_backend(rescue: Rescue, resource: Resource, table: str, identifier: str) -> None:
    """Return when there can be nothing of it on a backend.

    :param table: where the row is that tells on which host it is, or was to be.
    :param identifier: of that row.
    :raises DatabaseRefused: when it has a host, and no handler says that the backend has it no longer.
    """
    with rescue.rows() as transaction:
        found = transaction.read(table, {'id': identifier})
    if any(row['host'] for row in found) or not found:
        rescue.require_backend_gone(resource)
