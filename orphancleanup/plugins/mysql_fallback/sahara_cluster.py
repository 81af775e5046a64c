"""Clusters that Sahara cannot delete, since their creator or their project is gone.

Rows are not deleted: they hang together by foreign keys, and the cluster's stack would stay. What is changed lets
Sahara itself delete the cluster (sahara/conductor/api.py, sahara/utils/openstack/keystone.py of 19.0.0).
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orphancleanup.database.fallback import DatabaseStep, Fallback, Rescue
from orphancleanup.database.tables import Table
from orphancleanup.database.values import Row
from orphancleanup.model import Part, Ref, Resource

if TYPE_CHECKING:
    # It imports SQLAlchemy, which most runs do without.
    from orphancleanup.database.transaction import Transaction

_OWNER = ('tenant_id',)


class ClusterRows(Fallback):
    """A cluster without a stack and without the trust of its creator, in a project that lives: Sahara deletes it in the
    caller's name.
    """

    kind, database = 'sahara-cluster', 'sahara'
    tables = (
        Table(
            'clusters',
            needs=('id', 'name', 'tenant_id', 'trust_id', 'status'),
            updates=('name', 'tenant_id', 'trust_id'),
        ),
        Table('node_groups', needs=('id', 'cluster_id', 'tenant_id'), updates=_OWNER),
        Table('instances', needs=('id', 'node_group_id', 'tenant_id'), updates=_OWNER),
    )

    def steps(self, resource: Resource) -> Sequence[DatabaseStep]:
        """See :meth:`Fallback.steps`."""
        return (DatabaseStep('adopt', _adopt, before=_remove_stack, after=_delete),)


def _remove_stack(rescue: Rescue, resource: Resource) -> None:
    """Have Heat delete its stack in our name: Sahara looks for it in the project of the cluster only."""
    with rescue.rows() as transaction:
        _adopt(transaction, resource)
    rescue.remove_parts([Part('OS::Heat::Stack', ref.id) for ref in resource.holds])


def _adopt(transaction: 'Transaction', resource: Resource) -> None:
    cluster = transaction.lock_one('clusters', resource.id.rpartition('/')[2])
    if str(cluster['tenant_id'] or '') != resource.project_id:
        raise transaction.refuse(f'{resource.ref} belongs to project {cluster["tenant_id"]} in the database')
    if transaction.is_project_gone(resource.project_id):
        _move(transaction, cluster)
    elif _is_trust_gone(transaction, cluster):
        transaction.update('clusters', [cluster], {'trust_id': None})
    else:
        raise transaction.refuse(
            f'the project of {resource.ref} exists, and so does the trust of its creator: Sahara itself can delete it'
        )


def _is_trust_gone(transaction: 'Transaction', cluster: Row) -> bool:
    """Return whether the creator's trust is gone; it goes with its creator."""
    trust = str(cluster['trust_id'] or '')
    return bool(trust) and transaction.is_gone(Ref('keystone-trust', trust))


def _move(transaction: 'Transaction', cluster: Row) -> None:
    """Give a cluster to the project that the run works from, with all that it has."""
    ours = {'tenant_id': transaction.project_id}
    groups = transaction.lock('node_groups', {'cluster_id': cluster['id']})
    instances = transaction.lock('instances', {'node_group_id': [each['id'] for each in groups]})
    transaction.update('instances', instances, ours)
    transaction.update('node_groups', groups, ours)
    new = {**ours, 'trust_id': None}
    if transaction.read('clusters', {'name': cluster['name'], **ours}):
        # A project has one of a name. By its name Sahara finds the stack only, which is gone.
        new['name'] = str(cluster['id'])
    transaction.update('clusters', [cluster], new)


def _delete(rescue: Rescue, resource: Resource) -> None:
    """Have Sahara delete it, as it is now; a protected one only where a forced step is allowed."""
    if resource.details.get('is_protected'):
        rescue.repeat(resource, 'unprotect')
    (status,) = (change.before['status'] for change in rescue.changes if change.table == 'clusters')
    rescue.repeat(resource, 'delete-again' if status == 'Deleting' else 'delete')
