"""One kind at a time to resources: everything of it in the whole cloud, or the reason why that is not known."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.handler import Handler
from orphancleanup.model import Ref, Resource, Scope, Unread

Result = TypeVar('Result')

LOG = logging.getLogger(__name__)
#: how often a listing is begun that changes while it is read, as in a busy cloud it may
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of one listing.

    :param absent: why there is nothing of the kind: the cloud has no such service; empty when it has.
    """

    resources: tuple[Resource, ...] = ()
    unread: tuple[Unread, ...] = ()
    absent: str = ''


def attempt(handler: Handler, cloud: Cloud) -> Listed:
    """List a kind, and tell when that fails."""
    try:
        return Listed(tuple(listing(handler, cloud).values()))
    except errors.ServiceAbsent as error:
        return _absent(handler, cloud, error)
    except errors.CloudError as error:
        return Listed(unread=(Unread(Scope(handler.kind), str(error)),))


def _absent(handler: Handler, cloud: Cloud, error: errors.ServiceAbsent) -> Listed:
    """Believe that a service is absent only when it is the kind's own, and not another that its handler asked."""
    try:
        cloud.service(handler.service)
    except errors.ServiceAbsent as own:
        return Listed(absent=str(own))
    except errors.CloudError as other:
        return Listed(unread=(Unread(Scope(handler.kind), str(other)),))
    return Listed(unread=(Unread(Scope(handler.kind), str(error)),))


def listing(handler: Handler, cloud: Cloud) -> dict[Ref, Resource]:
    """Return every resource of one kind.

    :raises errors.CloudError: when the kind could not be read, a defect of its handler included.
    """
    found = guarded(lambda: _discovered(handler, cloud), f'the handler of {handler.kind}', 'listing')
    stranger = next((ref for ref in found if ref.kind != handler.kind), None)
    if stranger:
        raise errors.IncompleteListing(f'the handler of {handler.kind} listed {stranger}; tell its author')
    return found


def guarded(read: Callable[[], Result], who: str, doing: str) -> Result:
    """Return what a handler reads.

    :param who: whose code it is, for the sentence about a defect.
    :raises errors.CloudError: for every failure, a defect of the handler included.
    """
    try:
        return read()
    except errors.CloudError:
        raise
    except Exception as error:
        LOG.exception('%s failed while %s', who, doing)
        raise errors.IncompleteListing(
            f'{who} failed while {doing} ({type(error).__name__}: {error}); see the log, and tell its author'
        ) from error


def _discovered(handler: Handler, cloud: Cloud) -> dict[Ref, Resource]:
    for number in range(1, ATTEMPTS + 1):
        try:
            return {resource.ref: resource for resource in handler.discover(cloud)}
        except errors.ListingMoved:
            if number == ATTEMPTS:
                raise
    raise AssertionError('the last attempt returns or raises')
