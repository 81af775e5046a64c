"""Abandoning: Heat forgets a stack, and all that it held stays.

What it forgets is kept before, since there may be no other record of the parts: their ids, and what Heat answers to the
abandonment itself, with secrets in it (the passwords of guests). A lost answer would be lost for ever: so it is asked
for with ``export``, which is there wherever a stack may be abandoned (heat/engine/service.py, ``export_stack``). It
lacks the parts once a deletion was begun: so their list is kept, too.
"""

import logging
from collections.abc import Iterable

from orphancleanup import records
from orphancleanup.api import Cloud
from orphancleanup.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    IncompleteListing,
    NotFound,
    OrphancleanupError,
    StepUnavailable,
)
from orphancleanup.model import Condition, Resource
from orphancleanup.plugins.heat_stack import orchestration, parts
from orphancleanup.plugins.heat_stack.condition import STATES

LOG = logging.getLogger(__name__)

#: what a deletion must have come to before anything is given up
FROM = frozenset({Condition.DELETION_FAILED, Condition.LEAVING})


def abandon(cloud: Cloud, resource: Resource) -> None:
    """Keep what Heat has of a stack, have Heat forget it, and delete the stacks that were nested in it.

    A nested stack stays alive otherwise, without an owner (observed on release 27.0.1).

    :raises StepUnavailable: when this Heat abandons no stacks.
    :raises Conflict: when the stack is not being deleted any more.
    """
    listed = list(orchestration.every_level(cloud))
    _require_leaving(listed, resource)
    exported = _exported(cloud, resource)
    held = [dict(each) for each in parts.resources(cloud.service(orchestration.SERVICE), resource)]
    cloud.set_aside(f'abandoned-{resource.id}', {'export': exported, 'resources': held})
    path = orchestration.path(resource.name, resource.id)
    cloud.service(orchestration.SERVICE).delete(f'{path}/abandon')
    for record in listed:
        if record.get('parent') == resource.id:
            _delete(cloud, record)


def _require_leaving(listed: Iterable[records.Record], resource: Resource) -> None:
    for record in listed:
        if records.identifier(record, resource.kind) == resource.id:
            status = str(record.get('stack_status'))
            if STATES.condition(status) not in FROM:
                raise Conflict(409, f'Stack {resource.id} is {status} by now; delete it, do not abandon it.')
            return
    raise NotFound(404, f'Stack {resource.id} is gone.')


def _exported(cloud: Cloud, resource: Resource) -> records.Record:
    """Return what Heat answers when a stack is abandoned."""
    try:
        document = cloud.service(orchestration.SERVICE).get(
            f'{orchestration.path(resource.name, resource.id)}/export'
        )
    except (BadRequest, Forbidden) as error:
        if isinstance(error, BadRequest) and 'not supported' not in error.message.lower():
            raise
        raise StepUnavailable(
            f'this Heat lets us abandon no stacks; enable_stack_abandon in its heat.conf allows it, and its policy may '
            f'forbid it ({error.message})'
        ) from error
    found = records.one(document, '', f'what {resource.ref} is made of')
    records.inner(found, 'resources', f'what {resource.ref} is made of')
    if found.get('id') != resource.id:
        raise IncompleteListing(f'Asked what {resource.ref} is made of, Heat told it of another stack.')
    return found


def _delete(cloud: Cloud, record: records.Record) -> None:
    """Delete a nested stack; one that will not go is a stack of its own from now on, and found by the next run."""
    name, identifier = (records.identifier(record, 'heat-stack', each) for each in ('stack_name', 'id'))
    try:
        cloud.service(orchestration.SERVICE).delete(orchestration.path(name, identifier))
    except OrphancleanupError as error:
        # The stack is given up already: whatever this is, it is not the end of that.
        LOG.warning('The nested stack %s was left behind: %s', identifier, error)
