"""When to look at what: one listing at a time for each kind, shared by all items that need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from orphancleanup.execute.item import Item
from orphancleanup.execute.worker import Sight
from orphancleanup.settings import ExecutionSettings

#: up to so many items of a kind are looked at one by one, which costs no more than a listing
FEW = 3
GROWTH = 1.5


@dataclass(slots=True)
class Reading:
    """What was last read of a kind, and when it is to be read again.

    :param started: seconds on the clock when the last complete listing began.
    :param sight: that listing; None while there is none.
    :param under_way: how many jobs read of it just now.
    :param due: seconds on the clock before which nothing is read for items that settle.
    :param pause: seconds between readings for items that settle; grows until something new settles.
    """

    settings: ExecutionSettings
    started: float = 0.0
    sight: Sight | None = None
    due: float = 0.0
    pause: float = 0.0
    under_way: int = 0
    settling: frozenset[object] = field(default_factory=frozenset)

    @property
    def is_under_way(self) -> bool:
        """Whether anything is being read."""
        return self.under_way > 0

    def serves(self, item: Item, now: float) -> bool:
        """Answer whether the last listing tells how an item is now, well enough to take a step."""
        if self.sight is None:
            return False
        return self.started >= item.touched and now - self.started <= self.settings.freshness

    def plan_next(self, settling: Mapping[object, Item], now: float) -> None:
        """Set when items that settle are next read about; the pause begins anew when new ones came."""
        if set(settling) - self.settling:
            self.pause = self.settings.first_poll
            self.due = min(self.due, now + self.pause) if self.due > now else now + self.pause
        self.settling = frozenset(settling)

    def was_read(self, sight: Sight, started: float, is_complete: bool, now: float) -> None:
        """Keep what a look showed, and grow the pause."""
        self.under_way -= 1
        if is_complete and not sight.failed:
            self.sight, self.started = sight, started
        self.pause = min(max(self.pause, self.settings.first_poll) * GROWTH, self.settings.last_poll)
        # A listing that takes long is made less often, so that it never takes more than a third of the time.
        self.due = now + max(self.pause, 2 * (now - started))
