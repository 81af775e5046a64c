"""Whether projects are empty right before the step that removes them: what may be in one is listed anew, for all."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from orphancleanup.execute.item import Item, State
from orphancleanup.execute.jobs import Sight
from orphancleanup.execute.schedule import Schedule
from orphancleanup.installed.registry import Registry
from orphancleanup.model import Ref

#: how often everything is listed again for one entry because the listings were too old when the last of them came
ROUNDS = 4


class Contents:
    """What was last seen in the projects that a plan names, and the entries whose steps wait for listings.

    A listing serves all projects. One from before an entry's turn came tells that a project is empty, but not that
    something is in it: that may have gone since.

    :param freshness: seconds that a listing may be old when a step rests on it.
    """

    def __init__(
        self, items: Mapping[Ref, Item], schedule: Schedule, registry: Registry, freshness: float
    ) -> None:
        self._items, self._schedule, self._freshness = items, schedule, freshness
        self._project_kinds = registry.project_kinds
        has_projects = any(ref.kind in self._project_kinds for ref in items)
        #: the kinds of which something may be in a project, when the plan names one
        self.kinds = registry.in_projects if has_projects else frozenset()
        self._told: dict[str, Sight] = {}
        self._missing: dict[Ref, set[str]] = {}
        self._waiting: dict[str, set[Ref]] = defaultdict(set)
        self._failed: dict[Ref, str] = {}
        self._rounds: Counter[Ref] = Counter()
        self._used: dict[Ref, dict[str, Sight]] = {}

    @property
    def awaited(self) -> frozenset[str]:
        """The kinds that are to be listed."""
        return frozenset(kind for kind, entries in self._waiting.items() if entries)

    def projects(self, ref: Ref) -> tuple[Ref, ...]:
        """Return what the step of an entry removes and what is a project: itself, or parts of it."""
        if not self.kinds:
            return ()
        held = (part for part in self._schedule.parts(ref) if self._items[part].state is State.HELD)
        return tuple(each for each in (ref, *held) if each.kind in self._project_kinds)

    def oldest(self, ref: Ref) -> float:
        """Return the seconds on the clock when the oldest listing began that says that the projects are empty."""
        has_projects = bool(self.projects(ref))
        return min((self._told[kind].started for kind in self.kinds if has_projects), default=float('inf'))

    def await_listings(self, ref: Ref, now: float) -> bool:
        """Note which kinds have to be listed again before a step; return whether there are any."""
        projects = self.projects(ref)
        # What is old already when the first listing is asked for would be too old when the last one comes.
        oldest = now - self._freshness * (1.0 if self._rounds[ref] else 0.5)
        missing = {kind for kind in self.kinds if projects and self._is_missing(kind, ref, projects, oldest)}
        if not missing:
            return False
        self._missing[ref] = missing
        self._rounds[ref] += 1
        for kind in missing:
            self._waiting[kind].add(ref)
        return True

    def _is_missing(self, kind: str, ref: Ref, projects: tuple[Ref, ...], oldest: float) -> bool:
        sight, item = self._told.get(kind), self._items[ref]
        if sight is None or sight.started < oldest:
            return True
        if sight is self._used.get(ref, {}).get(kind):
            return True
        is_any_inside = any(True for _ in self._inside(sight, ref, projects))
        return sight.started < item.touched and (bool(item.steps) or is_any_inside)

    def is_late(self, ref: Ref) -> bool:
        """Return whether the listings were too old too often; and count anew."""
        is_late = self._rounds[ref] > ROUNDS
        if is_late:
            del self._rounds[ref]
            for kind in self._missing.pop(ref, ()):
                self._waiting[kind].discard(ref)
        return is_late

    def failure(self, ref: Ref) -> str:
        """Return, once, why a kind could not be listed; empty when all could."""
        if ref in self._failed:
            self._rounds.pop(ref, None)
        return self._failed.pop(ref, '')

    def found(self, ref: Ref) -> tuple[Ref, Ref] | None:
        """Return a project that a step would remove, and something in it; None when there is nothing."""
        projects = self.projects(ref)
        sights = [self._told[kind] for kind in self.kinds] if projects else []
        found = sorted(each for sight in sights for each in self._inside(sight, ref, projects))
        # What the plan does not name tells more: it is new.
        return min(found, key=lambda each: each[1] in self._items, default=None)

    def _inside(self, sight: Sight, ref: Ref, projects: tuple[Ref, ...]) -> Iterator[tuple[Ref, Ref]]:
        """Yield what a listing shows in projects, and does not go along with them."""
        named = [project for project in projects if sight.contents.get(project.id)]
        along = {ref, *self._schedule.parts(ref)} if named else set()
        for project in named:
            for each in sight.contents[project.id]:
                if each not in along:
                    yield project, each

    def was_read(self, kind: str, sight: Sight) -> list[Ref]:
        """Keep what a listing showed; return the entries that waited for nothing else."""
        if not sight.failed:
            self._told[kind] = sight
        free = []
        for ref in sorted(self._waiting.pop(kind, ())):
            if sight.failed:
                self._failed[ref] = f'whether any {kind} is in it could not be read: {sight.failed}'
            missing = self._missing[ref]
            missing.discard(kind)
            if not missing:
                del self._missing[ref]
                free.append(ref)
        return free

    def was_sent(self, ref: Ref) -> None:
        """Count anew, since an entry's step was sent: what it rested on serves no other step of the entry."""
        self._rounds.pop(ref, None)
        if self.projects(ref):
            self._used[ref] = dict(self._told)
