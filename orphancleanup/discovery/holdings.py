"""An owner to what it holds, as its service tells."""

import dataclasses
from collections.abc import Iterable, Iterator

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.installed import asking
from orphancleanup.installed.registry import Registry
from orphancleanup.model import Part, Ref, Resource


def with_parts(registry: Registry, cloud: Cloud, owner: Resource) -> Resource:
    """Return an owner with everything that it holds, retains and alters.

    :raises errors.CloudError: when its parts could not be read. That they are not found says nothing about the owner:
        it is an :class:`errors.IncompleteListing`, too.
    """
    if owner.kind not in registry.owning:
        return owner
    try:
        parts = asking.parts(registry, cloud, owner)
    except errors.NotFound as error:
        raise errors.IncompleteListing(f'its parts were not found: {error}') from error
    return _filled(registry, owner, parts)


def _filled(registry: Registry, owner: Resource, parts: tuple[Part, ...]) -> Resource:
    going = tuple(part for part in parts if not part.is_retained)
    holds = {*_refs(registry, going), *owner.holds} - {owner.ref}
    retains = {*_refs(registry, (part for part in parts if part.is_retained)), *owner.retains} - {owner.ref}
    alters = {ref for part in going for ref in part.alters} | set(owner.alters)
    unknown = (part for part in going if _kind(registry, part) is None)
    others = {(part.resource_type, part.id) for part in (*owner.others, *unknown)}
    return dataclasses.replace(
        owner,
        holds=tuple(sorted(holds)),
        retains=tuple(sorted(retains)),
        alters=tuple(sorted(alters - holds - {owner.ref})),
        others=tuple(Part(*each) for each in sorted(others)),
    )


def _kind(registry: Registry, part: Part) -> str | None:
    return registry.by_resource_type.get(part.resource_type)


def _refs(registry: Registry, parts: Iterable[Part]) -> Iterator[Ref]:
    for part in parts:
        kind = _kind(registry, part)
        if kind:
            yield Ref(kind, part.id)
