"""Options of all tests."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the small worlds be explored further than a run of all tests has time for."""
    parser.addoption(
        '--model-bound',
        type=int,
        default=0,
        help='how many more unusual things may happen in one small world',
    )
