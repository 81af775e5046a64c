"""Does a handler depend on nothing but the cloud that it is given, and keep nothing?"""

import contextlib
import copy
import threading
from collections.abc import Callable
from typing import Any

from orphancleanup.errors import OrphancleanupError
from orphancleanup.handler import Handler
from orphancleanup.testing.checks.observed_cloud import ObservedCloud
from orphancleanup.testing.checks.resource_faults import difference
from orphancleanup.testing.checks.sealing import heard, sealed
from orphancleanup.testing.checks.subject import Subject, told
from orphancleanup.testing.fake_service import Request

#: seconds in which another thread must have had its turn
TURN = 5.0


class Independence:
    """The tests."""

    def test_it_keeps_no_state(self, subject: Subject) -> None:
        before = _state(subject.handler)
        _use(subject)
        assert _state(subject.handler) == before, 'the handler, or its class, is another after it was used'

    def test_it_asks_anew_each_time(self, subject: Subject) -> None:
        cloud = subject.cloud()
        victim = subject.victim(cloud)
        count = len(subject.discover(cloud))
        assert all(ask(cloud) for ask in subject.asks(victim.ref).values())
        subject.suite.vanish(cloud, victim)
        assert len(subject.discover(cloud)) < count, (
            'discover still has what vanished since it was asked last'
        )
        for name, ask in subject.asks(victim.ref).items():
            assert ask(cloud) is None, f'{name} still has what vanished since it was asked last'

    def test_each_cloud_is_its_own(self, subject: Subject) -> None:
        here, there = subject.cloud(), subject.cloud(5)
        assert len(subject.discover(here)) < len(subject.discover(there)), (
            'two clouds were taken for one; or does the seed add as many whatever it is told?'
        )
        mine, other = subject.victim(here), subject.victim(there)
        subject.suite.vanish(there, other)
        for name, ask in subject.asks(mine.ref).items():
            assert ask(here) is not None, f'{name} looked in another cloud'
        for name, ask in subject.asks(other.ref).items():
            assert ask(there) is None, f'{name} looked in another cloud'

    def test_a_step_is_taken_in_the_cloud_that_it_is_given(self, subject: Subject) -> None:
        for cloud, victim, step in subject.steps():
            elsewhere = ObservedCloud(subject.opened())
            subject.discover(elsewhere)
            for ask in subject.asks(victim.ref).values():
                told('look', ask, elsewhere)
            known = len(elsewhere.requests)
            with contextlib.suppress(OrphancleanupError):
                step.run(ObservedCloud(cloud), victim)
            assert len(elsewhere.requests) == known, f'{step.name} asked a cloud that it was not given'

    def test_a_ladder_is_for_its_own_resource(self, subject: Subject) -> None:
        cloud = subject.opened()
        victim, *others = sorted(
            subject.discover(cloud), key=lambda each: each.ref != subject.victim(cloud).ref
        )
        ladder = subject.ladder(victim)
        for other in others:
            subject.ladder(other)
            subject.look(cloud, other.ref)
        for step in ladder:
            with contextlib.suppress(OrphancleanupError):
                step.run(ObservedCloud(cloud), victim)
        cloud.clock.advance(subject.suite.patience)
        left = {each.ref for each in subject.discover(cloud)}
        assert {each.ref for each in others} <= left, 'the steps of one ladder removed another resource'

    def test_threads_do_not_meet(self, subject: Subject) -> None:
        """While one reading waits for an answer, another one is made in a thread of its own."""
        cloud, beside = subject.cloud(), subject.cloud()
        victim, other = subject.victim(cloud), subject.discover(beside)[-1]
        expected = {each.ref: each for each in subject.discover(cloud)}

        def meet(_: int, request: Request) -> None:
            _in_thread(
                lambda: (subject.look(beside, other.ref), subject.discover(beside), subject.ladder(other))
            )

        found = {each.ref: each for each in subject.discover(ObservedCloud(cloud, meet))}
        assert found == expected, 'two listings at the same time got mixed up'
        for name, ask in subject.asks(victim.ref).items():
            looked = ask(ObservedCloud(cloud, meet))
            assert looked is not None, f'two looks at the same time got mixed up: {name} found nothing'
            assert looked == expected[victim.ref], (
                f'two looks at the same time got mixed up in {name}: {difference(looked, expected[victim.ref])}'
            )

    def test_answers_are_left_as_they_came(self, subject: Subject) -> None:
        observed = ObservedCloud(subject.cloud())
        for each in subject.discover(observed):
            for ask in subject.asks(each.ref).values():
                ask(observed)
        for now, given in observed.documents:
            assert now == given, f'the answer {given!r} was changed: {now!r}'

    def test_it_uses_nothing_but_the_cloud(self, subject: Subject) -> None:
        with sealed(subject.handler) as used:
            _use(subject)
        assert not used, (
            f'the handler used {sorted(set(used))}; the engine waits, and the cloud is asked by "cloud"'
        )

    def test_it_is_quiet(self, subject: Subject) -> None:
        with heard() as (lines, screen):
            subject.discover(subject.cloud())
            few = len(lines)
            subject.discover(subject.cloud(30))
        assert not screen.getvalue(), f'the handler prints: {screen.getvalue()[:80]!r}'
        assert len(lines) - few <= few, f'the handler logs once for each resource: {lines[-1]!r}'


def _use(subject: Subject) -> None:
    cloud = subject.cloud()
    for each in subject.discover(cloud):
        for ask in subject.asks(each.ref).values():
            ask(cloud)
    for opened, victim, step in subject.steps():
        with contextlib.suppress(OrphancleanupError):
            step.run(ObservedCloud(opened), victim)


def _state(handler: Handler) -> list[dict[str, Any]]:
    own = [dict(vars(handler))] if hasattr(handler, '__dict__') else []
    classes = type(handler).__mro__[: type(handler).__mro__.index(Handler)]
    held = [
        {n: v for n, v in vars(each).items() if _can_change(v) and not n.startswith('__')} for each in classes
    ]
    return copy.deepcopy(own + held)


def _can_change(value: object) -> bool:
    return isinstance(value, dict | list | set | bytearray | int | str | float | None | tuple)


def _in_thread(call: Callable[[], object]) -> None:
    failed: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(TURN)
    assert not thread.is_alive(), 'while one thread waits for an answer, the others are locked out'
    if failed:
        raise AssertionError(f'in another thread the handler failed: {failed[0]!r}') from failed[0]
