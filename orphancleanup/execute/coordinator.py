"""The loop of an apply: orders, journals and decides; workers do the talking to the cloud."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator

from orphancleanup.execute import records, worker
from orphancleanup.execute.item import Item, State
from orphancleanup.execute.judge import Judge
from orphancleanup.execute.lookout import Lookout
from orphancleanup.execute.means import Means
from orphancleanup.execute.schedule import Schedule, by_batch
from orphancleanup.execute.traffic import After, Traffic
from orphancleanup.execute.worker import Answer, Batch
from orphancleanup.model import Level, Ref
from orphancleanup.outcome import Outcome, Result
from orphancleanup.plan import Plan

#: seconds after which the loop looks up from what it waits for, to see whether it is to stop
BREATH = 0.5
#: the most resources in a batch: Ctrl-C waits for the batches that are under way
BATCH = 10
#: for so many of what is left its service is asked for more; a thousand failures have few causes
EVIDENCE = 200


class Coordinator:
    """Brings every entry of a plan to its end.

    :param already: what an earlier life of the run meant to remove.
    """

    def __init__(self, plan: Plan, judge: Judge, means: Means, already: frozenset[Ref] = frozenset()) -> None:
        items = {entry.ref: Item(entry, is_ours=entry.ref in already) for entry in plan.entries}
        self._schedule = Schedule(items, judge.registry.before)
        self._items, self._judge, self._means = items, judge, means
        self._traffic = Traffic(means.executor, means.opener)
        self._lookout = Lookout(items, judge, self._traffic, means)
        self._flying: Counter[str] = Counter()
        self._reported: dict[Ref, Result] = {}

    def run(self) -> tuple[Outcome, ...]:
        """Work until every entry is done, in as many passes as help; answer an outcome for each entry."""
        self._means.watch.progress.stage('Removing', len(self._items))
        for _ in range(self._judge.settings.passes):
            before = self._removed()
            self._one_pass()
            if self._means.watch.should_stop() or not self._next_pass(self._removed() > before):
                break
        if not self._means.watch.should_stop():
            self._gather_evidence()
        return tuple(item.outcome() for item in self._items.values())

    def _one_pass(self) -> None:
        while not self._schedule.is_finished:
            if self._means.watch.should_stop():
                self._stop()
                return
            released = self._schedule.release(self._now)
            self._lookout.read(self._schedule)
            self._send()
            if not released and not self._traffic.is_under_way and not self._is_awaited():
                self._schedule.release(self._now, ignore_kinds=True)
            self._report()
            self._collect()
        self._report()

    def _removed(self) -> int:
        return sum(item.is_removed for item in self._items.values())

    def _next_pass(self, has_removed: bool) -> bool:
        """Let begin anew what may go now; answer whether there is anything."""
        freed = Level.FORCE in self._judge.settings.levels and self._schedule.free_parts()
        return (has_removed and self._revive()) or freed

    def _revive(self) -> bool:
        done = [item for item in self._items.values() if item.state is State.DONE]
        again = [item for item in done if item.may_go_now and self._owner_may_go(item)]
        for item in again:
            item.again()
        return bool(again)

    def _owner_may_go(self, item: Item) -> bool:
        owner = item.entry.owner
        return owner is None or self._items[owner].is_removed

    @property
    def _now(self) -> float:
        return self._means.watch.clock.monotonic()

    # Sending

    def _send(self) -> None:
        batches = list(self._batches())
        if not batches:
            return
        self._means.journal.write(*itertools.chain.from_iterable(map(records.intents, batches)))
        for batch in batches:
            self._traffic.submit(After(self._answered(batch), batch.lost), worker.run_batch, batch)

    def _batches(self) -> Iterator[Batch]:
        ready = [item for item in self._items.values() if item.state is State.READY]
        for item in ready:
            if self._now - item.looked > self._judge.settings.freshness:
                item.move(State.LOOKING)
        ready = [item for item in ready if item.state is State.READY and self._parts_agree(item)]
        for (kind, project, step), items in by_batch(ready).items():
            size = min(BATCH, math.ceil(len(items) / self._means.http.workers_of(self._service(kind))))
            for start in range(0, len(items), size):
                if not self._has_room(kind):
                    break
                self._flying[self._service(kind)] += 1
                yield self._batch(kind, project, step, items[start : start + size])

    def _parts_agree(self, owner: Item) -> bool:
        """Whether all that an owner's step takes along was looked at just now, and may go."""
        stale = self._now - self._judge.settings.freshness
        parts = self._schedule.parts(owner.ref)
        keeping = next((part for part in parts if part.keeps_owner), None)
        if keeping:
            owner.end(Result.CHANGED, f'it was left alone: it holds {keeping.ref}, which stays')
        return not keeping and all(part.looked >= stale or part.state is not State.HELD for part in parts)

    def _service(self, kind: str) -> str:
        return self._judge.registry.handler(kind).service

    def _has_room(self, kind: str) -> bool:
        service, http = self._service(kind), self._means.http
        return self._flying[service] < http.workers_of(service) and self._flying.total() < http.workers

    def _batch(self, kind: str, project: str, step: str, items: list[Item]) -> Batch:
        for item in items:
            item.move(State.SENT)
            item.steps.append(step)
        return Batch(kind, project, step, tuple(item.fresh or item.entry.resource for item in items))

    def _answered(self, batch: Batch) -> Callable[[tuple[Answer, ...]], None]:
        def finish(answers: tuple[Answer, ...]) -> None:
            self._flying[self._service(batch.kind)] -= 1
            self._means.journal.note(*(records.answer(batch.step, answer) for answer in answers))
            for answer in answers:
                self._judge.answered(self._items[answer.ref], answer, self._now)

        return finish

    # Waiting

    def _collect(self) -> None:
        if self._traffic.is_under_way:
            self._traffic.collect(self._until_due())
        elif not self._schedule.is_finished:
            self._means.watch.clock.sleep(self._until_due())

    def _until_due(self) -> float:
        """Answer for how many seconds nothing is to be done but to wait."""
        times = self._lookout.due_times()
        times += [item.not_before for item in self._items.values() if item.state is State.LOOKING]
        ahead = [time - self._now for time in times if time > self._now]
        return min([BREATH, *ahead])

    def _is_awaited(self) -> bool:
        moving = (State.LOOKING, State.READY, State.SENT, State.SETTLING)
        return any(item.state in moving for item in self._items.values())

    def _report(self) -> None:
        new = [
            item
            for item in self._items.values()
            if item.state is State.DONE and self._reported.get(item.ref) is not item.result
        ]
        if not new:
            return
        self._means.journal.note(*map(records.outcome, new))
        for item in new:
            if item.ref not in self._reported:
                self._means.watch.progress.advance()
            self._reported[item.ref] = item.result
            if item.result is Result.LEFT:
                self._means.watch.progress.note(f'{item.ref} is left: {item.text}')

    # Ending

    def _stop(self) -> None:
        """Take the answers to what was sent, and end everything else as it stands."""
        while self._traffic.is_under_way:
            self._collect()
        for item in self._items.values():
            if item.state is State.SETTLING:
                item.end(Result.LEFT, 'interrupted while its removal was under way')
            elif item.state is not State.DONE:
                item.end(Result.LEFT if item.steps else Result.UNTRIED, 'interrupted before its turn came')
        self._report()

    def _gather_evidence(self) -> None:
        left = [item for item in self._items.values() if item.result is Result.LEFT and item.steps]
        for item in left[:EVIDENCE]:
            resource = item.fresh or item.entry.resource
            self._traffic.submit(
                After(item.evidence.extend, lambda why: ()), worker.gather_evidence, resource
            )
        while self._traffic.is_under_way:
            self._traffic.collect(BREATH)
