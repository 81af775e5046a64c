"""Servers, in all cells, soft-deleted ones too."""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud, Query, Service
from orphancleanup.errors import Conflict, Forbidden, IncompleteListing, NotFound
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Condition, Evidence, Level, Ref, Resource
from orphancleanup.plugins.nova_server import cells, history
from orphancleanup.states import States

PATH = '/servers'
_ALL: Query = {'all_tenants': 1}
# Nova leaves soft-deleted servers out of a listing unless it is asked for them; the status narrows it to them.
_SOFT_DELETED: Query = {'all_tenants': 1, 'soft_deleted': 1, 'status': 'SOFT_DELETED'}
_LAUNCHED = 'OS-SRV-USG:launched_at'
_NO_ADMIN = (
    'Nova does not show the servers of all projects to this user; use one with the role admin, or whatever its policy '
    '"os_compute_api:servers:detail:get_all_tenants" and "os_compute_api:servers:allow_all_filters" accept.'
)


class Server(Handler):
    """A server, which Nova deletes whatever its state, also locked ones for an administrator; see :meth:`ladder`."""

    kind = 'nova-server'
    service = 'compute'
    after = ('heat-stack',)
    # Cinder's attachments and Neutron's ports name servers of all regions that use these.
    shared_through = ('block-storage', 'network')
    levels = frozenset({Level.API, Level.FORCE})
    resource_types = ('OS::Nova::Server', 'AWS::EC2::Instance')
    #: ``ERROR`` is that of a creation only for a server that was never launched; see :func:`_judged`
    states = States(creation_failed=frozenset({'ERROR'}), leaving=frozenset({'deleting', 'soft-deleting'}))

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`.

        The soft-deleted ones come second: one that is soft-deleted in between is in both, not in neither.

        :raises IncompleteListing: when a cell does not answer, or Nova does not show us the servers of all projects.
        """
        compute = cloud.service(self.service, cells.MICROVERSION)
        _require_administrator(compute)
        seen = set()
        for query in (_ALL, _SOFT_DELETED):
            for record in compute.pages(f'{PATH}/detail', 'servers', query, past_end=True):
                cells.refuse_partial(record)
                found = _resource(compute, record)
                if found.id not in seen:
                    seen.add(found.id)
                    yield found
        cells.require_all(compute)

    def look(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`Handler.look`.

        :raises IncompleteListing: when a 404 is no proof; see :func:`cells.has`.
        """
        found = self.show(cloud, ref)
        if found is not None:
            return found
        if cells.has(cloud.service(self.service, cells.MICROVERSION), ref.id):
            raise IncompleteListing(
                f'Nova lists server {ref.id} but cannot show it; repair its mapping (nova-manage cell_v2).'
            )
        return None

    def show(self, cloud: Cloud, ref: Ref) -> Resource | None:
        """See :meth:`orphancleanup.handler.ShowsById.show`."""
        compute = cloud.service(self.service, cells.MICROVERSION)
        try:
            document = compute.get(f'{PATH}/{records.segment(ref.id)}')
        except NotFound:
            return None
        record = records.inner(document, 'server', str(ref))
        cells.refuse_partial(record)
        return _resource(compute, record)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`.

        A plain delete also confirms a pending resize and needs no status. Nova ignores it, and ``forceDelete``, for
        a server that is being deleted on a living host already: so there, and only there, the state is reset first.
        Where servers are soft-deleted (``reclaim_instance_interval``) only ``forceDelete`` removes one that is; nobody
        uses it, and its removal was asked for already, so that this is no harsher than a plain delete.
        """
        if resource.status == 'SOFT_DELETED':
            return (Step('force-delete', _force_delete),)
        force = Step('force-delete', _force_delete, Level.FORCE)
        if _is_leaving(resource):
            return (
                Step('delete', _delete),
                Step('reset-state', _reset_state, Level.FORCE, removes=False),
                force,
            )
        return (Step('delete', _delete), force)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterable[Evidence]:
        """Yield the server's fault, and the events of its actions that failed."""
        return history.evidence(cloud.service(self.service, cells.MICROVERSION), resource.id)


def _delete(cloud: Cloud, resource: Resource) -> None:
    cloud.service(Server.service, cells.MICROVERSION).delete(f'{PATH}/{records.segment(resource.id)}')


def _reset_state(cloud: Cloud, resource: Resource) -> None:
    now = Server().show(cloud, resource.ref)
    if now is None:
        raise NotFound(404, f'Server {resource.id} is gone.')
    if not _is_leaving(now):
        raise Conflict(
            409, f'Server {resource.id} is {now.status} by now, which needs no reset; make a new plan.'
        )
    _act(cloud, resource, {'os-resetState': {'state': 'error'}})


def _force_delete(cloud: Cloud, resource: Resource) -> None:
    _act(cloud, resource, {'forceDelete': None})


def _act(cloud: Cloud, resource: Resource, body: Mapping[str, Any]) -> None:
    compute = cloud.service(Server.service, cells.MICROVERSION)
    compute.post(f'{PATH}/{records.segment(resource.id)}/action', body)


def _require_administrator(compute: Service) -> None:
    """Return when Nova gives us all projects and honours the filters that only administrators may use.

    To others it refuses the first with 403, and drops the second without a word: then a soft-deleted server would be
    gone (``remove_invalid_options`` in its servers.py). So it is asked for a server that cannot be.

    :raises IncompleteListing: when it does not.
    """
    try:
        document = compute.get(f'{PATH}/detail', {**_ALL, 'uuid': str(uuid.UUID(int=0)), 'limit': 1})
    except Forbidden as error:
        raise IncompleteListing(_NO_ADMIN) from error
    if records.inner(document, 'servers', 'all servers'):
        raise IncompleteListing(_NO_ADMIN)


def _is_leaving(resource: Resource) -> bool:
    return Server.states.condition(resource.status) is Condition.LEAVING


def _resource(compute: Service, record: Mapping[str, Any]) -> Resource:
    identifier = records.identifier(record, Server.kind)
    task = record.get('OS-EXT-STS:task_state') or ''
    is_leaving = Server.states.condition(task) is Condition.LEAVING
    status = task if is_leaving else record.get('status') or ''
    volumes = records.present(record, 'os-extended-volumes:volumes_attached', Server.kind) or []
    return Resource(
        Ref(Server.kind, identifier),
        name=record.get('name') or '',
        project_id=records.required(record, 'tenant_id', Server.kind),
        status=status,
        created_at=records.timestamp(record.get('created')),
        updated_at=records.timestamp(record.get('updated')),
        condition=_judged(compute, record, Server.states.condition(status)),
        holds=tuple(
            Ref('cinder-volume', volume['id']) for volume in volumes if volume.get('delete_on_termination')
        ),
        tags=records.tags(
            records.present(record, 'metadata', Server.kind), records.present(record, 'tags', Server.kind)
        ),
    )


def _judged(compute: Service, record: Mapping[str, Any], found: Condition) -> Condition:
    """Return what ``ERROR`` means: a failed creation only when Nova says that the server was never launched.

    One that was launched may live, with a resize or a migration that failed; only its history tells a failed deletion.
    """
    if found is not Condition.CREATION_FAILED or (_LAUNCHED in record and record[_LAUNCHED] is None):
        return found
    if history.is_deletion_failed(compute, record['id']):
        return Condition.DELETION_FAILED
    return Condition.NORMAL
