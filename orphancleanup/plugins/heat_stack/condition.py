"""What the status of a stack means, and since when it stands."""

import dataclasses
import datetime
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from orphancleanup import records
from orphancleanup.api import Query, Service
from orphancleanup.errors import Forbidden, NotFound
from orphancleanup.model import Condition, Resource
from orphancleanup.plugins.heat_stack import orchestration
from orphancleanup.states import States

Event = Mapping[str, Any]
#: all others are about a stack that was whole before: an update, a check, a suspension that failed took nothing away
STATES = States(
    creation_failed=frozenset({'CREATE_FAILED'}),
    deletion_failed=frozenset({'DELETE_FAILED'}),
    # The latter is listed for a moment, between its end and its burial.
    leaving=frozenset({'DELETE_IN_PROGRESS', 'DELETE_COMPLETE'}),
)
_ROLLBACK_FAILED = 'ROLLBACK_FAILED'
_BEGIN = 'CREATE_IN_PROGRESS'


def told(service: Service, resource: Resource) -> Resource:
    """Return a stack with what its status means, and with the moment since when it stands.

    Heat's ``updated_time`` is that of the last call (bug 1193269). The moment is that of the stack's newest event, if
    that is about this status; when it is not, or has been purged, nobody knows.
    """
    found = STATES.condition(resource.status)
    if resource.status == _ROLLBACK_FAILED:
        events = _events(service, resource, {})
        if _is_of_a_creation(events):
            found = Condition.CREATION_FAILED
    elif found is not Condition.NORMAL:
        events = _events(service, resource, {'limit': 1, 'sort_dir': 'desc'})
    if found is Condition.NORMAL:
        return resource
    return dataclasses.replace(resource, condition=found, updated_at=_since(events, resource.status))


def _events(service: Service, resource: Resource, query: Query) -> Sequence[Event]:
    """Return events of the stack itself, the newest first; none when Heat does not show them to us."""
    path = f'{orchestration.path(resource.name, resource.id)}/events'
    try:
        document = service.get(path, {'resource_name': resource.name, **query})
    except (Forbidden, NotFound):
        return []
    found = records.inner(document, 'events', f'the events of {resource.ref}')
    # A resource may be called as its stack is.
    own = [each for each in found if each.get('physical_resource_id') == resource.id]
    return sorted(own, key=lambda each: str(each.get('event_time')), reverse=True)


def _since(events: Sequence[Event], status: str) -> datetime.datetime | None:
    if not events or events[0].get('resource_status') != status:
        return None
    return records.timestamp(events[0].get('event_time'))


def _is_of_a_creation(events: Iterable[Event]) -> bool:
    """Return whether what was rolled back was the creation: the whole history is there, and has nothing else in it.

    A rollback of a failed creation is a deletion (heat/engine/stack.py, ``create``), one of an update is not.
    """
    seen = {str(each.get('resource_status')) for each in events}
    return (
        _BEGIN in seen
        and 'CREATE_FAILED' in seen
        and all(each.startswith('ROLLBACK_') for each in seen - {_BEGIN, 'CREATE_FAILED'})
    )
