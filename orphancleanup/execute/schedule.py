"""Which items may begin: what waits for what, kinds in order inside a tenant, owners before their parts."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from orphancleanup.execute.item import Item, State
from orphancleanup.model import Ref
from orphancleanup.outcome import Result

Before = Callable[[str], frozenset[str]]


class Schedule:
    """The items of a plan, and what is still ahead of each.

    :param before: kind to the kinds that go before it; see ``Registry.before``.
    """

    def __init__(self, items: Mapping[Ref, Item], before: Before) -> None:
        self.items = items
        self._parts: dict[Ref, list[Item]] = defaultdict(list)
        for item in items.values():
            if item.entry.owner:
                self._parts[item.entry.owner].append(item)
        self._before = before

    @property
    def is_finished(self) -> bool:
        """Whether every item is done."""
        return all(item.state is State.DONE for item in self.items.values())

    def in_state(self, state: State) -> dict[str, list[Item]]:
        """Answer the items in a state, by kind."""
        found: dict[str, list[Item]] = defaultdict(list)
        for item in self.items.values():
            if item.state is state:
                found[item.kind].append(item)
        return found

    def release(self, now: float, ignore_kinds: bool = False) -> int:
        """Let items begin that wait for nothing any more, and end those that wait in vain.

        :param now: seconds on the clock.
        :param ignore_kinds: whether the order of kinds inside a tenant is passed over, which only serves to get
            out of a standstill.
        :returns: how many items moved.
        """
        moved = 0
        while True:
            step = self._release_parts() + self._release_waiting(now, ignore_kinds)
            moved += step
            if not step:
                return moved

    def _release_parts(self) -> int:
        parts = [item for item in self.items.values() if item.state is State.HELD]
        return sum(self._release_part(item) for item in parts)

    def _release_part(self, item: Item) -> bool:
        assert item.entry.owner
        owner = self.items[item.entry.owner]
        if owner.state is not State.DONE:
            return False
        if owner.is_removed:
            item.move(State.WAITING)
        else:
            item.end(Result.LEFT, f'it is a part of {owner.ref}, which is left')
        return True

    def _release_waiting(self, now: float, ignore_kinds: bool) -> int:
        waiting = [item for item in self.items.values() if item.state is State.WAITING]
        unfinished = Counter(
            (item.kind, item.entry.resource.project_id)
            for item in self.items.values()
            if item.state is not State.DONE
        )
        return sum(self._release_one(item, now, {} if ignore_kinds else unfinished) for item in waiting)

    def _release_one(self, item: Item, now: float, unfinished: Mapping[tuple[str, str], int]) -> bool:
        ahead = [self.items[ref] for ref in item.entry.waits_for]
        left = next((other for other in ahead if other.state is State.DONE and not other.is_removed), None)
        if left:
            item.end(Result.BLOCKED, f'it waits for {left.ref}, which is left')
            return True
        if any(other.state is not State.DONE for other in ahead):
            return False
        if any(part.is_freed and part.is_moving for part in self._parts.get(item.ref, ())):
            return False
        project = item.entry.resource.project_id
        if not item.is_freed and any(unfinished.get((kind, project)) for kind in self._before(item.kind)):
            return False
        if item.entry.waits_for or item.entry.owner:
            item.touched = now
        item.move(State.LOOKING)
        return True

    def parts(self, owner: Ref) -> list[Item]:
        """Answer what goes along with an owner, parts of parts included."""
        own = self._parts.get(owner, [])
        return [*own, *(part for one in own for part in self.parts(one.ref))]

    def unchecked(self, stale: float) -> dict[str, list[Item]]:
        """Answer the held parts that their owners' next step would take along unseen, by kind.

        :param stale: seconds on the clock: a look before it does not count.
        """
        ready = [item.ref for item in self.items.values() if item.state is State.READY]
        held = (part for owner in ready for part in self.parts(owner) if part.state is State.HELD)
        found: dict[str, list[Item]] = defaultdict(list)
        for part in {part.ref: part for part in held if part.looked < stale}.values():
            found[part.kind].append(part)
        return found

    def free_parts(self) -> bool:
        """Let the parts of owners that failed be looked at by themselves, and the owners go once more after them.

        :returns: whether there were any.
        """
        left = [item for item in self.items.values() if item.result is Result.LEFT and item.steps]
        owners = [item for item in left if not item.is_final]
        freed = False
        for owner in owners:
            parts = [
                part for part in self._parts.get(owner.ref, ()) if not part.is_removed and not part.was_freed
            ]
            for part in parts:
                part.free()
            if parts:
                owner.again()
                freed = True
        return freed


def by_batch(items: Iterable[Item]) -> dict[tuple[str, str, str], list[Item]]:
    """Group items that are ready for the same step: kind, tenant, name of the step."""
    groups: dict[tuple[str, str, str], list[Item]] = defaultdict(list)
    for item in items:
        assert item.step
        groups[item.kind, item.entry.resource.project_id, item.step.name].append(item)
    return groups
