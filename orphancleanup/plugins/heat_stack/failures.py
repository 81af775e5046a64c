"""What Heat remembers of what failed in a stack and in the stacks nested in it: the newest events."""

import itertools
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orphancleanup.api import Query, Service
from orphancleanup.errors import Forbidden, NotFound
from orphancleanup.model import Evidence, Resource
from orphancleanup.plugins.heat_stack import orchestration, parts
from orphancleanup.records import inner

_SHOWN = 10
# Of a stack with many resources the newest are enough: one try ends with its failures.
_OF_STACK: Query = {'sort_dir': 'desc', 'limit': 100}
_OF_RESOURCE: Query = {'sort_dir': 'desc', 'limit': 5}


def states(listed: Iterable[Mapping[str, Any]]) -> Iterator[Evidence]:
    """Yield why each resource of a stack has failed, on all levels, then which ones are under way.

    :param listed: the records of all resources.
    """
    listed = list(listed)
    for end in ('_FAILED', '_IN_PROGRESS'):
        for each in listed:
            status = str(each.get('resource_status'))
            if status.endswith(end):
                hangs = f' is {status}' if end == '_IN_PROGRESS' else ''
                reason = each.get('resource_status_reason') or 'no reason was given'
                yield Evidence(
                    'status', f'{each["resource_name"]} ({each["resource_type"]}){hangs}: {reason}'
                )


def events(service: Service, resource: Resource, failed: Iterable[Mapping[str, Any]]) -> Iterator[Evidence]:
    """Yield the newest events of what failed, each text once; none when Heat does not show them.

    Asked for all levels at once, Heat shows an administrator the events of the administrator's own project only
    (heat/engine/service.py, ``list_events``): so the failed resources of nested stacks are asked one by one.

    :param failed: the records of the resources that have failed, on all levels.
    """
    nested = [parts.address(each) for each in failed if 'parent_resource' in each]
    paths = [orchestration.path(resource.name, resource.id), *dict.fromkeys(filter(None, nested))]
    found = itertools.chain.from_iterable(
        _texts(service, path, _OF_RESOURCE if number else _OF_STACK)
        for number, path in enumerate(paths[: 1 + _SHOWN])
    )
    for text in itertools.islice(dict.fromkeys(found), _SHOWN):
        yield Evidence('event', text)


def _texts(service: Service, path: str, query: Query) -> Iterator[str]:
    try:
        document = service.get(f'{path}/events', query)
    except (Forbidden, NotFound):
        return
    for event in inner(document, 'events', f'the events of {path}'):
        if str(event.get('resource_status')).endswith('_FAILED'):
            yield _text(event)


def _text(event: Mapping[str, Any]) -> str:
    name, status = event.get('resource_name'), event.get('resource_status')
    reason = event.get('resource_status_reason') or 'no reason was given'
    return f'{event.get("event_time")} {name} in stack {_stack(event)} {status}: {reason}'


def _stack(event: Mapping[str, Any]) -> str:
    """Return the name of the stack that an event is of, out of the address of that stack."""
    for link in event.get('links') or ():
        if link.get('rel') == 'stack':
            _, _, tail = str(link.get('href')).partition('/stacks/')
            return urllib.parse.unquote(tail.partition('/')[0])
    return 'itself'
