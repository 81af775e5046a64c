"""The states and the steps that volumes, snapshots and backups share.

Cinder deletes only what is at rest; ``os-reset_status`` brings a resource there that its service forgot, and
``os-force_delete`` skips the check of the status. Both leave all other conditions standing. A status is reset only
where its deletion hangs or has failed: a resource that is well would be left in ``error`` for nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict, NotFound
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.states import States
from orphancleanup.table import TableHandler

#: a plain DELETE is refused in these, and only in these a status is reset
LEAVING = frozenset({'deleting', 'error_deleting'})
#: what Cinder's words mean; not here: ``error_extending``, ``error_restoring``, ``error_backing-up``,
#: ``error_attaching``, ``error_unmanaging`` and the like, whose data are there (cinder/objects/fields.py)
STATES = States(
    creation_failed=frozenset({'error'}),
    deletion_failed=frozenset({'error_deleting'}),
    leaving=frozenset({'deleting'}),
)
LEVELS = frozenset({Level.API, Level.FORCE})

Run = Callable[[Cloud, Resource], None]


def action(handler: TableHandler, body: Mapping[str, Any]) -> Run:
    """Return what asks for an action on one resource."""

    def run(cloud: Cloud, resource: Resource) -> None:
        handler.api(cloud).post(f'{handler.address(resource.ref)}/action', body)

    return run


def force_delete(handler: TableHandler) -> Step:
    """Return the removal whatever the status."""
    return Step('force-delete', action(handler, {'os-force_delete': {}}), Level.FORCE)


def reset_state(handler: TableHandler, name: str = 'os-reset_status') -> Step:
    """Return the step to ``error``: from there it can be deleted, and nobody uses it meanwhile.

    It looks first: what has become well, or a part of something, would be left in ``error`` for nothing.

    :param name: of the action.
    """
    reset = action(handler, {name: {'status': 'error'}})

    def run(cloud: Cloud, resource: Resource) -> None:
        now = handler.look(cloud, resource.ref)
        if now is None:
            raise NotFound(404, f'{resource.ref} is gone.')
        for owner in now.owners:
            raise Conflict(409, f'{resource.ref} is part of {owner}; remove that.')
        require_leaving(now)
        reset(cloud, resource)

    return Step('reset-state', run, Level.FORCE, removes=False)


def ladder(handler: TableHandler, resource: Resource) -> tuple[Step, ...]:
    """Return delete and force-delete; instead of the former reset-state, where Cinder would refuse it."""
    is_leaving = resource.status in LEAVING
    return (
        reset_state(handler) if is_leaving else Step('delete', handler.delete),
        force_delete(handler),
    )


def require_leaving(now: Resource) -> None:
    """Return when a status is one that may be reset.

    :raises Conflict: when it is not, or not any more.
    """
    if now.status not in LEAVING:
        raise Conflict(
            409,
            f'{now.ref} is {now.status or "without a status"} by now, which needs no reset; make a new plan.',
        )
