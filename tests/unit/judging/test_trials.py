"""When a test ran."""

import datetime

import pytest

from orphancleanup.judging.trials import Ending, Trial

NOON = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)


def at(seconds: int) -> datetime.datetime:
    return NOON + datetime.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ('began', 'ended', 'ending', 'is_within'),
    [
        (12, 13, Ending.PASSED, True),
        (5, 25, Ending.PASSED, True),
        (5, 10, Ending.PASSED, True),
        (5, 9, Ending.PASSED, False),
        (20, 30, Ending.PASSED, True),
        (21, 30, Ending.PASSED, False),
        (5, None, Ending.KILLED, True),
        (21, None, Ending.KILLED, False),
        (5, None, Ending.FAILED, False),
        (None, 15, Ending.PASSED, False),
        (None, None, Ending.KILLED, False),
    ],
)
def test_a_test_ran_from_its_first_moment_to_its_last_and_a_killed_one_to_the_end(
    began: int | None, ended: int | None, ending: Ending, is_within: bool
) -> None:
    times = (at(began) if began is not None else None, at(ended) if ended is not None else None)
    assert Trial('one', 'of', ending, *times).ran_at(at(10), at(20)) is is_within
