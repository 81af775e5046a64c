"""What a stack holds, on all levels, and what loses something when it goes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orphancleanup import records
from orphancleanup.api import Query, Service
from orphancleanup.errors import NotFound
from orphancleanup.model import Part, Ref, Resource
from orphancleanup.plugins.heat_stack import associations, orchestration, template

Record = Mapping[str, Any]
_TYPE, _NAME, _ID = 'resource_type', 'resource_name', 'physical_resource_id'
# In all others a resource may still be as an older template made it: after an update that failed, whatever came then.
_SETTLED = ('CREATE_', 'UPDATE_COMPLETE')


@dataclass(frozen=True, slots=True)
class _Stack:
    """A stack as it was read.

    :param template: its own template, or nothing when that may not be what its resources were made from.
    :param own: the physical ids of what goes with it.
    :param names: the name of each resource of its own level to the physical id.
    """

    service: Service
    template: Record
    own: frozenset[str]
    names: Mapping[str, str]


def read(service: Service, resource: Resource) -> Iterator[Part]:
    """Yield the resources of a stack and of all stacks nested in it that exist somewhere, of whatever type.

    What the stack's own template tells to retain is marked so. What nested templates retain is not known here: it is
    taken for a part that goes.

    :raises NotFound: when the service lacks something on the way.
    :raises IncompleteListing: when an answer tells nothing.
    """
    base = orchestration.path(resource.name, resource.id)
    document = service.get(f'{base}/template')
    if not isinstance(document, Mapping):
        document = records.inner({}, 'resources', f'the template of {resource.ref}')
    listed = resources(service, resource)
    retained = template.retained(document)
    going = [each for each in listed if not _is_retained(each, retained)]
    stack = _Stack(
        service,
        document if resource.status.startswith(_SETTLED) else {},
        frozenset(each[_ID] for each in going if each[_TYPE] not in associations.ASSOCIATIONS),
        {each[_NAME]: each[_ID] for each in listed if _is_own(each)},
    )
    for each in listed:
        stays = _is_retained(each, retained)
        yield Part(each[_TYPE], each[_ID], stays, () if stays else _alters(stack, each))


def resources(service: Service, resource: Resource) -> Sequence[Record]:
    """Return the records of all resources of a stack, on all levels, that exist somewhere.

    :raises IncompleteListing: when one lacks its type, its name or its id.
    """
    base = orchestration.path(resource.name, resource.id)
    document = service.get(f'{base}/resources', orchestration.ALL_LEVELS)
    found = records.inner(document, 'resources', f'the resources of {resource.ref}')
    for each in found:
        for field in (_TYPE, _NAME):
            records.identifier(each, f'a resource of {resource.ref}', field)
    return [each for each in found if records.required(each, _ID, f'a resource of {resource.ref}')]


def _is_own(record: Record) -> bool:
    return 'parent_resource' not in record


def _is_retained(record: Record, retained: frozenset[str]) -> bool:
    return _is_own(record) and record[_NAME] in retained


def _alters(stack: _Stack, record: Record) -> tuple[Ref, ...]:
    resource_type, physical_id = record[_TYPE], record[_ID]
    if not associations.ends(resource_type):
        return ()
    told = {**_of_template(stack, record), **associations.in_id(resource_type, physical_id)}
    if not associations.is_told(resource_type, told):
        told = {**_of_event(stack.service, record), **associations.in_id(resource_type, physical_id)}
    if not associations.is_told(resource_type, told):
        return (Ref(associations.UNTOLD, physical_id),)
    return associations.altered(resource_type, told, stack.own)


def _of_template(stack: _Stack, record: Record) -> Record:
    """Return the properties that the template fills with other resources of the stack."""
    if not _is_own(record):
        return {}
    made = template.references(stack.template, record[_NAME])
    return {field: stack.names[name] for field, name in made.items() if name in stack.names}


def _of_event(service: Service, record: Record) -> Record:
    """Return the properties that a resource was last made or changed with; Heat tells them in events only."""
    path = address(record)
    if not path:
        return {}
    newest: Query = {'limit': 1, 'sort_dir': 'desc'}
    try:
        listed = records.inner(service.get(f'{path}/events', newest), 'events', f'the events of {path}')
        if not listed:
            return {}
        identifier = records.identifier(listed[0], f'an event of {path}')
        document = service.get(f'{path}/events/{records.segment(identifier)}')
    except NotFound:
        return {}
    event = records.inner(document, 'event', f'event {identifier} of {path}')
    found = event.get('resource_properties')
    is_same = event.get(_ID) == record[_ID] and isinstance(found, Mapping)
    return found if is_same else {}


def address(record: Record) -> str:
    """Return where a resource is, in whichever nested stack; its name and that of its stack are quoted already."""
    for link in record.get('links') or ():
        if link.get('rel') == 'self':
            _, _, tail = str(link.get('href')).partition('/stacks/')
            return f'/stacks/{tail}' if tail else ''
    return ''
