"""The states and the steps that volumes, snapshots and backups share.

Cinder deletes only what is at rest; ``os-reset_status`` brings a resource there that its service forgot, and
``os-force_delete`` skips the check of the status. Both leave all other conditions standing. A status is reset only
where its deletion hangs or has failed: a resource that is well would be left in ``error`` for nothing.
"""

from collections.abc import Mapping
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.errors import Conflict
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.plugins.cinder_volume.block_storage import MICROVERSION, SERVICE
from orphancleanup.plugins.records import segment
from orphancleanup.states import States

#: a plain DELETE is refused in these, and only in these a status is reset
LEAVING = frozenset({'deleting', 'error_deleting'})
#: what Cinder's words mean; not here: ``error_extending``, ``error_restoring``, ``error_backing-up``,
#: ``error_attaching``, ``error_unmanaging`` and the like, whose data are there (cinder/objects/fields.py)
STATES = States(
    creation_failed=frozenset({'error'}),
    deletion_failed=frozenset({'error_deleting'}),
    leaving=frozenset({'deleting'}),
)


def act(cloud: Cloud, path: str, resource: Resource, body: Mapping[str, Any]) -> None:
    """Ask for an action on one resource."""
    cloud.service(SERVICE, MICROVERSION).post(f'{path}/{segment(resource.id)}/action', body)


def delete(path: str) -> Step:
    """Return the plain removal."""

    def run(cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE, MICROVERSION).delete(f'{path}/{segment(resource.id)}')

    return Step('delete', run)


def reset_state(path: str) -> Step:
    """Return the step to ``error``: from there it can be deleted, and nobody uses it meanwhile."""

    def run(cloud: Cloud, resource: Resource) -> None:
        act(cloud, path, resource, {'os-reset_status': {'status': 'error'}})

    return Step('reset-state', run, Level.FORCE, removes=False)


def force_delete(path: str) -> Step:
    """Return the removal whatever the status."""

    def run(cloud: Cloud, resource: Resource) -> None:
        act(cloud, path, resource, {'os-force_delete': {}})

    return Step('force-delete', run, Level.FORCE)


def plain_ladder(path: str, status: str) -> tuple[Step, ...]:
    """Return delete and force-delete; instead of the former reset-state, where Cinder would refuse it."""
    return (reset_state(path) if status in LEAVING else delete(path), force_delete(path))


def require_leaving(what: str, status: str) -> None:
    """Return when a status is one that may be reset.

    :raises Conflict: when it is not, or not any more.
    """
    if status not in LEAVING:
        raise Conflict(
            409, f'{what} is {status or "without a status"} by now, which needs no reset; make a new plan.'
        )
