"""Who is it that a refusal names? Asks for what stands in the way of something and is not in the plan."""

import re
from collections.abc import Iterator

from orphancleanup import errors
from orphancleanup.api import Cloud
from orphancleanup.execute.causes import blocker
from orphancleanup.execute.jobs import Case
from orphancleanup.installed import asking
from orphancleanup.installed.registry import Registry
from orphancleanup.model import Ref, Resource
from orphancleanup.outcome import Blocker

_KEPT = 'it is not in the plan, and stays'


def found(registry: Registry, cloud: Cloud, case: Case) -> Iterator[Blocker]:
    """Yield what stands in the way of something, as far as its kind is known and it exists."""
    for ref in case.refs:
        if ref.kind in registry.handlers:
            yield from _told(ref, registry, cloud)
    kinds = _likely(registry, case)
    for identifier in case.ids:
        yield from _identified(identifier, kinds, registry, cloud)


def _told(ref: Ref, registry: Registry, cloud: Cloud) -> Iterator[Blocker]:
    try:
        shown = asking.show(registry, cloud, ref)
    except errors.OrphancleanupError as error:
        yield Blocker(ref, standing=f'whether it exists could not be read: {error}')
        return
    if shown is not None:
        yield blocker(shown, _KEPT)


def _identified(identifier: str, kinds: list[str], registry: Registry, cloud: Cloud) -> Iterator[Blocker]:
    """Yield what has an id, of the first of some kinds that knows it; nothing when none does."""
    for kind in kinds:
        shown = _shown(Ref(kind, identifier), registry, cloud)
        if shown is not None:
            yield blocker(shown, _KEPT)
            return


def _shown(ref: Ref, registry: Registry, cloud: Cloud) -> Resource | None:
    try:
        return asking.show(registry, cloud, ref)
    except errors.OrphancleanupError:
        return None


def _likely(registry: Registry, case: Case) -> list[str]:
    """Return the kinds that a refusal speaks of, its own service's first and its own kind last.

    Services name what is in the way by its noun (``one or more ports still in use``), so that only these are asked.
    """
    words = set(re.findall(r'[a-z]+', case.text.lower()))
    own = case.resource.kind
    service = registry.handler(own).service
    likely = [kind for kind in registry.order if _is_spoken_of(kind, words)]
    return sorted(likely, key=lambda kind: (kind == own, registry.handler(kind).service != service))


def _is_spoken_of(kind: str, words: set[str]) -> bool:
    nouns = kind.split('-')[1:] or [kind]
    return all(words & {noun, f'{noun}s'} for noun in nouns)
