"""Which entries may begin: what waits for what is counted, so that a change costs what it changes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

from orphancleanup.execute import events
from orphancleanup.execute.events import Event
from orphancleanup.execute.item import Item, State
from orphancleanup.model import Ref

Before = Callable[[str], frozenset[str]]
#: a project, or anywhere, and a kind
Place = tuple[str | None, str]
ANYWHERE = None
#: an entry, and what happens to it
News = tuple[Ref, Event]


class Schedule:
    """What is still ahead of each entry.

    An entry waits for what its plan entry names, and a part for its owners. Besides, kinds go in their order inside a
    project, but only as long as the earlier ones move: what hangs, or waits for something else, holds up nobody who
    does not depend on it.

    :param before: kind to the kinds that go before it; see ``Registry.before``.
    :param last: the kinds that go after others in whatever project those are; see ``Registry.last``.
    """

    def __init__(self, items: Mapping[Ref, Item], before: Before, last: frozenset[str] = frozenset()) -> None:
        self._items, self._last = items, last
        self._behind: dict[Ref, list[Ref]] = defaultdict(list)
        self._parts: dict[Ref, list[Ref]] = defaultdict(list)
        for item in items.values():
            for other in item.entry.waits_for:
                self._behind[other].append(item.ref)
            for owner in item.entry.owners:
                self._parts[owner].append(item.ref)
        kinds = {item.kind for item in items.values()}
        self._before = {kind: before(kind) & kinds for kind in kinds}
        self._after = {kind: [other for other in kinds if kind in self._before[other]] for kind in kinds}
        self.begin()

    def begin(self) -> None:
        """Count anew, at the begin of a pass."""
        done = {ref for ref, item in self._items.items() if item.is_done}
        self._ahead = {
            ref: sum(other not in done for other in item.entry.waits_for) for ref, item in self._items.items()
        }
        self._freed: Counter[Ref] = Counter()
        self._moving: Counter[Place] = Counter()
        self._counted: set[Ref] = set()
        self._unfinished = Counter(
            (item.entry.resource.project_id, item.kind) for item in self._items.values() if not item.is_done
        )
        self._queued: dict[Place, list[Ref]] = defaultdict(list)
        for ref, item in self._items.items():
            if item.is_freed and not item.is_done:
                self._freed.update(item.entry.owners)
            elif item.state is State.WAITING and not self._ahead[ref]:
                self._count(item)

    def first(self) -> Iterator[News]:
        """Yield what may begin, and what waits in vain, at the begin of a pass."""
        for ref, item in self._items.items():
            if item.state is State.WAITING:
                yield from self.waits(ref)
            elif item.state is State.HELD:
                yield from self._of_owners(item)

    def waits(self, ref: Ref) -> Iterator[News]:
        """Yield what follows for an entry that was held and waits by itself now."""
        item = self._items[ref]
        left = next((other for other in item.entry.waits_for if self._stays(other)), None)
        if left:
            yield ref, events.Blocked(left)
        elif not self._ahead[ref]:
            self._count(item)
            yield from self._released(item)

    def _stays(self, ref: Ref) -> bool:
        other = self._items[ref]
        return other.is_done and not other.is_removed

    def parts(self, owner: Ref) -> tuple[Ref, ...]:
        """Return what goes along with an owner, parts of parts included, each once."""
        found: dict[Ref, None] = {}
        todo = list(self._parts.get(owner, ()))
        while todo:
            part = todo.pop()
            if part not in found and part != owner:
                found[part] = None
                todo.extend(self._parts.get(part, ()))
        return tuple(found)

    def own_parts(self, owner: Ref) -> tuple[Ref, ...]:
        """Return the direct parts of an owner."""
        return tuple(self._parts.get(owner, ()))

    def ended(self, ref: Ref) -> Iterator[News]:
        """Yield what follows for others when an entry has ended."""
        item = self._items[ref]
        self._unfinished[item.entry.resource.project_id, item.kind] -= 1
        yield from self.lingers(ref)
        for part in self._parts.get(ref, ()):
            if self._items[part].state is State.HELD:
                yield from self._of_owners(self._items[part])
        for other in self._behind.get(ref, ()):
            if not item.is_removed:
                yield other, events.Blocked(ref)
                continue
            self._ahead[other] -= 1
            if not self._ahead[other] and self._items[other].state is State.WAITING:
                self._count(self._items[other])
                yield from self._released(self._items[other])
        if item.is_freed:
            yield from self.settled_down(ref)

    def _of_owners(self, item: Item) -> Iterator[News]:
        owners = [self._items[owner] for owner in item.entry.owners]
        left = next((owner for owner in owners if owner.is_done and not owner.is_removed), None)
        if left:
            yield item.ref, events.OwnerLeft(left.ref, bool(left.steps))
        elif all(owner.is_removed for owner in owners):
            yield item.ref, events.OwnersGone(any(owner.is_ours for owner in owners))

    def settled_down(self, ref: Ref) -> Iterator[News]:
        """Yield what follows when a part that was freed has ended, or is held again."""
        for owner in self._items[ref].entry.owners:
            self._freed[owner] -= 1
            if not self._freed[owner] and self._items[owner].state is State.WAITING:
                yield from self._released(self._items[owner])

    def lingers(self, ref: Ref) -> Iterator[News]:
        """Yield what need not wait any longer for an entry only because its kind comes first."""
        if ref not in self._counted:
            return
        self._counted.discard(ref)
        item = self._items[ref]
        waiting = []
        for project in (item.entry.resource.project_id, ANYWHERE):
            self._moving[project, item.kind] -= 1
            if not self._moving[project, item.kind]:
                waiting += [self._queued.pop((project, kind), []) for kind in self._after[item.kind]]
        for other in chain.from_iterable(waiting):
            if self._items[other].state is State.WAITING:
                yield from self._released(self._items[other])

    def _count(self, item: Item) -> None:
        """Have later kinds of the project wait for an entry that may begin itself."""
        if item.ref not in self._counted:
            self._counted.add(item.ref)
            self._moving[item.entry.resource.project_id, item.kind] += 1
            self._moving[ANYWHERE, item.kind] += 1

    def _released(self, item: Item) -> Iterator[News]:
        if self._ahead[item.ref] or self._freed[item.ref]:
            return
        project = ANYWHERE if item.kind in self._last else item.entry.resource.project_id
        is_early = not item.is_freed and any(self._moving[project, kind] for kind in self._before[item.kind])
        if is_early:
            self._queued[project, item.kind].append(item.ref)
        else:
            yield item.ref, events.Released()

    def is_preceded(self, ref: Ref) -> bool:
        """Return whether anything of an earlier kind of its project has not come to its end."""
        project = self._items[ref].entry.resource.project_id
        return any(self._unfinished[project, kind] for kind in self._before[ref.kind])

    def standstill(self) -> Iterator[News]:
        """Yield what waits although nothing moves any more: circles."""
        for ref, item in self._items.items():
            if item.state in (State.WAITING, State.HELD):
                yield ref, events.Stuck()

    def to_free(self) -> Iterable[Ref]:
        """Return the parts of owners that were tried and failed, which have not been freed before."""
        for ref, item in self._items.items():
            if not (item.is_done and not item.is_removed and item.steps) or item.is_final:
                continue
            for part in self._parts.get(ref, ()):
                if not self._items[part].is_removed and not self._items[part].was_freed:
                    yield part
