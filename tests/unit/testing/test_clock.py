"""Fake time passes only when somebody sleeps."""

import datetime
import threading

from orphancleanup.testing import FakeClock


def test_sleep_moves_both_times_on() -> None:
    clock = FakeClock(datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC))
    clock.sleep(90)
    assert clock.now() == datetime.datetime(2026, 11, 20, 0, 1, 30, tzinfo=datetime.UTC)
    assert clock.monotonic() == 90
    clock.advance(10)
    assert clock.monotonic() == 100
    assert clock.pauses == [90]


def test_time_never_runs_backwards() -> None:
    clock = FakeClock()
    clock.sleep(-1)
    assert clock.monotonic() == 0


def test_no_sleep_of_many_threads_is_lost() -> None:
    clock = FakeClock()
    threads = [threading.Thread(target=lambda: [clock.sleep(1) for _ in range(100)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.monotonic() == 800
