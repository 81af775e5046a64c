"""Whether all that an owner's step takes along was looked at just now, and may go."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from orphancleanup.execute.item import Item, State
from orphancleanup.execute.schedule import Schedule
from orphancleanup.model import Ref

#: how often the parts of one owner are looked at again because the looks were too old when the last of them came
ROUNDS = 4


class Parts:
    """The owners whose steps wait for looks at their parts."""

    def __init__(self, items: Mapping[Ref, Item], schedule: Schedule) -> None:
        self._items, self._schedule = items, schedule
        self._missing: dict[Ref, set[Ref]] = {}
        self._owners: dict[Ref, set[Ref]] = defaultdict(set)
        self._rounds: Counter[Ref] = Counter()

    def kept(self, owner: Ref) -> Ref | None:
        """Return a part that must stay, so that its owner must, too; None when there is none."""
        parts = self._schedule.parts(owner)
        return next((part for part in parts if self._items[part].keeps_owner), None)

    def oldest_look(self, owner: Ref) -> float:
        """Return the seconds on the clock when the oldest look began that an owner's step rests on."""
        held = [self._items[part].looked for part in self._held(owner)]
        return min([self._items[owner].looked, *held])

    def await_looks(self, owner: Ref, oldest: float) -> bool:
        """Note which parts have to be looked at again before an owner's step; return whether there are any.

        :param oldest: seconds on the clock: a look before it does not count.
        """
        missing = {part for part in self._held(owner) if self._items[part].looked < oldest}
        if not missing:
            return False
        self._missing[owner] = missing
        self._rounds[owner] += 1
        for part in missing:
            self._owners[part].add(owner)
        return True

    def _held(self, owner: Ref) -> list[Ref]:
        return [part for part in self._schedule.parts(owner) if self._items[part].state is State.HELD]

    def awaited(self, owner: Ref) -> tuple[Ref, ...]:
        """Return the parts that an owner waits for."""
        return tuple(sorted(self._missing.get(owner, ())))

    def is_awaited(self, part: Ref) -> bool:
        """Return whether an owner waits for a look at this part."""
        return bool(self._owners.get(part))

    def is_late(self, owner: Ref) -> bool:
        """Return whether the looks at its parts were too old too often."""
        return self._rounds[owner] > ROUNDS

    def was_looked_at(self, part: Ref) -> list[Ref]:
        """Return the owners that waited for nothing but a look at this part."""
        free = []
        for owner in sorted(self._owners.pop(part, ())):
            missing = self._missing[owner]
            missing.discard(part)
            if not missing:
                del self._missing[owner]
                free.append(owner)
        return free

    def was_sent(self, owner: Ref) -> None:
        """Count anew: the owner's step was sent."""
        self._rounds.pop(owner, None)
