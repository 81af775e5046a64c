"""Options of all tests, and what keeps ten thousand of them cheap."""

import gc

import pytest

# What is made in a test goes with it. To look for garbage every 700 objects, and through all that there is after so
# many of these, takes a fifth of all the time.
_GARBAGE = (50_000, 20, 50)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the small worlds be explored further than a run of all tests has time for."""
    parser.addoption(
        '--model-bound',
        type=int,
        default=0,
        help='how many more unusual things may happen in one small world',
    )


def pytest_configure() -> None:
    """Look for garbage less often."""
    gc.set_threshold(*_GARBAGE)


def pytest_collection_finish() -> None:
    """Leave out what was collected, which stays to the end."""
    gc.collect()
    gc.freeze()
