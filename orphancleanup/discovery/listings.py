"""One kind at a time to resources: everything of it in the whole cloud, or the reason why that is not known."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.clouds import transcript
from orphancleanup.installed import asking
from orphancleanup.installed.registry import Registry
from orphancleanup.model import Ref, Resource, Scope, Unread

#: how often a listing is begun that changes while it is read, as in a busy cloud it may
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of one listing.

    :param absent: why there is nothing of the kind: the cloud has no such service; empty when it has.
    :param requests: how many requests it took.
    :param is_unasked: whether there may be something of it all the same: the configuration names nothing to ask.
    :param is_partial: whether there may be more of it in projects that were not asked for.
    """

    resources: tuple[Resource, ...] = ()
    unread: tuple[Unread, ...] = ()
    absent: str = ''
    is_unasked: bool = False
    is_partial: bool = False
    requests: int = 0


def attempt(
    registry: Registry, cloud: Cloud, kind: str, project_ids: Collection[str] | None = None
) -> Listed:
    """List a kind, and tell when that fails.

    :param project_ids: the projects that matter; what is elsewhere may be left out then. None when all do.
    """
    try:
        with transcript.counted() as count:
            found = tuple(listing(registry, cloud, kind, project_ids=project_ids).values())
        return Listed(found, requests=count.requests)
    except errors.NotConfigured as error:
        return Listed(absent=str(error), is_unasked=True)
    except errors.ServiceAbsent as error:
        return _absent(registry, cloud, kind, error)
    except errors.PartlyListed as error:
        unread = (Unread(Scope(kind, project), why) for project, why in error.unread.items())
        return Listed(error.found, tuple(unread), requests=count.requests)
    except errors.CloudError as error:
        return Listed(unread=(Unread(Scope(kind), str(error)),))


def _absent(registry: Registry, cloud: Cloud, kind: str, error: errors.ServiceAbsent) -> Listed:
    try:
        return Listed(absent=asking.absence(registry, cloud, kind, error))
    except errors.CloudError as other:
        return Listed(unread=(Unread(Scope(kind), str(other)),))


def listing(
    registry: Registry,
    cloud: Cloud,
    kind: str,
    known: Mapping[Ref, Resource] = MappingProxyType({}),
    project_ids: Collection[str] | None = None,
) -> dict[Ref, Resource]:
    """Return every resource of one kind.

    :param known: see :func:`orphancleanup.installed.asking.everything`.
    :param project_ids: see :func:`attempt`.
    :raises errors.CloudError: when the kind could not be read, a defect of its handler included.
    """
    for number in range(1, ATTEMPTS + 1):
        try:
            found = (
                asking.everything(registry, cloud, kind, known)
                if project_ids is None
                else asking.in_projects(registry, cloud, kind, project_ids)
            )
            return {each.ref: each for each in found}
        except errors.ListingMoved:
            if number == ATTEMPTS:
                raise
    raise AssertionError('the last attempt returns or raises')
