"""The small worlds: every way in which some resources hang together, each but once; of four, without projects."""

import dataclasses
import datetime
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from orphancleanup.judging.plan import Entry, Plan
from orphancleanup.judging.verdict import Reason
from orphancleanup.model import CloudIdentity, Ref, Resource
from tests.unit.storehouse import STATES

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
OLD = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
STUCK = datetime.timedelta(hours=6)
#: what one resource is to another
LINKS = ('', 'waits', 'is waited for', 'owns', 'is owned', 'contains', 'is in')
#: how many links there are without those of projects, which make too many worlds of four
WITHOUT_PROJECTS = 5

Edge = tuple[int, int]
#: the edges of each sort
Links = tuple[tuple[Edge, ...], ...]


class Looks(NamedTuple):
    """What of a resource may be otherwise than in the plan."""

    status: str
    is_changed: bool
    is_tagged: bool
    holds: tuple[Ref, ...]


@dataclass(frozen=True)
class World:
    """What is in a small world, and why it is to go.

    :param waits: pairs of which the first waits for the second.
    :param owns: pairs of which the first takes the second along.
    :param contains: pairs of which the first is a project, and the second is in it.
    :param has_project: whether a single resource is a project, with nothing in it.
    :param reason: ``everything``, which nothing takes away, or ``stuck``, which a repair does.
    :param is_at_once: whether its service answers a removal only once that is over, and its looks believe no 404.
    """

    size: int
    waits: tuple[Edge, ...] = ()
    owns: tuple[Edge, ...] = ()
    contains: tuple[Edge, ...] = ()
    has_project: bool = False
    reason: str = 'everything'
    is_forced: bool = False
    is_at_once: bool = False

    def kind(self, number: int) -> str:
        """Return ``plot`` for a project, ``box`` for what owns something and has it read by itself, else ``thing``."""
        if self.has_project or any(project == number for project, _ in self.contains):
            return 'plot'
        return 'box' if any(owner == number for owner, _ in self.owns) else 'thing'

    def ref(self, number: int) -> Ref:
        """Return the reference of a resource."""
        return self.refs[number]

    @functools.cached_property
    def refs(self) -> tuple[Ref, ...]:
        """The references of all resources."""
        return tuple(Ref(self.kind(number), str(number)) for number in range(self.size))

    def parts(self, owner: Ref) -> tuple[Ref, ...]:
        """Return what an owner takes along."""
        return self._parts[owner]

    @functools.cached_property
    def _parts(self) -> dict[Ref, tuple[Ref, ...]]:
        return {
            ref: tuple(self.ref(part) for owner, part in self.owns if owner == number)
            for number, ref in enumerate(self.refs)
        }

    def owners(self, part: Ref) -> tuple[Ref, ...]:
        """Return what takes a part along."""
        return tuple(self.ref(owner) for owner, number in self.owns if self.ref(number) == part)

    def taken_along(self, ref: Ref) -> tuple[Ref, ...]:
        """Return what the removal of something removes: itself, its parts, and theirs."""
        return self._taken_along[ref]

    @functools.cached_property
    def _taken_along(self) -> dict[Ref, tuple[Ref, ...]]:
        def all_of(ref: Ref) -> tuple[Ref, ...]:
            found = [ref]
            for one in found:
                found += [part for part in self.parts(one) if part not in found]
            return tuple(found)

        return {ref: all_of(ref) for ref in self.refs}

    def inside(self, project: Ref) -> tuple[Ref, ...]:
        """Return what is in a project."""
        return tuple(self.ref(other) for number, other in self.contains if self.ref(number) == project)

    def project(self, ref: Ref) -> str:
        """Return the id of the project that something is in."""
        return next((str(project) for project, other in self.contains if self.ref(other) == ref), 'alpha')

    def ahead(self, ref: Ref) -> tuple[Ref, ...]:
        """Return what must be gone before something: also what is in the projects that go along with it."""
        return self._ahead[ref]

    @functools.cached_property
    def _ahead(self) -> dict[Ref, tuple[Ref, ...]]:
        return {ref: self._all_ahead(ref) for ref in self.refs}

    def _all_ahead(self, ref: Ref) -> tuple[Ref, ...]:
        named = [self.ref(other) for number, other in self.waits if self.ref(number) == ref]
        along = self.taken_along(ref)
        inside = [other for one in along for other in self.inside(one) if one == ref or other not in along]
        return tuple(dict.fromkeys([*named, *inside]))

    @functools.cached_property
    def has_circle(self) -> bool:
        """Whether some of it waits for itself, over whatever links."""
        edges = {(self.ref(part), self.ref(owner)) for owner, part in self.owns}
        edges |= {(ref, other) for ref in self.refs for other in self.ahead(ref)}
        left = set(self.refs)
        while free := {n for n in left if not any(a == n and b in left for a, b in edges)}:
            left -= free
        return bool(left)

    @property
    def status(self) -> str:
        """The status that all of it begins with."""
        return 'error' if self.reason == 'stuck' else 'available'

    def resource(self, ref: Ref, looks: Looks) -> Resource:
        """Return a resource as a reading shows it."""
        if (ref, looks) not in self._shown:
            self._shown[ref, looks] = dataclasses.replace(
                planned(self)[ref],
                status=looks.status,
                condition=STATES.condition(looks.status),
                updated_at=NOW if looks.is_changed else OLD,
                holds=looks.holds,
                tags=frozenset({'orphancleanup:keep'} if looks.is_tagged else ()),
            )
        return self._shown[ref, looks]

    @functools.cached_property
    def _shown(self) -> dict[tuple[Ref, Looks], Resource]:
        return {}


@functools.cache
def plan(world: World) -> Plan:
    """Return the plan that removes all of a world."""
    entries = tuple(_entry(world, ref) for ref in world.refs)
    cloud = CloudIdentity('http://small', 'world', 'me', 'mine', 'small')
    return Plan(cloud, NOW, entries, stuck=STUCK)


@functools.cache
def planned(world: World) -> dict[Ref, Resource]:
    """Return the resources of a world as its plan has them."""
    return {entry.ref: entry.resource for entry in plan(world).entries}


def _entry(world: World, ref: Ref) -> Entry:
    own = Reason(world.reason, world.reason)
    reasons = (own, Reason('part-of', 'part-of')) if world.owners(ref) else (own,)
    resource = Resource(ref, ref.id, world.project(ref), world.status, OLD, OLD, holds=world.parts(ref))
    return Entry(resource, reasons, world.owners(ref), world.ahead(ref))


@functools.cache
def shapes(size: int) -> tuple[World, ...]:
    """Return every way in which so many resources hang together, alike ones once."""
    return tuple(_shapes(size))


def _shapes(size: int) -> Iterator[World]:
    if size == 1:
        yield World(size, has_project=True)
    pairs = list(itertools.combinations(range(size), 2))
    seen: set[Links] = set()
    for links in itertools.product(LINKS if size < 4 else LINKS[:WITHOUT_PROJECTS], repeat=len(pairs)):
        waits, owns, contains = [], [], []
        for (one, other), link in zip(pairs, links, strict=True):
            if link in ('waits', 'is waited for'):
                waits.append((one, other) if link == 'waits' else (other, one))
            elif link in ('owns', 'is owned'):
                owns.append((one, other) if link == 'owns' else (other, one))
            elif link:
                contains.append((one, other) if link == 'contains' else (other, one))
        links_of_each = tuple(tuple(sorted(edges)) for edges in (waits, owns, contains))
        is_in_one = len({inside for _, inside in contains}) == len(contains)
        if is_in_one and links_of_each not in seen:
            alike = _alike(size, links_of_each)
            seen |= alike
            yield World(size, *min(alike))


def _alike(size: int, links: Links) -> set[Links]:
    """Return the same with every other order of the resources."""

    def renamed(edges: tuple[Edge, ...], names: tuple[int, ...]) -> tuple[Edge, ...]:
        return tuple(sorted((names[a], names[b]) for a, b in edges))

    orders = itertools.permutations(range(size))
    return {tuple(renamed(edges, names) for edges in links) for names in orders}
