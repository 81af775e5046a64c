"""The small worlds: every way in which up to four resources hang together, each but once."""

import datetime
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from orphancleanup.model import CloudIdentity, Reason, Ref, Resource
from orphancleanup.plan import Entry, Plan

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
OLD = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
STUCK = datetime.timedelta(hours=6)
#: what one resource is to another
LINKS = ('', 'waits', 'is waited for', 'owns', 'is owned')

Edge = tuple[int, int]


@dataclass(frozen=True, slots=True)
class World:
    """What is in a small world, and why it is to go.

    :param waits: pairs of which the first waits for the second.
    :param owns: pairs of which the first takes the second along.
    :param reason: ``everything``, which nothing takes away, or ``stuck``, which a repair does.
    """

    size: int
    waits: tuple[Edge, ...] = ()
    owns: tuple[Edge, ...] = ()
    reason: str = 'everything'
    is_forced: bool = False

    def kind(self, number: int) -> str:
        """Return ``box`` for what owns something and has it read by itself, else ``thing``."""
        return 'box' if any(owner == number for owner, _ in self.owns) else 'thing'

    def ref(self, number: int) -> Ref:
        """Return the reference of a resource."""
        return Ref(self.kind(number), str(number))

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The references of all resources."""
        return tuple(map(self.ref, range(self.size)))

    def parts(self, owner: Ref) -> tuple[Ref, ...]:
        """Return what an owner takes along."""
        return tuple(self.ref(part) for number, part in self.owns if self.ref(number) == owner)

    def owners(self, part: Ref) -> tuple[Ref, ...]:
        """Return what takes a part along."""
        return tuple(self.ref(owner) for owner, number in self.owns if self.ref(number) == part)

    def ahead(self, ref: Ref) -> tuple[Ref, ...]:
        """Return what must be gone before something."""
        return tuple(self.ref(other) for number, other in self.waits if self.ref(number) == ref)

    @property
    def has_circle(self) -> bool:
        """Whether some of it waits for itself, over whatever links."""
        edges = {*self.waits, *((part, owner) for owner, part in self.owns)}
        left = set(range(self.size))
        while free := {n for n in left if not any(a == n and b in left for a, b in edges)}:
            left -= free
        return bool(left)

    @property
    def status(self) -> str:
        """The status that all of it begins with."""
        return 'error' if self.reason == 'stuck' else 'available'


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
    resource = Resource(ref, ref.id, 'alpha', world.status, OLD, OLD, holds=world.parts(ref))
    return Entry(resource, reasons, world.owners(ref), world.ahead(ref))


def shapes(size: int) -> Iterator[World]:
    """Yield every way in which so many resources hang together, alike ones once."""
    pairs = list(itertools.combinations(range(size), 2))
    seen = set()
    for links in itertools.product(LINKS, repeat=len(pairs)):
        waits, owns = [], []
        for (one, other), link in zip(pairs, links, strict=True):
            if link in ('waits', 'is waited for'):
                waits.append((one, other) if link == 'waits' else (other, one))
            elif link:
                owns.append((one, other) if link == 'owns' else (other, one))
        alike = _canonical(size, waits, owns)
        if alike not in seen:
            seen.add(alike)
            yield World(size, *alike)


def _canonical(size: int, waits: list[Edge], owns: list[Edge]) -> tuple[tuple[Edge, ...], tuple[Edge, ...]]:
    def renamed(edges: list[Edge], names: tuple[int, ...]) -> tuple[Edge, ...]:
        return tuple(sorted((names[a], names[b]) for a, b in edges))

    orders = itertools.permutations(range(size))
    return min((renamed(waits, names), renamed(owns, names)) for names in orders)
