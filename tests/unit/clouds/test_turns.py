"""Who comes first sends first, and what was taken is given back whatever happens."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from orphancleanup.clouds.turns import Services, Turns
from orphancleanup.testing import FakeClock


def turns(ceiling: int) -> Turns:
    return Turns(ceiling, FakeClock())


@contextmanager
def waiting(queue: Turns, act: Callable[[], None]) -> Iterator[None]:
    """Let a thread wait for its turn; it is in the queue when the context begins, and done when it ends."""
    before = len(queue._waiting)

    def run() -> None:
        with queue.take(''):
            act()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive() and len(queue._waiting) == before:
        thread.join(0.001)
    yield
    thread.join(5)
    assert not thread.is_alive()


def test_who_came_first_goes_first() -> None:
    queue, order = turns(1), []
    with ExitStack() as stack:
        turn = queue.take('')
        turn.__enter__()
        for number in range(5):
            stack.enter_context(waiting(queue, lambda number=number: order.append(number)))  # type: ignore[misc]
        turn.__exit__(None, None, None)
    assert order == [0, 1, 2, 3, 4]


def test_no_more_than_the_limit_are_under_way() -> None:
    queue, lock = turns(3), threading.Lock()
    under_way: list[int] = []
    peak: list[int] = []

    def work() -> None:
        for _ in range(50):
            with queue.take('') as turn:
                with lock:
                    under_way.append(1)
                    peak.append(len(under_way))
                with lock:
                    under_way.pop()
                turn.answered()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(peak) == 400, 'nobody starved'
    assert max(peak) <= 3
    assert queue._flying == 0


@pytest.mark.parametrize('error', [ValueError, KeyboardInterrupt])
def test_a_turn_that_fails_is_given_back_and_tells_nothing(error: type[BaseException]) -> None:
    queue = turns(1)
    for _ in range(3):
        with pytest.raises(error), queue.take(''):
            raise error
    assert (queue._flying, queue.limit) == (0, 1)
    with queue.take(''):
        pass


def test_who_gives_up_waiting_leaves_the_queue_to_the_next() -> None:
    queue = turns(1)
    called = threading.Lock()
    called.acquire()
    done: list[int] = []
    with queue.take(''):
        queue._waiting.append(called)
        queue._give_up(called)
        assert not queue._waiting
    queue._waiting.append(called)
    queue._call()
    assert queue._flying == 1, 'it was called in the same moment'
    with waiting(queue, lambda: done.append(1)):
        queue._give_up(called)
    assert (done, queue._flying) == ([1], 0)


def test_a_limit_that_grows_calls_all_who_wait() -> None:
    queue = turns(8)
    met = threading.Barrier(8)
    with ExitStack() as stack:
        held = ExitStack()
        flying = [held.enter_context(queue.take('')) for _ in range(4)]
        for _ in range(8):
            stack.enter_context(waiting(queue, lambda: met.wait(5) and None))
        for turn in flying:
            turn.answered()
        held.close()
    assert queue.limit == 8


def test_a_service_without_room_gets_half_as_many() -> None:
    queue = turns(8)
    with queue.take('') as turn:
        turn.congested()
    assert queue.limit == 2


def test_each_service_has_its_own_queue_and_ceiling() -> None:
    services = Services(lambda name: {'compute': 2}.get(name, 32), FakeClock())
    assert services.of('compute') is services.of('compute')
    assert (services.of('compute').limit, services.of('network').limit) == (2, 4)
