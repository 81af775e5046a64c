"""Groups of volumes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orphancleanup.api import Cloud, Service
from orphancleanup.errors import Conflict
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.plugins import records
from orphancleanup.plugins.cinder_volume import block_storage, rungs

PATH = '/groups'
#: the lowest that tells the tenant (Stein)
MICROVERSION = '3.58'
_WITH_VOLUMES = {'list_volume': 'true'}


class Group(Handler):
    """A group takes its volumes along; Cinder refuses that while one of them is attached or has snapshots.

    There is no step that resets its status: with ``delete-volumes`` Cinder does not look at it
    (cinder/group/api.py, ``delete``).
    """

    kind = 'cinder-group'
    service = block_storage.SERVICE
    after = ('nova-server', 'cinder-attachment', 'cinder-group-snapshot', 'cinder-snapshot')
    states = rungs.STATES

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`."""
        block_storage.require_administrator(cloud)
        found = block_storage.by_marker(_groups(cloud), f'{PATH}/detail', 'groups', _WITH_VOLUMES)
        yield from map(_resource, found)

    def look(self, cloud: Cloud, resource: Resource) -> Resource | None:
        """See :meth:`Handler.look`."""
        document = block_storage.show(cloud, _groups(cloud), PATH, resource.id, _WITH_VOLUMES)
        if document is None:
            return None
        return _resource(records.inner(document, 'group', str(resource.ref)))

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return (Step('delete', _delete),)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterator[Evidence]:
        """Yield Cinder's messages about the group's volumes."""
        for volume in resource.holds:
            yield from block_storage.messages(cloud, volume.id)


def _groups(cloud: Cloud) -> Service:
    return cloud.service(block_storage.SERVICE, MICROVERSION)


def _delete(cloud: Cloud, resource: Resource) -> None:
    """Remove a group with its volumes, unless it has got others since it was looked at."""
    now = Group().look(cloud, resource)
    new = sorted(set(now.holds if now else ()) - set(resource.holds))
    if new:
        raise Conflict(409, f'Group {resource.id} has got volume {new[0].id} meanwhile; make a new plan.')
    _groups(cloud).post(f'{PATH}/{records.segment(resource.id)}/action', {'delete': {'delete-volumes': True}})


def _resource(record: Mapping[str, Any]) -> Resource:
    # Cinder tells no time of the last change of a group, so that nobody knows since when its status stands.
    return Resource(
        Ref(Group.kind, records.identifier(record, Group.kind)),
        name=record.get('name') or '',
        project_id=records.required(record, 'project_id', Group.kind),
        status=record.get('status') or '',
        created_at=records.timestamp(record.get('created_at')),
        condition=Group.states.condition(record.get('status') or ''),
        holds=tuple(
            Ref('cinder-volume', volume)
            for volume in sorted(records.inner(record, 'volumes', f'{Group.kind} {record.get("id")}'))
        ),
    )
