"""Relations that a handler tells: whether their other ends are of known kinds, exist, and go in the right order."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from orphancleanup.authoring.tried import Tried
from orphancleanup.discovery.listings import attempt
from orphancleanup.installed.registry import Registry
from orphancleanup.model import Ref, Resource
from orphancleanup.site import Site

#: the field of a resource, to what it says; and whether the other end goes first (None: neither)
RELATIONS: Mapping[str, tuple[str, bool | None]] = {
    'parents': ('depends on', False),
    'blockers': ('is needed by', True),
    'owners': ('is a part of', None),
    'holds': ('owns', None),
    'retains': ('leaves behind', None),
    'alters': ('changes', None),
}


@dataclass(frozen=True, slots=True)
class Link:
    """One relation to one kind.

    :param ends: the other ends, each once.
    """

    field: str
    kind: str
    ends: frozenset[Ref]

    @property
    def what(self) -> str:
        return f'{RELATIONS[self.field][0]} {self.kind}'


def collected(found: Iterable[Resource]) -> Iterator[Link]:
    """Yield every relation that some resources tell of, by relation and kind."""
    ends: dict[tuple[str, str], set[Ref]] = {}
    for resource in found:
        for field in RELATIONS:
            for ref in getattr(resource, field):
                ends.setdefault((field, ref.kind), set()).add(ref)
    for (field, kind), refs in sorted(ends.items()):
        yield Link(field, kind, frozenset(refs))


def judged(site: Site, kind: str, link: Link, found: Mapping[Ref, Resource]) -> Tried:
    """Tell how many of the other ends there are, and whether both kinds go in the right order.

    :param kind: whose relation it is.
    :param found: everything of that kind.
    """
    if link.kind not in site.registry.handlers:
        return Tried(
            link.what,
            f'no installed handler knows the kind {link.kind}, so that what names it is kept; install one, or correct '
            f'the kind',
            False,
        )
    order = _wrong_order(site.registry, kind, link)
    if order:
        return Tried(link.what, order, False)
    if link.kind == kind:
        present = frozenset(found)
    else:
        listed = attempt(site.registry, site.cloud, link.kind)
        if listed.unread:
            return Tried(link.what, f'{link.kind} could not be read: {listed.unread[0].why}', False)
        present = frozenset(each.ref for each in listed.resources)
    there = len(link.ends & present)
    told = f'{there} of {len(link.ends)} are there'
    if there:
        return Tried(link.what, told)
    one = min(link.ends)
    return Tried(link.what, f'{told}: is {one.id} really the id of a {link.kind}?', False)


def _wrong_order(registry: Registry, kind: str, link: Link) -> str:
    goes_first = RELATIONS[link.field][1]
    if goes_first is None or link.kind == kind:
        return ''
    first, second = (kind, link.kind) if goes_first else (link.kind, kind)
    if first not in registry.before(second):
        return ''
    return (
        f'{first} goes before {second}, by the attribute "after", but the relation has it wait for it: turn one '
        f'of them round'
    )
