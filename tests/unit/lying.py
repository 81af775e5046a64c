"""A populated fake cloud that gives wrong answers on one address, and a run on it."""

import contextlib
import functools
import itertools
import math
import random
import re
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orphancleanup import runs
from orphancleanup.errors import ApiError, CloudError, OrphancleanupError, Unreachable
from orphancleanup.judging.plan import Plan
from orphancleanup.judging.selection import Request as Wish
from orphancleanup.model import Level
from orphancleanup.outcome import Outcome
from orphancleanup.progress import Silence
from orphancleanup.report import exit_code
from orphancleanup.settings import ExecutionSettings, Limits, Settings
from orphancleanup.site import Site
from orphancleanup.storing.run_folder import RunFolder
from orphancleanup.testing.clock import FakeClock
from orphancleanup.testing.fake_cloud import FakeCloud, Request
from tests.faults.wrong_documents import LIES
from tests.unit.plugins import fake_block_storage, fake_compute, fake_orchestration
from tests.unit.populated import NOW, PLACES, Populated, Rows, registry

#: service, method, path without ids
Address = tuple[str, str, str]
#: kind, id
Key = tuple[str, str]
Heard = Mapping[Address, list[Any]]
_ID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=/)(project|user|role|stack)-[a-z0-9]+')
#: what of a query makes it another listing
_NARROWING = frozenset({'is_domain', 'soft_deleted', 'uuid', 'id', 'volume_id', 'parent_id'})
_SILENCE = 90.0
# A run on this cloud takes minutes of its clock, and some hundred requests; these are beyond all patience.
_LONGEST, _MOST = 6 * 3600.0, 5000
# Short and long: what matters is what follows, not how often it is waited for.
_DEADLINES, _POLL = dict.fromkeys(PLACES, 60.0), 30.0
UNSEEN = 'done, and 90 s of silence'


def _refusing(status: int) -> Callable[[], CloudError]:
    return lambda: ApiError.of(status, f'the service answered {status}', 'req-wrong')


#: answers in place of the service's own, which does not see the request
REFUSALS: Mapping[str, Callable[[], CloudError]] = {
    **{str(status): _refusing(status) for status in (401, 403, 404, 408, 409, 413, 500)},
    # What the floor of the clouds makes of both, after its retries.
    '429, or 200 with a login page': lambda: Unreachable('there was no usable answer'),
    '90 s of silence': lambda: Unreachable('no answer came'),
}
ANSWERS = (*REFUSALS, *LIES, UNSEEN)


def is_another(method: str, answer: str, document: Any) -> bool:
    """Return whether a wrong answer to a request is another one than the right one, and than other wrong ones."""
    if answer == UNSEEN:
        return method != 'GET'
    if answer not in LIES:
        return True
    # Accepted, as it seems, and forgotten: there is but one way.
    return LIES[answer](document) is not None if method == 'GET' else answer == '200 {}'


class Endless(BaseException):
    """A run goes on and on."""


class _Clock(FakeClock):
    def sleep(self, seconds: float) -> None:
        """Move on; there are no other threads that could get their turn."""
        self.advance(max(0.0, seconds))

    def monotonic(self) -> float:
        now = super().monotonic()
        if now > _LONGEST:
            raise Endless
        return now


@dataclass(slots=True)
class Fault:
    """A wrong answer on one address.

    :param times: how many requests are answered so, the first ones.
    """

    address: Address
    answer: str
    times: float = math.inf

    def takes(self, request: Request) -> bool:
        """Return whether this request is answered wrong, and count it."""
        if self.times <= 0 or address(request) != self.address:
            return False
        self.times -= 1
        return True


class LyingCloud(FakeCloud):
    """A populated cloud that answers wrong what a fault says. All of them have the same ids and times."""

    def __init__(self) -> None:
        super().__init__(_Clock(NOW))
        with _alike():
            self.world = Populated(self)
        self.fault: Fault | None = None
        #: every address with the documents that came from it
        self.heard: dict[Address, list[Any]] = {}

    def answer(self, request: Request) -> Any:
        """Answer as the services would, or as the fault says."""
        if len(self.requests) > _MOST:
            self.clock.advance(_LONGEST)
        if self.fault and self.fault.takes(request):
            return self._wrong(request, self.fault.answer)
        return self._right(request)

    def _right(self, request: Request) -> Any:
        document = super().answer(request)
        self.world.follow(request)
        self.heard.setdefault(address(request), []).append(document)
        return document

    def _wrong(self, request: Request, answer: str) -> Any:
        if answer in REFUSALS:
            self.requests.append(request)
            self.clock.advance(_SILENCE if 'silence' in answer else 0)
            raise REFUSALS[answer]()
        if answer == UNSEEN:
            self._right(request)
            self.clock.advance(_SILENCE)
            raise Unreachable('no answer came')
        if request.method != 'GET':
            # Accepted, as it seems, and forgotten.
            return {}
        document = self._right(request)
        lied = LIES[answer](document)
        return document if lied is None else lied


@contextlib.contextmanager
def _alike() -> Iterator[None]:
    """Have the fakes make the same ids and times as the last time."""
    chance = random.Random(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uuid, 'uuid4', lambda: uuid.UUID(int=chance.getrandbits(128), version=4))
        for fake in (fake_block_storage, fake_compute, fake_orchestration):
            patch.setattr(fake, '_numbers', itertools.count(1))
        yield


def address(request: Request) -> Address:
    """Return the address of a request."""
    narrowed = '&'.join(sorted(_NARROWING & set(request.query)))
    path = _ID.sub('ID', request.path) + (f'?{narrowed}' if narrowed else '')
    return request.service, request.method, path


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run.

    :param code: the exit code that the command would have ended with.
    :param trouble: what ended it although it is none of the tool's own errors.
    :param heard: the addresses that were asked while planning, and while applying, with what came from them.
    """

    plan: Plan | None
    outcomes: tuple[Outcome, ...]
    code: int
    trouble: str
    before: Rows
    after: Rows
    heard: tuple[Heard, Heard]

    @property
    def planned(self) -> frozenset[Key]:
        """What was planned."""
        return (
            frozenset((entry.ref.kind, entry.ref.id) for entry in self.plan.entries)
            if self.plan
            else frozenset()
        )

    @property
    def changed(self) -> frozenset[Key]:
        """What is not as it was, apart from what a volume shows of an attachment that was planned to go."""
        shown = {
            ('cinder-volume', self.before[key]['volume_id'])
            for key in self.planned
            if key[0] == 'cinder-attachment'
        }
        return frozenset(
            key
            for key, row in self.before.items()
            if key not in self.after or (self.after[key] != row and key not in shown)
        )

    def places(self, keys: Iterable[Key]) -> frozenset[tuple[int, str]]:
        """Return kinds with the place among all rows, which is the same in every run; ids are not."""
        numbers = {key: number for number, key in enumerate(self.before)}
        return frozenset((numbers[key], key[0]) for key in keys)


_registry = functools.cache(registry)


class _Journey:
    """A run on a cloud of its own, as far as it came."""

    def __init__(self, wish: Wish, levels: frozenset[Level]) -> None:
        self._wish, self._cloud = wish, LyingCloud()
        settings = Settings(
            execution=ExecutionSettings(levels=levels, deadlines=_DEADLINES, last_poll=_POLL),
            limits=Limits(max_share=100),
        )
        self._site = Site(self._cloud, _registry(), self._cloud.clock, settings, Silence())
        self._before = self._cloud.world.rows()
        self._plan: Plan | None = None
        self._outcomes: tuple[Outcome, ...] = ()
        self._code, self._trouble = 0, ''
        self._planning: Heard = {}

    def plan(self, fault: Fault | None) -> Run:
        """Plan only."""
        return self._ended(lambda: self._review(fault))

    def go(self) -> Run:
        """Plan and apply, without a fault."""

        def go() -> None:
            self._review(None)
            if self._plan and self._plan.entries:
                self._apply(self._plan, None)

        return self._ended(go)

    def apply(self, plan: Plan, fault: Fault) -> Run:
        """Apply a plan that was made on such a cloud without a fault."""
        self._plan = plan
        # Planning has asked for the regions, which is done once.
        self._cloud.sharing_regions('', '')
        self._cloud.heard = {}
        return self._ended(lambda: self._apply(plan, fault))

    def _ended(self, go: Callable[[], None]) -> Run:
        """Go, and tell whatever the end is."""
        try:
            go()
        except OrphancleanupError as error:
            self._code = error.exit_code
        except Exception as error:
            self._code, self._trouble = exit_code.DEFECT, f'it ended as a defect: {error!r}'
        except Endless:
            self._code, self._trouble = exit_code.DEFECT, 'it never ends'
        return self._run()

    def _review(self, fault: Fault | None) -> None:
        self._cloud.fault = fault
        self._plan = runs.review(self._site, self._wish).plan
        self._code = exit_code.of_dry_run(self._plan)
        self._planning, self._cloud.heard = self._cloud.heard, {}

    def _apply(self, plan: Plan, fault: Fault | None) -> None:
        self._cloud.fault = fault
        with tempfile.TemporaryDirectory() as folder:
            applied = runs.apply(self._site, plan, RunFolder.create(self._cloud.clock, Path(folder)))
        self._outcomes, self._code = applied.outcomes, exit_code.of_apply(applied)

    def _run(self) -> Run:
        after, heard = self._cloud.world.rows(), (self._planning, self._cloud.heard)
        return Run(self._plan, self._outcomes, self._code, self._trouble, self._before, after, heard)


def plan(wish: Wish, fault: Fault | None = None) -> Run:
    """Plan on a cloud of its own."""
    return _Journey(wish, frozenset({Level.API})).plan(fault)


def run(wish: Wish, levels: frozenset[Level]) -> Run:
    """Plan and apply on a cloud of its own, without a fault."""
    return _Journey(wish, levels).go()


def apply(plan: Plan, wish: Wish, levels: frozenset[Level], fault: Fault) -> Run:
    """Apply a plan that a run without a fault has made, on a cloud of its own that is like the one of that run."""
    return _Journey(wish, levels).apply(plan, fault)
