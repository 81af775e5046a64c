"""Handlers and tenants to inventory: what is there, and what could not be read."""

import dataclasses
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.handler import Handler, HoldsParts
from orphancleanup.model import Inventory, Part, Ref, Resource, Scope, Tenant, Unread
from orphancleanup.progress import Progress
from orphancleanup.registry import Registry

LOG = logging.getLogger(__name__)
TENANTS = 'tenant'
#: how often a listing is begun that changes while it is read, as in a busy cloud it may
ATTEMPTS = 3

ReadTenants = Callable[[Cloud], Mapping[str, Tenant]]


@dataclass(frozen=True, slots=True)
class Surveyor:
    """What a survey needs.

    :param read_tenants: reads all tenants of a cloud; see ``clouds.tenants``.
    """

    cloud: Cloud
    registry: Registry
    executor: Executor
    read_tenants: ReadTenants
    progress: Progress


@dataclass(frozen=True, slots=True)
class _Listed:
    """What came of one listing."""

    resources: tuple[Resource, ...] = ()
    unread: tuple[Unread, ...] = ()
    absent: str = ''


def needed(registry: Registry, kinds: Iterable[str]) -> frozenset[str]:
    """Answer the kinds to read so that the given ones can be judged.

    These are what goes before them (it may hold them or need them), and what they may hang on.
    """
    wanted = frozenset(kinds)
    before = frozenset[str]().union(*(registry.before(kind) for kind in wanted))
    above = {kind for kind in registry.order if registry.before(kind) & wanted}
    return wanted | before | above


def survey(surveyor: Surveyor, kinds: Iterable[str]) -> Inventory:
    """List every needed kind over the whole cloud.

    Tenants are read before and after: one that was seen at either time is not dead. Kinds whose owners are asked
    for their parts are listed last, so that no part is seen without its owner. A parent or a user that no listing
    showed is asked for by itself, since it may have been made between two listings.

    :returns: what was found; a kind whose listing failed has nothing in it, and is named as unread.
    """
    tenants, unread = _tenants(surveyor)
    listed = _list_all(surveyor, needed(surveyor.registry, kinds))
    later, again = _tenants(surveyor)
    inventory = Inventory(
        resources={resource.ref: resource for one in listed.values() for resource in one.resources},
        tenants={**tenants, **later},
        listed=frozenset(kind for kind, one in listed.items() if not one.unread and not one.absent),
        unread=tuple(dict.fromkeys(sum((one.unread for one in listed.values()), unread + again))),
        known_tenants=not unread and not again,
        absent={kind: one.absent for kind, one in listed.items() if one.absent},
    )
    return _confirm_missing(surveyor, _with_parts(surveyor, inventory))


def _tenants(surveyor: Surveyor) -> tuple[Mapping[str, Tenant], tuple[Unread, ...]]:
    try:
        return surveyor.read_tenants(surveyor.cloud), ()
    except errors.CloudError as error:
        return {}, (Unread(Scope(TENANTS), str(error)),)


def _list_all(surveyor: Surveyor, kinds: frozenset[str]) -> dict[str, _Listed]:
    surveyor.progress.stage('Reading the cloud', len(kinds))
    owning = {kind for kind in kinds if isinstance(surveyor.registry.handler(kind), HoldsParts)}
    listed = {**_list_wave(surveyor, kinds - owning), **_list_wave(surveyor, owning)}
    return {kind: listed[kind] for kind in surveyor.registry.order if kind in listed}


def _list_wave(surveyor: Surveyor, kinds: Iterable[str]) -> dict[str, _Listed]:
    futures = {
        surveyor.executor.submit(_list, surveyor.registry.handler(kind), surveyor.cloud): kind
        for kind in kinds
    }
    listed = {}
    for future in as_completed(futures):
        listed[futures[future]] = future.result()
        surveyor.progress.advance()
    return listed


def _list(handler: Handler, cloud: Cloud) -> _Listed:
    try:
        return _Listed(tuple(listing(handler, cloud).values()))
    except errors.ServiceAbsent as error:
        return _Listed(absent=str(error))
    except errors.CloudError as error:
        return _Listed(unread=(Unread(Scope(handler.kind), str(error)),))


def listing(handler: Handler, cloud: Cloud) -> dict[Ref, Resource]:
    """Answer every resource of one kind.

    :raises errors.CloudError: when the kind could not be read, a defect of its handler included.
    """
    try:
        found = _discovered(handler, cloud)
    except errors.CloudError:
        raise
    except Exception as error:
        LOG.exception('The handler of %s failed while listing', handler.kind)
        raise errors.IncompleteListing(
            f'the handler of {handler.kind} failed while listing ({type(error).__name__}: {error}); '
            'see the log, and tell its author'
        ) from error
    stranger = next((ref for ref in found if ref.kind != handler.kind), None)
    if stranger:
        raise errors.IncompleteListing(f'the handler of {handler.kind} listed {stranger}; tell its author')
    return found


def _discovered(handler: Handler, cloud: Cloud) -> dict[Ref, Resource]:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return {resource.ref: resource for resource in handler.discover(cloud)}
        except errors.ListingMoved:
            if attempt == ATTEMPTS:
                raise
    raise AssertionError('the last attempt returns or raises')


def _with_parts(surveyor: Surveyor, inventory: Inventory) -> Inventory:
    owners = [
        resource for resource in inventory if isinstance(surveyor.registry.handler(resource.kind), HoldsParts)
    ]
    surveyor.progress.stage('Asking owners for their parts', len(owners))
    futures = [
        surveyor.executor.submit(with_parts, surveyor.registry, surveyor.cloud, owner) for owner in owners
    ]
    resources, unread = dict(inventory.resources), list(inventory.unread)
    for owner, future in zip(owners, futures, strict=True):
        try:
            resources[owner.ref] = future.result()
        except errors.NotFound:
            del resources[owner.ref]
        except errors.CloudError as error:
            unread.append(Unread(Scope(owner.kind, owner.project_id, owner.ref), str(error)))
        surveyor.progress.advance()
    return dataclasses.replace(inventory, resources=resources, unread=tuple(unread))


def with_parts(registry: Registry, cloud: Cloud, owner: Resource) -> Resource:
    """Answer an owner with everything that it holds of the kinds that are known.

    :raises errors.CloudError: when its parts could not be read.
    """
    handler = registry.handler(owner.kind)
    if not isinstance(handler, HoldsParts):
        return owner
    try:
        parts = tuple(handler.parts(cloud, owner))
    except errors.CloudError:
        raise
    except Exception as error:
        LOG.exception('The handler of %s failed while reading the parts of %s', owner.kind, owner.ref)
        raise errors.IncompleteListing(
            f'the handler of {owner.kind} failed while reading parts ({type(error).__name__}: {error})'
        ) from error
    held = _refs(registry, (part for part in parts if not part.is_retained))
    retained = _refs(registry, (part for part in parts if part.is_retained))
    return dataclasses.replace(
        owner,
        holds=tuple(sorted({*held, *owner.holds} - {owner.ref})),
        retains=tuple(sorted({*retained, *owner.retains} - {owner.ref})),
    )


def _refs(registry: Registry, parts: Iterable[Part]) -> Iterator[Ref]:
    for part in parts:
        kind = registry.by_resource_type.get(part.resource_type)
        if kind:
            yield Ref(kind, part.id)


def _confirm_missing(surveyor: Surveyor, inventory: Inventory) -> Inventory:
    gone = sorted(
        {parent for resource in inventory for parent in resource.parents if inventory.is_gone(parent)}
    )
    surveyor.progress.stage('Making sure of missing parents', len(gone))
    futures = [surveyor.executor.submit(_look, surveyor, ref) for ref in gone]
    resources, unread = dict(inventory.resources), list(inventory.unread)
    for ref, future in zip(gone, futures, strict=True):
        try:
            found = future.result()
        except errors.CloudError as error:
            unread.append(Unread(Scope(ref.kind), f'whether {ref} exists could not be read: {error}'))
        else:
            if found:
                resources[ref] = found
        surveyor.progress.advance()
    return dataclasses.replace(inventory, resources=resources, unread=tuple(unread))


def _look(surveyor: Surveyor, ref: Ref) -> Resource | None:
    handler = surveyor.registry.handlers.get(ref.kind)
    if handler is None:
        raise errors.IncompleteListing(f'no handler knows the kind {ref.kind}')
    return handler.handler.look(surveyor.cloud, Resource(ref))
