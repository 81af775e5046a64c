"""Servers, in all cells, soft-deleted ones too."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup import states
from orphancleanup.api import Cloud, Query
from orphancleanup.errors import IncompleteListing, NotFound
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Level, Ref, Resource
from orphancleanup.plugins import records
from orphancleanup.plugins.nova_server import cells, history

PATH = '/servers'
_ALL: Query = {'all_tenants': 1}
# Nova leaves soft-deleted servers out of a listing unless it is asked for them; the status narrows it to them.
_SOFT_DELETED: Query = {'all_tenants': 1, 'soft_deleted': 1, 'status': 'SOFT_DELETED'}


class Server(Handler):
    """Nova deletes a server whatever its state, also locked ones for an administrator; see :meth:`ladder`."""

    kind = 'nova-server'
    service = 'compute'
    after = ('heat-stack',)
    levels = frozenset({Level.API, Level.FORCE})
    resource_types = ('OS::Nova::Server', 'AWS::EC2::Instance')

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`.

        The soft-deleted ones come second: one that is soft-deleted in between is in both, not in neither.

        :raises IncompleteListing: when a cell does not answer.
        """
        compute = cloud.service(self.service, cells.MICROVERSION)
        seen = set()
        for query in (_ALL, _SOFT_DELETED):
            for record in compute.pages(f'{PATH}/detail', 'servers', query):
                cells.refuse_partial(record)
                if record['id'] not in seen:
                    seen.add(record['id'])
                    yield _resource(record)
        cells.require_all(compute)

    def look(self, cloud: Cloud, resource: Resource) -> Resource | None:
        """See :meth:`Handler.look`.

        :raises IncompleteListing: when a 404 is no proof; see :func:`cells.has`.
        """
        compute = cloud.service(self.service, cells.MICROVERSION)
        try:
            record = compute.get(f'{PATH}/{records.segment(resource.id)}')['server']
        except NotFound:
            if cells.has(compute, resource.id):
                raise IncompleteListing(
                    f'Nova lists server {resource.id} but cannot show it; repair its mapping (nova-manage cell_v2).'
                ) from None
            return None
        cells.refuse_partial(record)
        return _resource(record)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`.

        A plain delete also confirms a pending resize and needs no status. Nova ignores it, and ``forceDelete``, for
        a server that is being deleted on a living host already: so the state is reset first. Where servers are
        soft-deleted (``reclaim_instance_interval``) only ``forceDelete`` removes one that is; nobody uses it, and
        its removal was asked for already, so that this is no harsher than a plain delete.
        """
        if resource.status == 'SOFT_DELETED':
            return (Step('force-delete', _force_delete),)
        return (
            Step('delete', _delete),
            Step('reset-state', _reset_state, Level.FORCE, removes=False),
            Step('force-delete', _force_delete, Level.FORCE),
        )

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the server's fault, and the events of its actions that failed."""
        return history.evidence(cloud.service(self.service, cells.MICROVERSION), resource.id)


def _delete(cloud: Cloud, resource: Resource) -> None:
    cloud.service(Server.service, cells.MICROVERSION).delete(f'{PATH}/{records.segment(resource.id)}')


def _reset_state(cloud: Cloud, resource: Resource) -> None:
    _act(cloud, resource, {'os-resetState': {'state': 'error'}})


def _force_delete(cloud: Cloud, resource: Resource) -> None:
    _act(cloud, resource, {'forceDelete': None})


def _act(cloud: Cloud, resource: Resource, body: Mapping[str, Any]) -> None:
    compute = cloud.service(Server.service, cells.MICROVERSION)
    compute.post(f'{PATH}/{records.segment(resource.id)}/action', body)


def _resource(record: Mapping[str, Any]) -> Resource:
    task = record.get('OS-EXT-STS:task_state') or ''
    volumes = record.get('os-extended-volumes:volumes_attached') or []
    return Resource(
        Ref(Server.kind, record['id']),
        name=record.get('name') or '',
        project_id=record.get('tenant_id') or '',
        status=task if states.is_leaving(task) else record.get('status') or '',
        created_at=records.timestamp(record.get('created')),
        updated_at=records.timestamp(record.get('updated')),
        holds=tuple(
            Ref('cinder-volume', volume['id']) for volume in volumes if volume.get('delete_on_termination')
        ),
        tags=records.tags(record.get('metadata'), record.get('tags')),
    )
