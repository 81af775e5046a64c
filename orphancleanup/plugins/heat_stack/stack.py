"""Stacks: root ones, with all that they and the stacks nested in them hold."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.ladder import Step
from orphancleanup.model import Evidence, Part, Ref, Resource
from orphancleanup.plugins import records
from orphancleanup.plugins.heat_stack import creator, orchestration, template

# Heat itself stops at its max_nested_stack_depth.
_ALL_LEVELS = {'nested_depth': 100}


class Stack(Handler):
    """Heat deletes nested stacks with their root, and all of it in the caller's name."""

    kind = 'heat-stack'
    service = orchestration.SERVICE
    resource_types = ('OS::Heat::Stack',)
    deadline = 900.0

    def discover(self, cloud: Cloud) -> Iterator[Resource]:
        """See :meth:`Handler.discover`.

        :raises IncompleteListing: when Heat does not take the caller for an administrator.
        """
        return map(_resource, orchestration.listing(cloud))

    def look(self, cloud: Cloud, resource: Resource) -> Resource | None:
        """See :meth:`Handler.look`. Shown by its id alone, a deleted stack is still there; it is not listed."""
        found = orchestration.listing(cloud, {'id': resource.id})
        return next((_resource(record) for record in found if record['id'] == resource.id), None)

    def ladder(self, resource: Resource) -> Sequence[Step]:
        """See :meth:`Handler.ladder`."""
        return (Step('delete', _delete),)

    def parts(self, cloud: Cloud, resource: Resource) -> Iterator[Part]:
        """Yield the resources of the stack and of all stacks nested in it that exist somewhere.

        A nested stack comes as the resource that holds it (``OS::Heat::ResourceGroup``), and is no stack of its own
        to anybody. What the stack's own template tells to retain is marked so. What nested templates retain is not
        known here: it is taken for a part that goes.
        """
        service = cloud.service(self.service)
        base = orchestration.path(resource.name, resource.id)
        retained = template.retained(service.get(f'{base}/template'))
        for record in service.get(f'{base}/resources', _ALL_LEVELS)['resources']:
            is_own = 'parent_resource' not in record
            if record.get('physical_resource_id'):
                stays = is_own and record['resource_name'] in retained
                yield Part(record['resource_type'], record['physical_resource_id'], stays)

    def evidence(self, cloud: Cloud, resource: Resource) -> Iterator[Evidence]:
        """Yield why the stack and its resources failed, and whether its creator stands in the way."""
        for record in orchestration.listing(cloud, {'id': resource.id}):
            if record.get('stack_status_reason'):
                yield Evidence('status', record['stack_status_reason'])
        base = orchestration.path(resource.name, resource.id)
        for record in cloud.service(self.service).get(f'{base}/resources', _ALL_LEVELS)['resources']:
            if str(record.get('resource_status')).endswith('_FAILED'):
                reason = record.get('resource_status_reason')
                yield Evidence('status', f'{record["resource_name"]} ({record["resource_type"]}): {reason}')
        yield from creator.evidence(cloud, str(resource.details.get('owner') or ''))


def _delete(cloud: Cloud, resource: Resource) -> None:
    cloud.service(Stack.service).delete(orchestration.path(resource.name, resource.id))


def _resource(record: Mapping[str, Any]) -> Resource:
    return Resource(
        Ref(Stack.kind, record['id']),
        name=record['stack_name'],
        project_id=record['project'] or '',
        status=record.get('stack_status') or '',
        created_at=records.timestamp(record.get('creation_time')),
        updated_at=records.timestamp(record.get('updated_time')),
        tags=frozenset(record.get('tags') or ()),
        details={'owner': record.get('stack_owner')},
    )
