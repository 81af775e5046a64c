"""The steps that volumes, snapshots and backups share.

Cinder deletes only what is at rest; ``os-reset_status`` brings a resource there that its service forgot, and
``os-force_delete`` skips the check of the status. Both leave all other conditions standing.
"""

from collections.abc import Mapping
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.plugins.cinder_volume.block_storage import MICROVERSION, SERVICE
from orphancleanup.plugins.records import segment

#: a plain DELETE is refused in these
LEAVING = frozenset({'deleting', 'error_deleting'})


def act(cloud: Cloud, path: str, resource: Resource, body: Mapping[str, Any]) -> None:
    """Ask for an action on one resource."""
    cloud.service(SERVICE, MICROVERSION).post(f'{path}/{segment(resource.id)}/action', body)


def delete(path: str) -> Step:
    """Answer the plain removal."""

    def run(cloud: Cloud, resource: Resource) -> None:
        cloud.service(SERVICE, MICROVERSION).delete(f'{path}/{segment(resource.id)}')

    return Step('delete', run)


def reset_state(path: str) -> Step:
    """Answer the step to ``error``: from there it can be deleted, and nobody uses it meanwhile."""

    def run(cloud: Cloud, resource: Resource) -> None:
        act(cloud, path, resource, {'os-reset_status': {'status': 'error'}})

    return Step('reset-state', run, Level.FORCE, removes=False)


def force_delete(path: str) -> Step:
    """Answer the removal whatever the status."""

    def run(cloud: Cloud, resource: Resource) -> None:
        act(cloud, path, resource, {'os-force_delete': {}})

    return Step('force-delete', run, Level.FORCE)


def plain_ladder(path: str, status: str) -> tuple[Step, ...]:
    """Answer delete, reset-state, force-delete; without the first where Cinder would refuse it."""
    harsher = (reset_state(path), force_delete(path))
    return harsher if status in LEAVING else (delete(path), *harsher)
