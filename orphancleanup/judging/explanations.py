"""What an inventory tells about one resource, in words. Pure."""

from collections import defaultdict
from collections.abc import Iterable

from orphancleanup.judging import links
from orphancleanup.judging.relations import RELATIONS, End, Related, end_of
from orphancleanup.judging.verdict import Decision, Verdict
from orphancleanup.model import Inventory, Ref, Resource

__all__ = ['Related', 'Relatives', 'holders', 'project_line', 'relations', 'why_unread']


class Relatives:
    """All relations of all resources, from both ends."""

    def __init__(self, inventory: Inventory, verdicts: Iterable[Verdict]) -> None:
        self._inventory = inventory
        self._going = {each.resource.ref for each in verdicts if each.decision is not Decision.KEEP}
        self._found: dict[Ref, set[tuple[str, Ref]]] = defaultdict(set)
        for resource in inventory:
            for relation in RELATIONS:
                for other in relation.ends(resource, inventory):
                    self._found[resource.ref].add((relation.words, other))
                    self._found[other].add((relation.back, resource.ref))

    def of(self, ref: Ref) -> tuple[Related, ...]:
        """Return everything that a resource is to others, or others are to it, each once, in the table's order."""
        order = [words for relation in RELATIONS for words in (relation.words, relation.back)]
        found = sorted(self._found.get(ref, ()), key=lambda each: (order.index(each[0]), each[1]))
        return tuple(Related(words, other, self._name(other), self._end(other)) for words, other in found)

    def _name(self, ref: Ref) -> str:
        resource = self._inventory.resources.get(ref)
        return resource.name if resource else ''

    def _end(self, ref: Ref) -> End:
        return end_of(ref, self._inventory) or (End.GOES if ref in self._going else End.STAYS)


def relations(resource: Resource, inventory: Inventory, verdicts: Iterable[Verdict]) -> tuple[Related, ...]:
    """Return all relations of one resource; for those of many make one :class:`Relatives`."""
    return Relatives(inventory, verdicts).of(resource.ref)


def project_line(resource: Resource, inventory: Inventory) -> str:
    """Return one line about the project of a resource."""
    identifier = resource.project_id
    if not identifier:
        return 'it belongs to no project'
    project = inventory.projects.get(identifier)
    if project:
        return f'{project.name} ({project.id})' + ('' if project.is_enabled else ', disabled')
    if inventory.known_projects:
        return f'missing: no project has the id {identifier}'
    return f'whether project {identifier} exists is not known: the list of projects could not be read'


def holders(resource: Resource, inventory: Inventory) -> tuple[Resource, ...]:
    """Return what keeps a resource from going, and the owners that would take it along."""
    graph = links.link(inventory)
    refs = graph.owners.get(resource.ref, frozenset()) | graph.hindrances.get(resource.ref, frozenset())
    return tuple(inventory.resources[ref] for ref in sorted(refs))


def why_unread(inventory: Inventory, ref: Ref) -> str:
    """Return why it is not known whether a resource exists."""
    if ref in inventory.uncertain:
        return inventory.uncertain[ref]
    if ref.kind in inventory.absent:
        return inventory.absent[ref.kind]
    return next(
        (
            unread.why
            for unread in inventory.unread
            if unread.scope.is_listing and unread.scope.kind == ref.kind
        ),
        'it could not be read',
    )
