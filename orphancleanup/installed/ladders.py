"""Asks the handlers for ladders; what they make is checked here, where it enters."""

import logging
from collections.abc import Callable, Sequence

from orphancleanup import errors
from orphancleanup.installed import checks, fallbacks
from orphancleanup.installed.registry import Registry
from orphancleanup.ladder import Step
from orphancleanup.model import Level, Resource
from orphancleanup.strangers import guarded

LOG = logging.getLogger(__name__)


def ladder(registry: Registry, resource: Resource) -> tuple[Step, ...]:
    """Return the steps for a resource as it is: those of its handler, then those in its service's database.

    :raises errors.PluginError: when its handler or its fallback fails, or breaks the contract.
    """
    own = own_ladder(registry, resource)
    return (*own, *fallbacks.rungs(registry.rescuers.get(resource.kind), resource, own))


def own_ladder(registry: Registry, resource: Resource) -> tuple[Step, ...]:
    """Return the steps of a resource's own handler, for the resource as it is.

    :raises errors.PluginError: when its handler fails, or breaks the contract.
    """
    steps = _made(registry, resource.kind, resource, registry.handler(resource.kind).ladder)
    if not steps:
        return ()
    own = steps
    for kind, each in registry.adding.get(resource.kind, ()):
        steps = _with(steps, _made(registry, kind, resource, each.added))
    fault = checks.ladder_fault(steps, frozenset(Level)) if steps is not own else None
    if fault:
        raise errors.PluginError(
            f'The ladder for {resource.ref} is made by several kinds, and is one {fault}; tell their authors.'
        )
    return steps


def _with(steps: tuple[Step, ...], more: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return a ladder with another kind's steps behind all that are as gentle; the order of either stays."""
    if not more:
        return steps
    gentler = [number for number, step in enumerate(steps, 1) if step.level <= more[0].level]
    place = max(gentler, default=0)
    return (*steps[:place], *more, *steps[place:])


def _made(
    registry: Registry, kind: str, resource: Resource, make: Callable[[Resource], Sequence[Step]]
) -> tuple[Step, ...]:
    def failed(error: Exception) -> Exception:
        LOG.exception('%s failed while making the ladder of %s', registry.author_of(kind), resource.ref)
        told = f'{type(error).__name__}: {error}'
        return errors.PluginError(
            f'{registry.author_of(kind)} has no ladder for {resource.ref} ({told}); see the log, and tell its author.'
        )

    with guarded(failed):
        steps = tuple(make(resource))
    fault = checks.ladder_fault(steps, registry.handler(kind).levels)
    if fault:
        raise errors.PluginError(
            f'{registry.author_of(kind)} made a ladder for {resource.ref} {fault}; tell its author.'
        )
    return steps


def steps(registry: Registry, resource: Resource) -> Sequence[Step]:
    """Return the steps for a resource as it is; none when its handler fails, which the log tells."""
    try:
        return ladder(registry, resource)
    except errors.PluginError as error:
        LOG.error('%s', error)
        return ()
