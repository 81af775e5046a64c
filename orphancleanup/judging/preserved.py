"""What a configuration of tempest names, and is kept for that. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from orphancleanup.judging.verdict import Guard
from orphancleanup.model import Inventory, Ref, Resource


@dataclass(frozen=True, slots=True)
class Preserved:
    """One thing that is named.

    :param kind: what it is.
    :param word: its id or its name, whatever stands there.
    :param source: where it is named, for a sentence (``[compute] image_ref of tempest.conf``).
    :param along: kinds that are kept with it when they are a part of it, or depend on it or go with it and are nobody's
        part.
    :param inside: for a project: kinds that are kept when they are in it.
    """

    kind: str
    word: str
    source: str
    along: frozenset[str] = frozenset()
    inside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Preservation:
    """All that is named, found by kind and word.

    :param along: every kind that may be kept along with something.
    """

    named: Mapping[tuple[str, str], Preserved] = field(default_factory=dict)
    along: frozenset[str] = frozenset()
    inside: Mapping[str, tuple[Preserved, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Iterable[Preserved]) -> 'Preservation':
        """Return what is named; of several that name the same, the first is told."""
        named: dict[tuple[str, str], Preserved] = {}
        inside: dict[str, tuple[Preserved, ...]] = {}
        for each in found:
            named.setdefault((each.kind, each.word), each)
            for kind in each.inside:
                inside[kind] = (*inside.get(kind, ()), each)
        return cls(named, frozenset().union(*(each.along for each in named.values())), inside)

    def get(self, resource: Resource) -> Preserved | None:
        """Return what names a resource, by its id or by its name."""
        return self.named.get((resource.kind, resource.id)) or self.named.get((resource.kind, resource.name))


NOTHING_NAMED = Preservation()


def preserved_guard(resource: Resource, inventory: Inventory, preservation: Preservation) -> Guard | None:
    """Return why a resource is kept: it is named itself, or goes along with something that is."""
    sentence = next(_sentences(resource, inventory, preservation), None)
    return Guard('in-tempest-conf', sentence) if sentence else None


def _sentences(resource: Resource, inventory: Inventory, preservation: Preservation) -> Iterator[str]:
    itself = preservation.get(resource)
    if itself:
        yield f'{itself.source} names it'
    if resource.kind in preservation.along:
        for ref in resource.owners or (*resource.parents, *resource.goes_with):
            named = _named(ref, inventory, preservation)
            if named and resource.kind in named.along:
                yield f'it belongs to {ref}, which {named.source} names'
    for each in preservation.inside.get(resource.kind, ()):
        project = inventory.projects.get(resource.project_id)
        if project and each.word in (project.id, project.name):
            yield f'it is in project {project.name}, which {each.source} names'


def _named(ref: Ref, inventory: Inventory, preservation: Preservation) -> Preserved | None:
    other = inventory.resources.get(ref)
    return preservation.get(other) if other else None
