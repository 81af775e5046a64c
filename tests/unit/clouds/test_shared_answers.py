"""What several kinds ask alike while everything is listed: once, and never what failed or what is from before."""

import itertools
import threading
from collections.abc import Callable

import pytest

from orphancleanup.clouds.shared_answers import SharedAnswers
from orphancleanup.errors import Unreachable


def counting(*errors: Exception) -> Callable[[], object]:
    """Return what answers with a number that grows, after these errors."""
    numbers, failures = itertools.count(1), iter(errors)

    def ask() -> object:
        for error in failures:
            raise error
        return {'users': [{'id': next(numbers)}]}

    return ask


def test_what_is_asked_alike_is_asked_once_while_everything_is_listed():
    shared, ask = SharedAnswers(), counting()
    with shared.on():
        found = [shared.get('/users', {'domain_id': 'a'}, ask) for _ in range(3)]
        other = shared.get('/users', {'domain_id': 'b'}, ask)
        elsewhere = shared.get('/groups', {'domain_id': 'a'}, ask)
    assert found == [{'users': [{'id': 1}]}] * 3
    assert (other, elsewhere) == ({'users': [{'id': 2}]}, {'users': [{'id': 3}]})


def test_before_and_afterwards_everybody_asks_anew():
    shared, ask = SharedAnswers(), counting()
    numbers = [shared.get('/users', None, ask)]
    for _ in range(2):
        with shared.on():
            numbers += [shared.get('/users', None, ask), shared.get('/users', {}, ask)]
        numbers.append(shared.get('/users', None, ask))
    assert [each['users'][0]['id'] for each in numbers] == [1, 2, 2, 3, 4, 4, 5]


def test_what_one_does_with_an_answer_nobody_else_sees():
    shared, ask = SharedAnswers(), counting()
    with shared.on():
        shared.get('/users', None, ask)['users'].clear()
        assert shared.get('/users', None, ask) == {'users': [{'id': 1}]}


def test_what_failed_is_asked_again_by_whoever_comes_later():
    shared, ask = SharedAnswers(), counting(Unreachable('no answer'))
    with shared.on():
        with pytest.raises(Unreachable):
            shared.get('/users', None, ask)
        assert shared.get('/users', None, ask) == {'users': [{'id': 1}]}


@pytest.mark.parametrize('error', [None, Unreachable('no answer')])
def test_whoever_comes_meanwhile_waits_for_the_same_answer(error: Exception | None):
    shared, entered, go, met = SharedAnswers(), threading.Event(), threading.Event(), []

    def ask() -> object:
        entered.set()
        assert go.wait(10)
        met.append('asked')
        if error:
            raise error
        return {}

    def get() -> None:
        try:
            met.append(shared.get('/users', None, ask))
        except Unreachable as raised:
            met.append(raised)

    with shared.on():
        threads = [threading.Thread(target=get) for _ in range(3)]
        threads[0].start()
        assert entered.wait(10)
        for thread in threads[1:]:
            thread.start()
        threading.Event().wait(0.05)
        go.set()
        for thread in threads:
            thread.join()
    assert met[0] == 'asked'
    assert met[1:] == [error or {}] * 3
