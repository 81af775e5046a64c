"""Where Heat and the other services disagree: told only, since nothing follows from it by itself."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import CloudError
from orphancleanup.model import Evidence, Ref, Resource
from orphancleanup.plugins.heat_stack import orchestration

#: the kinds whose resources may name a stack
NAMING = ('nova-server', 'keystone-project')
#: of so many parts of a stack their own services are asked
ASKED = 50
#: what templates by custom set to the id of their stack
_METADATA = ('metering.stack', 'metering.server_group')
_STACK = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
# The project of a stack's guests, cut after 64 characters (heat_keystoneclient.py, create_stack_domain_project).
_GUESTS = re.compile(r'[0-9a-f]{32}-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{7,12})')


def of_stack(cloud: Cloud, resource: Resource, listed: Iterable[Mapping[str, Any]]) -> Iterator[Evidence]:
    """Yield a sentence for each part that Heat holds as complete and that its own service does not have.

    :param resource: with what it holds.
    :param listed: the records of the resources of the stack, on all levels.
    """
    known = {ref.id: ref for ref in resource.holds}
    complete = [each for each in listed if each['physical_resource_id'] in known and _is_complete(each)]
    for each in complete[:ASKED]:
        ref = known[each['physical_resource_id']]
        if _is_gone(cloud, ref):
            name, status = each['resource_name'], each['resource_status']
            yield Evidence(
                'status', f'{name} ({each["resource_type"]}) is {status} to Heat, and {ref} does not exist'
            )


def of_named(cloud: Cloud, resource: Resource) -> Iterator[Evidence]:
    """Yield a sentence when a server or a project names a stack that is gone, nested ones included."""
    named = _of_server(cloud, resource) if resource.kind == 'nova-server' else _of_project(resource)
    if not named:
        return
    living = {records.identifier(each, 'heat-stack') for each in orchestration.every_level(cloud)}
    for where, stack in named.items():
        if not any(each.startswith(stack) for each in living):
            yield Evidence('status', f'{where} names the stack {stack}, which does not exist')


def _is_complete(record: Mapping[str, Any]) -> bool:
    status = str(record.get('resource_status'))
    return status.endswith('_COMPLETE') and not status.startswith('DELETE_')


def _is_gone(cloud: Cloud, ref: Ref) -> bool:
    """Return whether something is gone for sure; what cannot be told is no phantom."""
    try:
        return cloud.is_gone(ref)
    except CloudError:
        return False


def _of_server(cloud: Cloud, resource: Resource) -> Mapping[str, str]:
    """Return where a server names stacks, to their ids."""
    if not resource.tags & set(_METADATA):
        return {}
    document = cloud.service('compute').get(f'/servers/{records.segment(resource.id)}/metadata')
    metadata = document.get('metadata') if isinstance(document, Mapping) else None
    found = metadata if isinstance(metadata, Mapping) else {}
    return {
        f'its metadata {key}': str(found[key]) for key in _METADATA if _STACK.fullmatch(str(found.get(key)))
    }


def _of_project(resource: Resource) -> Mapping[str, str]:
    matched = _GUESTS.fullmatch(resource.name)
    return {'its name': matched[1]} if matched else {}
