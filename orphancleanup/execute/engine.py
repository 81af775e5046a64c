"""Brings every entry of a plan to its end. Talks to nobody: it takes what was read and answered, and says what is next.

The same engine runs behind threads and a real clock (:mod:`orphancleanup.execute.loop`), and in the tests' small
worlds, where every order of answers is tried.
"""

import heapq
import itertools
import math
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator

from orphancleanup.execute import events, passes, transition
from orphancleanup.execute.contents import Contents
from orphancleanup.execute.events import Effect, Event, Seen, Unclear
from orphancleanup.execute.item import Item, State, begin
from orphancleanup.execute.jobs import Answer, Job, Question, Reading, Sight, Task
from orphancleanup.execute.parts import Parts
from orphancleanup.execute.policy import Policy, is_leaving
from orphancleanup.execute.poller import Poller
from orphancleanup.execute.schedule import News, Schedule
from orphancleanup.judging.plan import Plan
from orphancleanup.model import Level, Ref

#: seconds after which what hangs no longer holds up later kinds of its project
PATIENCE = 10.0

#: service type to the number of requests to it that may be under way just now
Room = Callable[[str], int]


class Engine:
    """All entries of a plan, and what is next.

    :param already: what an earlier life of the run meant to remove.
    """

    def __init__(self, plan: Plan, policy: Policy, already: frozenset[Ref] = frozenset()) -> None:
        self.items: dict[Ref, Item] = {
            entry.ref: begin(entry, entry.ref in already) for entry in plan.entries
        }
        self._policy = policy
        registry, settings = policy.registry, policy.settings
        self._schedule = Schedule(self.items, registry.before, registry.last)
        self._parts = Parts(self.items, self._schedule)
        self._contents = Contents(self.items, self._schedule, registry, settings.freshness)
        kinds = {ref.kind for ref in self.items} | self._contents.kinds
        self._poller = Poller(self.items, registry, settings, plan, self._contents.kinds)
        self._service = {kind: registry.handler(kind).service for kind in kinds}
        self._queues: dict[str, deque[Ref]] = defaultdict(deque)
        self._flying: Counter[str] = Counter()
        self._sent: Counter[str] = Counter()
        self._timers: list[tuple[float, int, Ref]] = []
        self._numbers = itertools.count()
        self._unfinished = sum(not item.is_done for item in self.items.values())
        self._removed = self._removed_before = 0
        self._pass = 1
        self._ended: list[Ref] = []

    # What is next

    def begin(self, now: float) -> None:
        """Begin the first pass."""
        self._spread(self._schedule.first(), now)

    @property
    def is_finished(self) -> bool:
        """Whether every entry has come to its end in this pass."""
        return not self._unfinished

    @property
    def is_under_way(self) -> bool:
        """Whether any job has not come back yet."""
        return bool(self._flying.total())

    def jobs(self, now: float, room: Room) -> list[Job]:
        """Return what workers are to begin now; the intents of its tasks belong on the disk before."""
        while self._timers and self._timers[0][0] <= now:
            self._ring(heapq.heappop(self._timers)[2], now)
        found: list[Job] = [*self._tasks(now, room), *self._readings(now, room)]
        if not found and not self.is_under_way and self.wake() == math.inf and self._unfinished:
            # Nothing can move any more: what still waits goes round in a circle.
            self._spread(list(self._schedule.standstill()), now)
        return found

    def wake(self) -> float:
        """Return the seconds on the clock when there may be something to do although nothing came back."""
        return min(self._timers[0][0] if self._timers else math.inf, self._poller.wake())

    def take_ended(self) -> list[Item]:
        """Return the entries that have ended since the last call."""
        ended, self._ended = self._ended, []
        return [self.items[ref] for ref in dict.fromkeys(ended) if self.items[ref].is_done]

    def _tasks(self, now: float, room: Room) -> Iterator[Task]:
        for service, queue in self._queues.items():
            free = room(service) - self._flying[service]
            while free > 0 and queue:
                task = self._task(queue.popleft(), now)
                if task:
                    free -= 1
                    self._flying[service] += 1
                    self._sent[task.ref.kind] += 1
                    yield task

    def _task(self, ref: Ref, now: float) -> Task | None:
        """Return the task of what is ready, unless what it holds is to be looked at first, or must stay."""
        if self.items[ref].state is not State.READY:
            return None
        oldest = now - self._policy.settings.freshness
        kept = self._parts.kept(ref)
        if kept:
            self._happen(ref, events.PartKept(kept), now)
            return None
        if self._parts.await_looks(ref, oldest):
            self._look_at_parts(ref, now)
            return None
        if not self._is_empty(ref, now):
            return None
        seen = min(self._parts.oldest_look(ref), self._contents.oldest(ref))
        if self._is_early(ref):
            self._happen(ref, events.Postponed(), now)
            return None
        self._happen(ref, events.Sending(seen), now)
        item = self.items[ref]
        if item.state is not State.SENT or not item.step:
            return None
        until = min(seen, item.looked) + self._policy.settings.freshness
        return Task(item.resource, item.step.name, until)

    def _is_early(self, ref: Ref) -> bool:
        """Whether a refused step is to be followed by a harsher one while what may have caused it is still going.

        What leaves its parts behind is given up in a later pass only: what kept it, or a broken part, may go before.
        """
        item = self.items[ref]
        is_last = bool(item.step and item.step.keeps_parts) and not is_leaving(item.resource)
        if is_last and not item.was_postponed:
            return True
        is_harsher = item.was_tried and bool(item.step and item.step.level > Level.API)
        return is_harsher and not item.is_freed and self._schedule.is_preceded(ref)

    def _is_empty(self, ref: Ref, now: float) -> bool:
        """Return whether nothing is in the projects that a step removes; else say so, or have it looked for."""
        why = self._contents.failure(ref)
        if why:
            self._happen(ref, events.ContentsUnread(why), now)
            return False
        if self._contents.await_listings(ref, now):
            if self._contents.is_late(ref):
                self._happen(ref, events.ContentsLate(), now)
            return False
        found = self._contents.found(ref)
        if found:
            project, inside = found
            self._happen(project, events.Occupied(inside), now)
            self._happen(ref, events.PartKept(project), now)
        return not found

    def _look_at_parts(self, owner: Ref, now: float) -> None:
        if self._parts.is_late(owner):
            self._happen(owner, events.PartsLate(), now)
            return
        for part in self._parts.awaited(owner):
            self._spread(self._look(part, now), now)

    def _readings(self, now: float, room: Room) -> Iterator[Reading]:
        def left(service: str) -> int:
            return room(service) - self._flying[service]

        queued = {queue[-1].kind for queue in self._queues.values() if queue}
        sending = queued | (+self._sent).keys()
        for reading in self._poller.readings(now, left, sending, self._contents.awaited):
            self._flying[self._service[reading.kind]] += 1
            yield reading

    def _ring(self, ref: Ref, now: float) -> None:
        """A time that was set has come: look at what may be looked at again, pass by what hangs."""
        item = self.items[ref]
        if item.state in (State.LOOKING, State.HELD):
            self._spread(self._look(ref, now), now)
        elif item.state in (State.SETTLING, State.CONFIRMING):
            self._spread(self._schedule.lingers(ref), now)

    def _set_timer(self, at: float, ref: Ref) -> None:
        heapq.heappush(self._timers, (at, next(self._numbers), ref))

    # What came

    def answered(self, answer: Answer, now: float) -> None:
        """Take the answer to a task."""
        self._flying[self._service[answer.ref.kind]] -= 1
        self._sent[answer.ref.kind] -= 1
        told = events.Answered(answer.reply, answer.text, answer.request_id, answer.exchanges, answer.at)
        self._happen(answer.ref, told, now)

    def was_read(self, reading: Reading, sight: Sight, now: float) -> None:
        """Take what a reading showed."""
        self._flying[self._service[reading.kind]] -= 1
        self._poller.was_read(reading, sight, now)
        if reading.is_listing:
            for ref in self._contents.was_read(reading.kind, sight):
                self._queues[self._service[ref.kind]].appendleft(ref)
        is_proof = reading.is_listing or self._policy.look_proves_end(reading.kind)
        for question in reading.questions:
            self._happen(question.ref, _told(question, sight, is_proof), now)

    def next_pass(self, now: float) -> bool:
        """Begin anew what may go now that something else went; return whether there is anything."""
        has_removed, self._removed_before = self._removed > self._removed_before, self._removed
        if self._pass >= self._policy.settings.passes:
            return False
        is_forced = Level.FORCE in self._policy.settings.levels
        news = passes.revived(self.items, self._schedule, has_removed, is_forced)
        for ref, event in news:
            self._move(ref, event, now)
        self._pass += 1
        self._schedule.begin()
        self._spread(self._schedule.first(), now)
        return bool(news)

    def stop(self, now: float) -> None:
        """End everything as it stands; what was sent has been answered before."""
        for ref in self.items:
            self._move(ref, events.Stopped(), now)
        self._timers.clear()

    # What follows

    def _happen(self, ref: Ref, event: Event, now: float) -> None:
        self._spread([(ref, event)], now)

    def _spread(self, news: Iterable[News], now: float) -> None:
        """Let events happen, and all that follows from them, breadth first."""
        waiting: deque[Iterator[News]] = deque([iter(news)])
        while waiting:
            for ref, event in waiting.popleft():
                for effect in self._move(ref, event, now):
                    waiting.append(iter(self._carry_out(ref, effect, now)))

    def _move(self, ref: Ref, event: Event, now: float) -> tuple[Effect, ...]:
        before = self.items[ref]
        after, effects = transition.move(before, event, now, self._policy)
        self.items[ref] = after
        self._unfinished += before.is_done - after.is_done
        self._removed += after.is_removed - before.is_removed
        if after.is_done and not before.is_done:
            self._ended.append(ref)
        if before.state is State.HELD and (isinstance(event, Seen) or after.state is not State.HELD):
            for owner in self._parts.was_looked_at(ref):
                self._queues[self._service[owner.kind]].appendleft(owner)
        if after.state is State.SETTLING and before.state is not State.SETTLING:
            self._set_timer(now + PATIENCE, ref)
        if after.state is State.SENT:
            self._parts.was_sent(ref)
            self._contents.was_sent(ref)
        return effects

    def _carry_out(self, ref: Ref, effect: Effect, now: float) -> Iterable[News]:
        item = self.items[ref]
        if effect is Effect.LOOK:
            return self._look(ref, now)
        if effect is Effect.QUEUE:
            self._poller.forget(ref)
            self._queues[self._service[ref.kind]].append(ref)
        elif effect is Effect.WATCH:
            self._poller.watch(ref, now)
        elif effect is Effect.WAIT:
            is_held = item.state is State.HELD
            return self._schedule.settled_down(ref) if is_held else self._schedule.waits(ref)
        elif effect is Effect.END:
            self._poller.forget(ref)
            return self._schedule.ended(ref)
        return ()

    def _look(self, ref: Ref, now: float) -> Iterable[News]:
        """Have something looked at, unless the last listing tells already, or it is too early."""
        item = self.items[ref]
        if item.state is State.HELD and not self._parts.is_awaited(ref):
            return ()
        if item.not_before > now:
            self._set_timer(item.not_before, ref)
            return ()
        sight = self._poller.served(ref, now)
        if sight:
            return [(ref, _told(self._poller.question(ref), sight, is_listing=True))]
        self._poller.want(ref)
        return ()


def _told(question: Question, sight: Sight, is_listing: bool) -> Event:
    """Return what a reading says about one resource."""
    why = sight.failed or sight.unclear.get(question.ref)
    if why:
        return Unclear(why)
    exists = sight.projects.get(question.project_id, True)
    return Seen(
        sight.found.get(question.ref), sight.started, is_listing, exists, sight.gone, sight.oldest(question)
    )
