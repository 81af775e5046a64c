"""The pace follows how a service fares."""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orphancleanup.clouds.pace import START, Pace, Sent

DELETE = 'DELETE volumes'


@dataclass
class Client:
    """A client that always has something to send, on a clock of its own.

    :param service: given how many requests are under way, returns the seconds of one, None for no room.
    """

    pace: Pace
    service: Callable[[int], float | None]
    now: float = 0.0
    most: int = 0
    refused: int = 0
    answered: int = 0
    kind: str = DELETE
    _flying: list[tuple[float, int, Sent, bool]] = field(default_factory=list)

    def run(self, answers: int) -> int:
        """Let so many requests be answered, and return the limit then."""
        for number in range(answers):
            while len(self._flying) < self.pace.limit:
                self._send()
            flying = len(self._flying)
            self.now, _, sent, is_welcome = heapq.heappop(self._flying)
            if is_welcome:
                self.answered += 1
                self.pace.answered(sent, self.now, flying)
            else:
                self.refused += 1
                self.pace.congested(sent)
            assert self.pace.limit >= 1, number
        return self.pace.limit

    def _send(self) -> None:
        flying = len(self._flying) + 1
        self.most = max(self.most, flying)
        seconds = self.service(flying)
        sent = self.pace.sent(self.kind, self.now, flying)
        until = self.now + (0.01 if seconds is None else seconds)
        heapq.heappush(
            self._flying, (until, self.answered + self.refused + flying * 10**9, sent, seconds is not None)
        )


def steady(flying: int) -> float:
    return 0.05


def test_it_starts_low_and_doubles_every_round_until_the_ceiling() -> None:
    client = Client(Pace(32), steady)
    assert client.pace.limit == START == 4
    assert client.run(4) == 8
    assert client.run(8) == 16
    assert client.run(16) == 32
    assert client.run(500) == 32
    assert client.most == 32


@pytest.mark.parametrize('ceiling', [1, 2, 4, 7])
def test_it_never_goes_beyond_its_ceiling(ceiling: int) -> None:
    client = Client(Pace(ceiling), steady)
    client.run(300)
    assert client.most == ceiling


def test_no_room_halves_once_for_all_that_left_at_the_same_pace() -> None:
    pace = Pace(32)
    Client(pace, steady).run(60)
    burst = [pace.sent(DELETE, 9.0, number) for number in range(1, 33)]
    for sent in burst:
        pace.congested(sent)
    assert pace.limit == 16
    pace.congested(pace.sent(DELETE, 9.1, 16))
    assert pace.limit == 8


def test_the_pace_never_falls_below_one() -> None:
    pace = Pace(32)
    for _ in range(20):
        pace.congested(pace.sent(DELETE, 0.0, 1))
    assert pace.limit == 1
    client = Client(pace, steady)
    assert client.run(2000) == 32, 'and it recovers'


def test_after_the_first_sign_it_grows_by_one_a_round() -> None:
    pace = Pace(32)
    Client(pace, steady).run(60)
    pace.congested(pace.sent(DELETE, 9.0, 32))
    client = Client(pace, steady, now=10.0)
    assert client.run(17) in (16, 17)
    assert client.run(17) in (17, 18)


def test_what_left_before_a_fall_tells_nothing_about_the_pace_after_it() -> None:
    pace = Pace(32)
    early = [pace.sent(DELETE, 0.0, 4) for _ in range(8)]
    pace.congested(early[0])
    for sent in early[1:]:
        pace.answered(sent, 0.05, 8)
    assert pace.limit == 2


def test_a_service_with_room_for_ten_is_kept_busy_and_hardly_refuses() -> None:
    client = Client(Pace(32), lambda flying: 0.05 if flying <= 10 else None)
    client.run(3000)
    assert 5 <= client.pace.limit <= 11
    assert client.refused < 3000 * 0.1


def test_a_service_that_works_in_a_row_is_not_made_to_queue() -> None:
    client = Client(Pace(32), lambda flying: 0.05 * max(1.0, flying / 4))
    client.run(2000)
    assert client.pace.limit < 24, 'answers took more than three times as long'
    assert client.pace.limit >= START


def test_rising_latency_alone_does_not_lead_below_the_start() -> None:
    client = Client(Pace(32), steady)
    client.run(100)
    client.service = lambda flying: 1.0
    limits = [client.run(1) for _ in range(400)]
    assert min(limits) == START
    lonely = Pace(32)
    for seconds in (0.05, 1.0, 1.0, 1.0, 1.0):
        for _ in range(START):
            lonely.answered(lonely.sent(DELETE, 0.0, 1), seconds, 1)
    assert lonely.limit == START
    assert max(before - after for before, after in itertools.pairwise(limits)) <= 7, 'a fifth at a time'


def test_a_service_that_became_slow_for_good_is_brought_up_again() -> None:
    client = Client(Pace(32), steady)
    client.run(100)
    client.service = lambda flying: 0.4
    client.run(400)
    assert client.pace.limit < 32
    assert client.run(6000) == 32


def test_kinds_of_changes_are_not_compared_with_each_other() -> None:
    pace = Pace(32)
    client = Client(pace, steady)
    client.run(100)
    client.kind, client.service = 'DELETE backups', lambda flying: 0.5
    assert client.run(300) == 32


def test_a_few_milliseconds_of_noise_are_no_latency() -> None:
    client = Client(Pace(32), lambda flying: 0.001 if flying % 2 else 0.012)
    assert client.run(500) == 32


def test_what_is_not_compared_never_falls_for_its_latency() -> None:
    client = Client(Pace(32), steady, kind='')
    client.run(100)
    client.service = lambda flying: 30.0
    assert client.run(100) == 32


def test_it_does_not_grow_on_requests_that_nobody_was_beside() -> None:
    pace = Pace(32)
    for _ in range(100):
        pace.answered(pace.sent('', 0.0, 1), 0.0, 1)
    assert pace.limit == START


@given(
    st.integers(1, 64),
    st.lists(st.tuples(st.sampled_from('ac'), st.integers(1, 64), st.floats(0, 5)), max_size=80),
)
def test_whatever_comes_it_stays_between_one_and_its_ceiling(
    ceiling: int, events: list[tuple[str, int, float]]
) -> None:
    pace, now = Pace(ceiling), 0.0
    for event, flying, seconds in events:
        sent = pace.sent(DELETE, now, flying)
        now += seconds
        if event == 'a':
            pace.answered(sent, now, flying)
        else:
            pace.congested(sent)
        assert 1 <= pace.limit <= ceiling
