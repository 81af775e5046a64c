"""Asks the handlers: what they give is checked here, where it enters, and what goes wrong is an error of the tree.

Nobody else calls ``discover``, ``look``, ``show``, ``parts``, ``stayed`` or ``evidence`` of a handler, and nobody but
:mod:`~orphancleanup.installed.ladders` its ``ladder``. A defect names the plugin and the kind, and costs that kind, or
that entry, never the run.
"""

import functools
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TypeVar

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.handler import (
    AddsEvidence,
    GivesEvidence,
    HoldsParts,
    ListsByProject,
    ShowsById,
    StaysBehind,
)
from orphancleanup.installed import checks, service_types
from orphancleanup.installed.registry import Registry
from orphancleanup.model import Evidence, Part, Ref, Resource
from orphancleanup.strangers import guarded

Result = TypeVar('Result')

LOG = logging.getLogger(__name__)


def everything(
    registry: Registry, cloud: Cloud, kind: str, known: Mapping[Ref, Resource] = MappingProxyType({})
) -> tuple[Resource, ...]:
    """Return every resource of a kind, as its handler lists it; what is gone though listed is left out.

    :param known: what is as one of these is that one: most are as they were, and one object for both keeps
        thousands small.
    :raises errors.PartlyListed: when it is whole but for some projects; what is in the others comes with it.
    :raises errors.CloudError: when it could not be read whole, by a defect of its handler, too.
    """
    return _listed(registry, kind, lambda: registry.handler(kind).discover(cloud), known)


def in_projects(
    registry: Registry, cloud: Cloud, kind: str, project_ids: Collection[str]
) -> tuple[Resource, ...]:
    """Return every resource of a kind in some projects, and others where its handler lists all at once; as above."""
    handler = registry.handler(kind)
    if not isinstance(handler, ListsByProject):
        return everything(registry, cloud, kind)
    return _listed(registry, kind, lambda: handler.discover_in(cloud, project_ids))


def _listed(
    registry: Registry,
    kind: str,
    discover: Callable[[], Iterable[Resource]],
    known: Mapping[Ref, Resource] = MappingProxyType({}),
) -> tuple[Resource, ...]:
    handler = registry.handler(kind)

    def checked(found: Iterable[Resource]) -> Iterator[Resource]:
        for each in found:
            fault = checks.resource_fault(kind, each) or checks.promise_fault(handler, each)
            _require(registry, kind, 'listed', fault)
            if not handler.states.is_gone(each.status):
                before = known.get(each.ref)
                yield before if before is not None and each == before else each

    try:
        return _asked(registry, kind, 'listing', lambda: tuple(checked(discover())))
    except errors.PartlyListed as error:
        raise errors.PartlyListed(checked(error.found), error.unread) from error


def look(registry: Registry, cloud: Cloud, ref: Ref) -> Resource | None:
    """Return one resource as it is now; None when the cloud positively says that it is gone.

    :raises errors.CloudError: when that cannot be told, by a defect of its handler, too.
    """
    return _one(registry, cloud, ref, registry.handler(ref.kind).look)


def show(registry: Registry, cloud: Cloud, ref: Ref) -> Resource | None:
    """Return one resource as its service shows it by its id, in the cheapest way.

    Its None is a proof only next to a complete listing without the resource; see ``ShowsById``.

    :raises errors.CloudError: when that cannot be told, by a defect of its handler, too.
    """
    handler = registry.handler(ref.kind)
    return _one(registry, cloud, ref, handler.show if isinstance(handler, ShowsById) else handler.look)


def is_gone(registry: Registry, cloud: Cloud, ref: Ref) -> bool:
    """Return whether what something else names is gone for sure, wherever it may have been.

    :raises errors.OrphancleanupError: when that cannot be told: no handler knows the kind, its service is hidden, no
        answer came, or another region may have it.
    """
    try:
        if look(registry, cloud, ref) is not None:
            return False
    except errors.NotConfigured:
        # Nobody was asked: it may be there.
        raise
    except errors.ServiceAbsent as error:
        absence(registry, cloud, ref.kind, error)
    require_one_region(registry, cloud, ref)
    return True


def answer(registry: Registry, cloud: Cloud, ref: Ref) -> bool:
    """Return what a step is told that asks :meth:`orphancleanup.api.Cloud.is_gone`.

    :raises errors.Unreachable: when it cannot be told, so that nothing harsher is tried on a guess.
    """
    try:
        return is_gone(registry, cloud, ref)
    except errors.Unreachable:
        raise
    except errors.OrphancleanupError as error:
        raise errors.Unreachable(f'Whether {ref} is gone cannot be told: {error}') from error


def absence(registry: Registry, cloud: Cloud, kind: str, error: errors.ServiceAbsent) -> str:
    """Return the sentence that says that a kind's own service is positively absent, and so is everything of the kind.

    :param error: what its handler raised, perhaps about another service that it asked, too.
    :raises errors.CloudError: when it may be there, or its type is one that nobody knows.
    """
    service = registry.handler(kind).service
    try:
        cloud.service(service)
    except errors.ServiceAbsent as own:
        if not service_types.is_known(service):
            raise errors.IncompleteListing(
                f'{registry.author_of(kind)} asks for the service type {service!r}, which neither this cloud nor '
                f'OpenStack knows; {service_types.closest(service)!r} is meant, it seems: tell its author'
            ) from error
        return str(own)
    raise error


def require_one_region(registry: Registry, cloud: Cloud, ref: Ref) -> None:
    """Return when no other region can have what something names and our region does not know.

    :raises errors.IncompleteListing: when one can; see ``Handler.shared_through``.
    """
    handler = registry.handler(ref.kind)
    named = handler.shared_through
    for through in ((named,) if named else ()) if isinstance(named, str) else named:
        others = cloud.sharing_regions(handler.service, through)
        if others:
            raise errors.IncompleteListing(
                f'This region does not know {ref}, but {", ".join(sorted(others))} may: it uses the same {through}. '
                f'Look there first.'
            )


def parts(registry: Registry, cloud: Cloud, owner: Resource) -> tuple[Part, ...]:
    """Return what an owner holds; nothing for a kind that holds nothing.

    :raises errors.CloudError: when it could not be read whole, by a defect of its handler, too.
    """
    handler = registry.handler(owner.kind)
    if not isinstance(handler, HoldsParts):
        return ()
    doing = f'reading parts of {owner.ref}'
    found = _asked(registry, owner.kind, doing, lambda: tuple(handler.parts(cloud, owner)))
    for each in found:
        fault = checks.part_fault(each) or checks.alteration_fault(handler, each, registry.by_resource_type)
        _require(registry, owner.kind, f'gave as a part of {owner.ref}', fault)
    return found


def stayed(registry: Registry, cloud: Cloud, kind: str, gone: Collection[Ref]) -> tuple[Resource, ...]:
    """Return what of a kind has stayed behind of what belonged to some resources; nothing for most kinds.

    :raises errors.CloudError: when it could not be read whole, by a defect of its handler, too.
    """
    handler = registry.handler(kind)
    if not isinstance(handler, StaysBehind):
        return ()
    own = [ref for ref in gone if ref.kind in handler.belongs_to]
    if not own:
        return ()
    found = _asked(registry, kind, 'looking for what has stayed', lambda: tuple(handler.stayed(cloud, own)))
    for each in found:
        _require(registry, kind, 'gave as what has stayed', checks.resource_fault(kind, each))
    return found


def evidence(registry: Registry, cloud: Cloud, resource: Resource) -> tuple[Evidence, ...]:
    """Return what services tell about a resource that would not go; a failure to ask is evidence, too."""
    found: tuple[Evidence, ...] = ()
    handler = registry.handler(resource.kind)
    if isinstance(handler, GivesEvidence):
        found += _told(registry, resource.kind, resource, lambda: handler.evidence(cloud, resource))
    for kind, each in registry.adding.get(resource.kind, ()):
        if isinstance(each, AddsEvidence):
            found += _told(registry, kind, resource, functools.partial(each.added_evidence, cloud, resource))
    return found


def _told(
    registry: Registry, kind: str, resource: Resource, ask: Callable[[], Iterable[Evidence]]
) -> tuple[Evidence, ...]:
    try:
        found = _asked(registry, kind, f'gathering evidence of {resource.ref}', lambda: tuple(ask()))
        for each in found:
            _require(registry, kind, 'gave as evidence', checks.evidence_fault(each))
    except errors.NotConfigured:
        return ()
    except errors.OrphancleanupError as error:
        return (Evidence('api', f'more could not be read: {error}'),)
    return found


def _one(
    registry: Registry, cloud: Cloud, ref: Ref, ask: Callable[[Cloud, Ref], Resource | None]
) -> Resource | None:
    found = _asked(registry, ref.kind, f'looking at {ref}', lambda: ask(cloud, ref))
    if found is None:
        return None
    handler = registry.handler(ref.kind)
    fault = checks.resource_fault(ref.kind, found) or (None if found.ref == ref else f'{found.ref}')
    fault = fault or checks.promise_fault(handler, found)
    _require(registry, ref.kind, 'showed', f'{fault} when asked for {ref}' if fault else None)
    return None if handler.states.is_gone(found.status) else found


def _asked(registry: Registry, kind: str, doing: str, read: Callable[[], Result]) -> Result:
    def failed(error: Exception) -> Exception:
        who = registry.author_of(kind)
        LOG.exception('%s failed while %s', who, doing)
        return errors.IncompleteListing(
            f'{who} failed while {doing} ({type(error).__name__}: {error}); see the log, and tell its author'
        )

    with guarded(failed, errors.CloudError):
        return read()


def _require(registry: Registry, kind: str, did: str, fault: str | None) -> None:
    if fault:
        raise errors.IncompleteListing(f'{registry.author_of(kind)} {did} {fault}; tell its author')
