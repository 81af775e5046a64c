"""What Nova remembers about a server: its fault, and the actions that were tried on it."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from orphancleanup.api import Service
from orphancleanup.errors import NotFound
from orphancleanup.model import Evidence
from orphancleanup.records import inner, one, segment

_ACTIONS = 5
#: whose a server is, and where: what a bug report is asked for first
_CIRCUMSTANCES = (
    ('user', 'user_id'),
    ('host', 'OS-EXT-SRV-ATTR:host'),
    ('host', 'OS-EXT-SRV-ATTR:hypervisor_hostname'),
)
# They say nothing about what became of the server; the first is a step of ours (nova/compute/instance_actions.py).
_REMARKS = frozenset({'resetState', 'lock', 'unlock'})


def is_deletion_failed(compute: Service, server_id: str) -> bool:
    """Return whether the last thing that was asked for a server is its deletion, which it outlived.

    For servers in ``ERROR`` that are not being deleted: in all other cases something else failed, a resize perhaps,
    and the server lives.
    """
    for action in _newest(compute, f'/servers/{segment(server_id)}'):
        if action.get('action') not in _REMARKS:
            return action.get('action') == 'delete'
    return False


def evidence(compute: Service, server_id: str) -> Iterator[Evidence]:
    """Yield whose and where a server is, its fault, then the failed events of its newest actions with their messages.

    Of tracebacks, which may have secrets in them, only the last line is told: the error itself.
    """
    path = f'/servers/{segment(server_id)}'
    try:
        server = one(compute.get(path), 'server', f'server {server_id}')
    except NotFound:
        server = {}
    for source, field in _CIRCUMSTANCES:
        if server.get(field):
            yield Evidence(source, str(server[field]))
    fault = server.get('fault')
    if isinstance(fault, Mapping):
        yield Evidence('fault', f'{fault.get("code")}: {fault.get("message")}')
    for action in itertools.islice(_newest(compute, path), _ACTIONS):
        yield from _failures(compute, path, action)


def _newest(compute: Service, path: str) -> list[Mapping[str, Any]]:
    """Return the actions, the newest first; none for a server that is gone."""
    try:
        document = compute.get(f'{path}/os-instance-actions')
    except NotFound:
        return []
    found = inner(document, 'instanceActions', f'the actions of {path}')
    return sorted(found, key=lambda action: str(action.get('start_time')), reverse=True)


def _failures(compute: Service, path: str, action: Mapping[str, Any]) -> Iterator[Evidence]:
    """Yield the failed events of one action; an action is named by the id of its request."""
    request_id = str(action['request_id'])
    shown = compute.get(f'{path}/os-instance-actions/{segment(request_id)}')['instanceAction']
    for event in shown.get('events') or ():
        if event.get('result') == 'Error':
            where = f' on {event["host"]}' if event.get('host') else ''
            text = f'{action.get("action")}: {event.get("event")} failed{where} at {event.get("finish_time")}'
            message = _message(event)
            yield Evidence('event', f'{text}: {message}' if message else text, request_id)


def _message(event: Mapping[str, Any]) -> str:
    """Return what went wrong in an event: its details (microversion 2.84), else the last line of its traceback."""
    lines = str(event.get('details') or event.get('traceback') or '').strip().splitlines()
    return lines[-1].strip() if lines else ''
