"""What of Heat's database belongs to a stack, and whether an engine is at work on it.

Sources: heat/db/models.py and api.py of release 27.0.1, heat/db/sqlalchemy/models.py of 2014.2; what heat-engine does
when it meets the result was observed on 27.0.1.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orphancleanup.database.tables import Table
from orphancleanup.database.values import Row
from orphancleanup.errors import NotFound
from orphancleanup.model import Resource

if TYPE_CHECKING:
    # It imports SQLAlchemy, which most runs do without.
    from orphancleanup.database.transaction import Transaction

#: what ``stack`` has in any upstream release: what else is in a unique key is private
STACK_COLUMNS = frozenset(
    {'id', 'created_at', 'updated_at', 'deleted_at', 'name', 'raw_template_id', 'prev_raw_template_id'}
    | {'user_creds_id', 'username', 'owner_id', 'action', 'status', 'status_reason', 'timeout', 'tenant'}
    | {'disable_rollback', 'stack_user_project_id', 'backup', 'nested_depth', 'convergence', 'parameters'}
    | {'current_traversal', 'current_deps', 'parent_resource_name'}
)
#: a stack that came to this status since is still at work, whatever its engine says
RECENT = datetime.timedelta(seconds=60)
#: how old a lock must be where no table tells which engines live (before 2015.1)
OLD_LOCK = datetime.timedelta(hours=1)
#: an engine that missed so many of its reports is dead (heat/engine/service.py)
_MISSED = 3
_INTERVAL = 60

READ = (
    Table('service', needs=('engine_id', 'updated_at', 'deleted_at'), is_optional=True),
    Table('raw_template', needs=('id', 'template')),
)


@dataclass(frozen=True, slots=True)
class Family:
    """A root stack with all that is nested in it, and its backups, locked.

    :param stacks: the living ones, the root first.
    :param resources: those of all of them.
    """

    stacks: tuple[Row, ...]
    resources: tuple[Row, ...]

    @property
    def root(self) -> Row:
        return self.stacks[0]

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(row['id'] for row in self.stacks)


def family(transaction: 'Transaction', resource: Resource) -> Family:
    """Return a stack with all below it, when it is as the plan knows it.

    Followed by ``owner_id``: ``root_stack_id`` is not in old releases, and backup stacks do not have it.

    :raises NotFound: when it is gone.
    :raises DatabaseRefused: when it is another one, or a part of another one.
    """
    root = transaction.lock_one('stack', resource.id)
    if root['deleted_at']:
        raise NotFound(404, f'{resource.ref} is deleted in the database.')
    if str(root['tenant'] or '') != resource.project_id or root['name'] != resource.name:
        raise transaction.refuse(
            f'{resource.ref} is {root["name"]!r} of project {root["tenant"]} in the database'
        )
    _require_root(transaction, root)
    found, waiting = {root['id']: root}, [root['id']]
    while waiting:
        below = transaction.lock('stack', {'owner_id': waiting})
        waiting = [row['id'] for row in below if row['id'] not in found]
        found |= {row['id']: row for row in below}
    living = tuple(row for row in found.values() if not row['deleted_at'])
    return Family(living, transaction.lock('resource', {'stack_id': [row['id'] for row in living]}))


def _require_root(transaction: 'Transaction', root: Row) -> None:
    """Refuse a stack that goes with another one; one that an abandoned stack has left behind is nobody's."""
    owner = root['owner_id']
    for row in transaction.read('stack', {'id': owner}) if owner else ():
        if not row['deleted_at']:
            raise transaction.refuse(f'stack {root["id"]} is nested in stack {owner}; remove that')


def require_no_engine(transaction: 'Transaction', found: Family) -> None:
    """Return when no engine that lives is at work on any of the stacks.

    :raises DatabaseRefused: when one is, or may be.
    """
    now = transaction.now()
    for row in found.stacks:
        changed = transaction.moment(row['updated_at']) or transaction.moment(row['created_at'])
        if row['status'] == 'IN_PROGRESS' and changed and now - changed < RECENT:
            raise transaction.refuse(
                f'stack {row["id"]} has been {row["action"]}_IN_PROGRESS for less than a minute'
            )
    locks = transaction.read('stack_lock', {'stack_id': found.ids})
    if not transaction.has('service'):
        _require_old(transaction, locks, now)
        return
    living = _engines(transaction, now)
    for row in (*locks, *found.resources):
        if row.get('engine_id') in living:
            what = f'stack {row["stack_id"]}'
            raise transaction.refuse(f'heat-engine {row["engine_id"]} lives and is at work on {what}')


def _require_old(transaction: 'Transaction', locks: Iterable[Row], now: datetime.datetime) -> None:
    for row in locks:
        since = transaction.moment(row['updated_at']) or transaction.moment(row['created_at'])
        if since is None or now - since < OLD_LOCK:
            raise transaction.refuse(
                f'stack {row["stack_id"]} is locked by heat-engine {row["engine_id"]}, which may live'
            )


def _engines(transaction: 'Transaction', now: datetime.datetime) -> frozenset[str]:
    """Return the engines that have reported lately."""
    found = set()
    for row in transaction.read('service', {'deleted_at': None}):
        seen = transaction.moment(row['updated_at']) or transaction.moment(row.get('created_at'))
        limit = datetime.timedelta(seconds=_MISSED * int(row.get('report_interval') or _INTERVAL))
        if seen is None or now - seen < limit:
            found.add(str(row['engine_id']))
    return frozenset(found)


def require_reason(transaction: 'Transaction', found: Family) -> None:
    """Return when the project of the stack is gone, or the stack is stuck by its own row.

    :raises DatabaseRefused: when it is neither: its owner can use it.
    """
    root = found.root
    is_stuck = root['status'] == 'IN_PROGRESS' or (root['action'], root['status']) == ('DELETE', 'FAILED')
    if not is_stuck and not transaction.is_project_gone(str(root['tenant'])):
        raise transaction.refuse(
            f'stack {root["id"]} is {root["action"]}_{root["status"]}, and its project {root["tenant"]} exists'
        )
