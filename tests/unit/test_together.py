"""Questions that come while one is asked are asked together; each is answered by a request that began after it."""

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from orphancleanup.errors import Unreachable
from orphancleanup.together import MOST, Together

PATIENCE = 10.0


class Service:
    """What is asked; each request waits until it is let go."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)
        self.lacks: set[str] = set()
        self.fails: set[str] = set()
        self.is_broken = False
        self.version = 0

    def ask(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.asked.append(list(keys))
        version = self.version
        self.begun.release()
        assert self.go.acquire(timeout=PATIENCE)
        if self.is_broken:
            raise ZeroDivisionError
        for key in self.fails.intersection(keys):
            raise Unreachable(key)
        return {key: f'{key} {version}' for key in keys if len(keys) == 1 or key not in self.lacks}


class Crowd:
    """Threads that ask."""

    def __init__(self, service: Service, executor: ThreadPoolExecutor) -> None:
        self._executor = executor
        self.together = Together[str, str]()
        self._service = service

    def ask(self, *keys: str) -> list['Future[str | None]']:
        """Have threads ask, and return once all of them wait."""
        known = len(self.together._waiting)
        futures = [self._executor.submit(self.together.of, key, self._service.ask) for key in keys]
        end = time.monotonic() + PATIENCE
        while self.together._is_asking and len(self.together._waiting) < known + len(keys):
            assert time.monotonic() < end
            time.sleep(0.001)
        return futures

    def first(self, key: str) -> 'Future[str | None]':
        """Have a thread ask, and return once its request has begun."""
        future = self._executor.submit(self.together.of, key, self._service.ask)
        assert self._service.begun.acquire(timeout=PATIENCE)
        return future


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def crowd(service: Service):  # type: ignore[no-untyped-def]
    with ThreadPoolExecutor(2 * MOST + 4) as executor:
        yield Crowd(service, executor)


def told(futures: 'list[Future[str | None]]') -> list[str | None]:
    return [each.result(PATIENCE) for each in futures]


def test_who_is_alone_asks_alone(service: Service, crowd: Crowd) -> None:
    service.go.release(2)
    assert crowd.together.of('a', service.ask) == 'a 0'
    assert crowd.together.of('a', service.ask) == 'a 0'
    assert service.asked == [['a'], ['a']]


def test_those_who_come_meanwhile_are_answered_by_the_next_request(service: Service, crowd: Crowd) -> None:
    first = crowd.first('a')
    others = crowd.ask('b', 'c', 'a')
    # What changes while the first is asked is told to those who came after it began.
    service.version = 1
    service.go.release(2)
    assert (first.result(PATIENCE), told(others)) == ('a 0', ['b 1', 'c 1', 'a 1'])
    assert service.asked[0] == ['a']
    assert sorted(service.asked[1]) == ['a', 'b', 'c']
    assert len(service.asked) == 2


def test_not_more_are_asked_together_than_fit_into_an_address(service: Service, crowd: Crowd) -> None:
    first = crowd.first('a')
    others = crowd.ask(*map(str, range(2 * MOST + 1)))
    service.go.release(4)
    told([first, *others])
    assert [len(each) for each in service.asked] == [1, MOST, MOST, 1]


def test_what_an_answer_lacks_is_asked_for_alone(service: Service, crowd: Crowd) -> None:
    first = crowd.first('a')
    service.lacks = {'c'}
    others = crowd.ask('b', 'c')
    service.go.release(3)
    assert (first.result(PATIENCE), told(others)) == ('a 0', ['b 0', 'c 0'])
    assert service.asked[2:] == [['c']]


def test_what_fails_together_is_asked_for_alone(service: Service, crowd: Crowd) -> None:
    first = crowd.first('a')
    service.fails = {'c'}
    others = crowd.ask('b', 'c')
    service.go.release(4)
    assert (first.result(PATIENCE), others[0].result(PATIENCE)) == ('a 0', 'b 0')
    with pytest.raises(Unreachable, match='c'):
        others[1].result(PATIENCE)
    assert sorted(service.asked[1]) == ['b', 'c']
    assert sorted(service.asked[2:]) == [['b'], ['c']]


def test_what_fails_for_one_is_not_told_to_be_nothing_to_who_asks_the_same(
    service: Service, crowd: Crowd
) -> None:
    first = crowd.first('a')
    service.fails = {'b'}
    others = crowd.ask('b', 'b', 'b')
    service.go.release(4)
    assert first.result(PATIENCE) == 'a 0'
    for each in others:
        with pytest.raises(Unreachable):
            each.result(PATIENCE)


def test_a_defect_keeps_nobody_waiting(service: Service, crowd: Crowd) -> None:
    first = crowd.first('a')
    service.lacks, service.is_broken = {'b', 'c'}, True
    others = crowd.ask('b', 'c')
    service.go.release(9)
    for each in (first, *others):
        with pytest.raises(ZeroDivisionError):
            each.result(PATIENCE)
    service.is_broken = False
    assert crowd.together.of('d', service.ask) == 'd 0'


def test_nothing_is_told_of_what_is_not_there_and_it_is_asked_for_once() -> None:
    asked = []

    def ask(keys: Sequence[str]) -> Mapping[str, str]:
        asked.append(keys)
        return {}

    assert Together[str, str]().of('a', ask) is None
    assert asked == [['a']]
