"""What Nova remembers about a server: its fault, and the actions that failed."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from orphancleanup.api import Service
from orphancleanup.errors import NotFound
from orphancleanup.model import Evidence
from orphancleanup.plugins.records import segment

_ACTIONS = 5


def evidence(compute: Service, server_id: str) -> Iterator[Evidence]:
    """Yield the fault of a server, then the failed events of its newest actions, without their tracebacks."""
    path = f'/servers/{segment(server_id)}'
    try:
        fault = compute.get(path)['server'].get('fault')
    except NotFound:
        fault = None
    if fault:
        yield Evidence('fault', f'{fault.get("code")}: {fault.get("message")}')
    newest = sorted(_actions(compute, path), key=lambda action: str(action.get('start_time')), reverse=True)
    for action in itertools.islice(newest, _ACTIONS):
        yield from _failures(compute, path, action)


def _actions(compute: Service, path: str) -> list[Mapping[str, Any]]:
    try:
        found: list[Mapping[str, Any]] = compute.get(f'{path}/os-instance-actions')['instanceActions']
    except NotFound:
        return []
    return found


def _failures(compute: Service, path: str, action: Mapping[str, Any]) -> Iterator[Evidence]:
    """Yield the failed events of one action; an action is named by the id of its request."""
    request_id = str(action['request_id'])
    shown = compute.get(f'{path}/os-instance-actions/{segment(request_id)}')['instanceAction']
    for event in shown.get('events') or ():
        if event.get('result') == 'Error':
            text = f'{action.get("action")}: {event.get("event")} failed at {event.get("finish_time")}'
            yield Evidence('event', text, request_id)
