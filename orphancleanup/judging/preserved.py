"""What a configuration of tempest names, and is kept for that. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from orphancleanup.judging.verdict import Guard
from orphancleanup.model import Inventory, Resource


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
    """All that is named.

    :param named: kind and word to what names it, in the order in which it is told.
    :param inside: kind to the projects in which it is kept.
    """

    named: Mapping[tuple[str, str], tuple[Preserved, ...]] = field(default_factory=dict)
    inside: Mapping[str, tuple[Preserved, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Iterable[Preserved]) -> 'Preservation':
        """Return what is named, found by what it says."""
        named: dict[tuple[str, str], tuple[Preserved, ...]] = {}
        inside: dict[str, tuple[Preserved, ...]] = {}
        for each in found:
            named[each.kind, each.word] = (*named.get((each.kind, each.word), ()), each)
            for kind in each.inside:
                inside[kind] = (*inside.get(kind, ()), each)
        return cls(named, inside)

    def naming(self, resource: Resource) -> tuple[Preserved, ...]:
        """Return all that names a resource, by its id or by its name."""
        by_id, by_name = (self.named.get((resource.kind, word), ()) for word in (resource.id, resource.name))
        return by_id + by_name


NOTHING_NAMED = Preservation()


def preserved_guard(resource: Resource, inventory: Inventory, preservation: Preservation) -> Guard | None:
    """Return why a resource is kept: it is named itself, or goes along with something that is."""
    sentence = next(_sentences(resource, inventory, preservation), None)
    return Guard('in-tempest-conf', sentence) if sentence else None


def _sentences(resource: Resource, inventory: Inventory, preservation: Preservation) -> Iterator[str]:
    for named in preservation.naming(resource):
        yield f'{named.source} names it'
    for ref in resource.owners or (*resource.parents, *resource.goes_with):
        other = inventory.resources.get(ref)
        for named in preservation.naming(other) if other else ():
            if resource.kind in named.along:
                yield f'it belongs to {ref}, which {named.source} names'
    project = inventory.projects.get(resource.project_id)
    for named in preservation.inside.get(resource.kind, ()):
        if project and named.word in (project.id, project.name):
            yield f'it is in project {project.name}, which {named.source} names'
