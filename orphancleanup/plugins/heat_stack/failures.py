"""What Heat remembers of what failed in a stack and in the stacks nested in it: the newest events."""

import itertools
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from orphancleanup.api import Query, Service
from orphancleanup.errors import Forbidden, NotFound
from orphancleanup.model import Evidence, Resource
from orphancleanup.plugins.heat_stack import orchestration
from orphancleanup.records import inner

_SHOWN = 10
# Of a stack with many resources the newest are enough: one try ends with its failures.
_READ: Query = {**orchestration.ALL_LEVELS, 'sort_dir': 'desc', 'limit': 200}


def events(service: Service, resource: Resource) -> Iterator[Evidence]:
    """Yield the newest events of failed resources on all levels, each text once; none when Heat does not show them."""
    path = f'{orchestration.path(resource.name, resource.id)}/events'
    try:
        document = service.get(path, _READ)
    except (Forbidden, NotFound):
        return
    found = inner(document, 'events', f'the events of {resource.ref}')
    failed = [each for each in found if str(each.get('resource_status')).endswith('_FAILED')]
    for text in itertools.islice(dict.fromkeys(map(_text, failed)), _SHOWN):
        yield Evidence('event', text)


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
