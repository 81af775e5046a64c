"""Attachments of volumes to servers: the ones whose server is gone keep their volume from going."""

import dataclasses
import uuid
from collections.abc import Iterable, Sequence

from orphancleanup.api import Cloud
from orphancleanup.errors import ApiError, CloudError, Conflict, Forbidden, ServiceAbsent, Unreachable
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Ref, Resource
from orphancleanup.plugins.cinder_volume import block_storage
from orphancleanup.records import Record, identifier, inner, timestamp
from orphancleanup.table import TableHandler

_IRONIC = 'baremetal'
#: the lowest microversion of Ironic that lists conductors, and what one answers that does not know it
_WITH_CONDUCTORS, _NOT_ACCEPTABLE = '1.49', 406


class Attachment(TableHandler):
    """An attachment goes with its server. Cinder tells neither its project nor its age: both are its volume's.

    Only the short listing is read: the long one has the connection's secrets (CHAP passwords) in it.
    """

    kind = 'cinder-attachment'
    #: the lowest microversion that has attachments
    service, microversion = block_storage.SERVICE, '3.27'
    path, key = '/attachments', 'attachments'
    query, past_end = block_storage.ALL_TENANTS, True
    project_field, tag_fields = f'volume.{block_storage.PROJECT}', ('volume.metadata',)
    parents = {'volume_id': 'cinder-volume'}
    after = ('nova-server',)
    levels = frozenset({Level.FORCE})
    require_all = staticmethod(block_storage.require_administrator)
    completed = block_storage.with_volumes

    def resource(self, record: Record) -> Resource:
        """See :meth:`TableHandler.resource`; one that is for no server is its service's own business."""
        found, server = super().resource(record), server_id(record)
        servers = (Ref('nova-server', server),) if server else ()
        return dataclasses.replace(
            found,
            created_at=timestamp(_attached_at(found.id, record['volume'].get('attachments') or ())),
            parents=(*servers, *found.parents),
            owners=servers,
            is_system=not server,
            details={'server_id': server},
        )

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`. The one step proves first that the server is gone in every cell."""
        return () if resource.is_system else (Step('detach', _detach, Level.FORCE),)


def detach(cloud: Cloud, found: Iterable[Record]) -> None:
    """Remove attachments whose server is gone; none of them unless that is proved for all.

    :raises Conflict: when one is not for a server, or its server exists.
    :raises orphancleanup.errors.Unreachable: when it cannot be told.
    """
    servers = {identifier(record, Attachment.kind): server_id(record) for record in found}
    for attachment, server in servers.items():
        if not server:
            raise Conflict(409, f'Attachment {attachment} is for no server; find out who uses it.')
    for server in sorted(set(servers.values())):
        _require_gone(cloud, server)
    for attachment in servers:
        Attachment().delete(cloud, Resource(Ref(Attachment.kind, attachment)))


def server_id(record: Record) -> str:
    """Return the server that an attachment is for.

    :returns: empty when it is for no server: reserved, a host's own, or with an id that is none of Nova's.
    """
    instance = record.get('instance')
    try:
        return str(uuid.UUID(instance)) if isinstance(instance, str) else ''
    except ValueError:
        return ''


def _detach(cloud: Cloud, resource: Resource) -> None:
    detach(cloud, [{'id': resource.id, 'instance': resource.details['server_id']}])


def _require_gone(cloud: Cloud, identifier: str) -> None:
    """Return when neither a server nor a bare-metal node goes by an id: a living one's disks would be corrupted."""
    if not cloud.is_gone(Ref('nova-server', identifier)) or _is_node(cloud, identifier):
        raise Conflict(409, f'Server {identifier} still exists; remove it first.')


def _is_node(cloud: Cloud, identifier: str) -> bool:
    """Return whether an id is that of a node: Ironic attaches volumes without Nova (ironic/common/cinder.py)."""
    try:
        _require_all_nodes(cloud)
        nodes = cloud.service(_IRONIC).pages('/v1/nodes', 'nodes')
        return any(identifier in (node.get('uuid'), node.get('instance_uuid')) for node in nodes)
    except ServiceAbsent:
        return False
    except Unreachable:
        raise
    except CloudError as error:
        raise Unreachable(f'Whether {identifier} is a bare-metal node cannot be told: {error}') from error


def _require_all_nodes(cloud: Cloud) -> None:
    """Return when Ironic shows us the nodes of all projects.

    To an administrator of a project it lists that project's alone, and says nothing about that (ironic/api/controllers,
    ``check_list_policy``). Who may list all may list its conductors, too; releases before Stein have no list of these,
    and show all nodes or none.

    :raises Unreachable: when it does not.
    """
    try:
        document = cloud.service(_IRONIC, _WITH_CONDUCTORS).get('/v1/conductors')
    except Forbidden as error:
        raise Unreachable(
            f'Ironic shows only the nodes of our own project, so that whether a node uses a volume cannot be told: use '
            f'an account that its policy "baremetal:node:list_all" accepts ({error})'
        ) from error
    except ApiError as error:
        if error.status != _NOT_ACCEPTABLE:
            raise
        return
    inner(document, 'conductors', 'the conductors of Ironic')


def _attached_at(attachment: str, listed: Iterable[Record]) -> object:
    return next((each.get('attached_at') for each in listed if each.get('attachment_id') == attachment), None)
